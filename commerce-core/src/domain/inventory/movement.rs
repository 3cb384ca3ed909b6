use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::StockKey;
use crate::domain::ids::{LocationId, OrderId};

/// Names one line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MovementKey {
    /// Whose ledger.
    pub stock: StockKey,
    /// Which line of it: 1, 2, 3 … without a gap.
    pub number: u64,
}

/// One line of the append-only ledger: why `on_hand` changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockMovement {
    /// Its name.
    pub key: MovementKey,
    /// Units added; below zero for units gone.
    pub change: i64,
    /// Why.
    pub reason: MovementReason,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why units came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MovementReason {
    /// A delivery came in.
    Received,
    /// Somebody counted the shelf.
    Counted {
        /// What they noted.
        note: String,
    },
    /// Units left for another location.
    SentTo {
        /// Where to.
        location: LocationId,
    },
    /// Units came from another location.
    CameFrom {
        /// Where from.
        location: LocationId,
    },
    /// Units were shipped to a buyer.
    Fulfilled {
        /// With which order.
        order: OrderId,
    },
    /// A buyer sent units back.
    Returned {
        /// From which order.
        order: OrderId,
    },
}
