use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Candidates, StockKey};
use crate::domain::ids::{CartId, CheckoutId, ReservationId, Sku};

/// Units of stock held for one buyer: all of its lines, or none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its id, chosen by whoever asked.
    pub id: ReservationId,
    /// For whom it is held.
    pub holder: Holder,
    /// Whether it still is.
    pub state: ReservationState,
    /// What it holds, and where.
    pub lines: Vec<ReservedLine>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
}

/// So many units of one stock level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReservedLine {
    /// Which stock level.
    #[serde(flatten)]
    pub key: StockKey,
    /// How many units.
    pub units: i64,
}

/// For whom stock is held. Only a cart's hold ends by the clock; under payment nothing expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Holder {
    /// A cart, for a while.
    Cart {
        /// Which cart.
        cart: CartId,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A checkout, until it is done.
    Checkout {
        /// Which checkout.
        checkout: CheckoutId,
    },
}

/// Whether stock is still held. Only `Held` has a way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReservationState {
    /// It is held.
    Held,
    /// It was sold.
    Committed,
    /// It was given back.
    Released {
        /// Why.
        why: ReleaseReason,
    },
}

/// Why stock was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// A cart's hold ran out.
    Expired,
    /// The cart changed and holds something else now.
    Replaced,
    /// The checkout turned back.
    TurnedBack,
    /// Its holder asked for it.
    Asked,
}

impl ReleaseReason {
    /// Its stable name, for stores and programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::TurnedBack => "turned_back",
            Self::Asked => "asked",
        }
    }

    /// The reason of this name, if there is one.
    ///
    /// ```
    /// use commerce_core::domain::inventory::ReleaseReason;
    ///
    /// assert_eq!(ReleaseReason::named("turned_back"), Some(ReleaseReason::TurnedBack));
    /// assert_eq!(ReleaseReason::named("bored"), None);
    /// ```
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        let all = [Self::Expired, Self::Replaced, Self::TurnedBack, Self::Asked];
        all.into_iter().find(|why| why.code() == code)
    }
}

/// Units of one SKU that somebody wants to hold, and where they may come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// What.
    pub sku: Sku,
    /// How many units.
    pub units: i64,
    /// From where, the best place first.
    pub candidates: Candidates,
}

impl Reservation {
    /// How many expired holds are given back at most to serve one buyer who is short of units.
    pub const EXPIRED_AT_ONCE: usize = 100;

    /// What it still holds.
    pub fn held_lines(&self) -> &[ReservedLine] {
        match self.state {
            ReservationState::Held => &self.lines,
            ReservationState::Committed | ReservationState::Released { .. } => &[],
        }
    }

    /// Whether it is held by a cart whose time is up.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        matches!((self.state, self.holder), (ReservationState::Held, Holder::Cart { until, .. }) if until <= now)
    }

    /// Whether its units were sold or given back: it never holds any again.
    pub fn is_over(&self) -> bool {
        self.state != ReservationState::Held
    }

    /// Whether it was made for exactly these demands, wherever the units were found.
    pub fn answers(&self, demands: &[Demand]) -> bool {
        let held = units_by_sku(self.lines.iter().map(|line| (&line.key.sku, line.units)));
        held == units_by_sku(demands.iter().map(|demand| (&demand.sku, demand.units)))
    }
}

fn units_by_sku<'a>(lines: impl Iterator<Item = (&'a Sku, i64)>) -> BTreeMap<&'a Sku, i64> {
    let mut sums = BTreeMap::new();
    for (sku, units) in lines {
        let sum: &mut i64 = sums.entry(sku).or_default();
        *sum = sum.saturating_add(units);
    }
    sums
}
