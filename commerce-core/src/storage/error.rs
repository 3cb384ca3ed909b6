use std::{error::Error, time::Duration};

use serde::{Deserialize, Serialize};

use super::{CounterKey, UniqueName};
use crate::domain::{
    ids::{LocationId, ReservationId, Sku},
    inventory::{StockKey, StockProblem},
};

/// Why a store did not do what it was asked to. Five variants, five reactions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer was first: read again, decide again.
    #[error("{record} was changed by another writer")]
    Conflict {
        /// Which record.
        record: String,
    },
    /// A guard said no. Final: the same change set is refused again until the shop has changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nothing was written: the same call may be repeated.
    #[error("the store cannot be reached; nothing was written")]
    Unavailable {
        /// How long to wait first, when the store knows.
        retry_after: Option<Duration>,
        /// What the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It may or may not have been written: read back before anything else.
    #[error("it is not known whether the store wrote it")]
    Uncertain {
        /// What the driver said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Stored data does not decode, or the change set contradicts itself: a person has to look.
    #[error("{record} is corrupt")]
    Corrupt {
        /// Which record.
        record: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What a guard refused. Nothing of the change set was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// Not everything asked for can be sold.
    #[error("not enough stock of {}", list(short))]
    InsufficientStock {
        /// What is short, and by how much.
        short: Vec<Shortage>,
    },
    /// A stock level cannot change like that.
    #[error("stock of {} at {}: {problem}", stock.sku, stock.location)]
    Stock {
        /// Which level.
        stock: StockKey,
        /// Why not.
        problem: StockProblem,
    },
    /// The coupon, allowance or balance is used up.
    #[error("the limit is reached: {left} left")]
    LimitReached {
        /// Which counter.
        counter: CounterKey,
        /// How much of it is left.
        left: u64,
    },
    /// Nothing is held under this counter that could be settled.
    #[error("nothing is held of {counter}")]
    NothingHeld {
        /// Which counter.
        counter: CounterKey,
    },
    /// The name belongs to something else.
    #[error("{name} is taken")]
    NameTaken {
        /// Which name.
        name: UniqueName,
    },
    /// There is no such reservation.
    #[error("there is no reservation {reservation}")]
    NoSuchReservation {
        /// Which one.
        reservation: ReservationId,
    },
    /// The reservation's id was used for other units or another holder.
    #[error("reservation {reservation} was made with other content")]
    ReservationReused {
        /// Which one.
        reservation: ReservationId,
    },
    /// The reservation is no longer held, or not by this holder.
    #[error("reservation {reservation} is not held")]
    NotHeld {
        /// Which one.
        reservation: ReservationId,
    },
    /// Units can be moved only to another location.
    #[error("{location} is where the units already are")]
    SameLocation {
        /// Which location.
        location: LocationId,
    },
}

/// A SKU of which not enough can be sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shortage {
    /// What.
    pub sku: Sku,
    /// Units asked for.
    pub wanted: i64,
    /// Units that could be sold at the locations asked.
    pub available: i64,
}

impl StoreError {
    /// A change set or a stored record that cannot be.
    pub fn corrupt(record: impl ToString, what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt { record: record.to_string(), source: what.into() }
    }

    /// Nothing was written, and trying again may help.
    pub fn unavailable(what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { retry_after: None, source: what.into() }
    }

    /// It may or may not have been written.
    pub fn uncertain(what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Uncertain { source: what.into() }
    }

    /// The same for each caller of a batch that failed as a whole: its kind and its words, as a source cannot be
    /// cloned. A verdict on the batch is none on the caller, who may try again.
    #[must_use]
    pub fn shared(&self) -> Self {
        let what = || self.source().map_or(self.to_string(), ToString::to_string);
        match self {
            Self::Uncertain { .. } => Self::uncertain(what()),
            Self::Corrupt { record, .. } => Self::corrupt(record, what()),
            Self::Unavailable { retry_after, .. } => {
                Self::Unavailable { retry_after: *retry_after, source: what().into() }
            }
            Self::Conflict { .. } | Self::Refused(_) => Self::unavailable(self.to_string()),
        }
    }
}

impl Refusal {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InsufficientStock { .. } => "insufficient_stock",
            Self::Stock { .. } => "stock_refused",
            Self::LimitReached { .. } => "limit_reached",
            Self::NothingHeld { .. } => "nothing_held",
            Self::NameTaken { .. } => "name_taken",
            Self::NoSuchReservation { .. } => "no_such_reservation",
            Self::ReservationReused { .. } => "reservation_reused",
            Self::NotHeld { .. } => "not_held",
            Self::SameLocation { .. } => "same_location",
        }
    }
}

fn list(short: &[Shortage]) -> String {
    let each = short.iter().map(|one| format!("{} ({} wanted, {} left)", one.sku, one.wanted, one.available));
    each.collect::<Vec<_>>().join(", ")
}
