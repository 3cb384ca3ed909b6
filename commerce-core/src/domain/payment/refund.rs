use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{ids::RefundId, money::Money};

/// Money given back, or promised to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refund {
    /// Its id, chosen by whoever asked.
    pub id: RefundId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// How far it is.
    pub state: RefundState,
}

/// How far a refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RefundState {
    /// Written down; the gateway may or may not know yet.
    Promised,
    /// The gateway gave it back.
    Done {
        /// When.
        at: DateTime<Utc>,
    },
}
