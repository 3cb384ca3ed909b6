use serde::{Deserialize, Serialize};

use crate::domain::ids::{LocationId, Sku};

/// One SKU at one location.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockKey {
    /// What.
    pub sku: Sku,
    /// Where.
    pub location: LocationId,
}

/// How many units of a SKU are at a location, and how many of them are promised. All counts are units.
///
/// `available = on_hand − reserved − committed − safety`. `on_hand` is never below zero; more is promised than is
/// on hand only where backorder is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockLevel {
    /// What and where.
    #[serde(flatten)]
    pub key: StockKey,
    /// Units on the shelf: the sum of the ledger's movements.
    pub on_hand: i64,
    /// Units held for carts and checkouts: the sum of held reservations.
    pub reserved: i64,
    /// Units sold and not yet shipped.
    pub committed: i64,
    /// How this level sells.
    pub policy: StockPolicy,
    /// How many movements its ledger has; the next one is numbered one more.
    pub movements: u64,
    /// How many events it has caused.
    pub events: u64,
}

/// How a stock level sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StockPolicy {
    /// Units that are kept back.
    pub safety: i64,
    /// An event says so when no more than this many are available.
    pub low_stock_at: i64,
    /// Whether more may be sold than is there.
    pub backorder: Backorder,
}

/// Whether more may be sold than is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Backorder {
    /// Never.
    #[default]
    Denied,
    /// Without limit; `on_hand` still never goes below zero.
    Allowed,
}

/// Why a stock level cannot change like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StockProblem {
    /// Not enough units can be sold.
    #[error("not enough units are available")]
    Insufficient,
    /// Not enough units are on the shelf.
    #[error("not enough units are on hand")]
    NotOnHand,
    /// Fewer would be on hand than are promised to buyers.
    #[error("more units are promised to buyers than would be on hand: cancel or release some first")]
    Promised,
    /// More units would be given back than are held.
    #[error("more units would be given back than are held")]
    NotHeld,
    /// The count is below zero or beyond [`StockLevel::LIMIT`].
    #[error("a stock count is 0 to {}", StockLevel::LIMIT)]
    OutOfRange,
}

impl StockLevel {
    /// The most units of anything.
    pub const LIMIT: i64 = 1_000_000_000_000;

    /// A level with nothing on hand.
    pub const fn empty(key: StockKey) -> Self {
        let policy = StockPolicy { safety: 0, low_stock_at: 0, backorder: Backorder::Denied };
        Self { key, on_hand: 0, reserved: 0, committed: 0, policy, movements: 0, events: 0 }
    }

    /// Units that can still be sold; below zero when more is promised than is there.
    pub const fn available(&self) -> i64 {
        self.on_hand - self.reserved - self.committed - self.policy.safety
    }

    /// Whether so many can be sold.
    pub fn can_sell(&self, units: i64) -> bool {
        self.policy.backorder == Backorder::Allowed || self.available() >= units
    }

    /// Holds units for a buyer.
    pub fn reserve(&mut self, units: i64) -> Result<(), StockProblem> {
        if !self.can_sell(units) {
            return Err(StockProblem::Insufficient);
        }
        add(&mut self.reserved, units)
    }

    /// Gives held units back.
    pub fn release(&mut self, units: i64) -> Result<(), StockProblem> {
        take(&mut self.reserved, units, StockProblem::NotHeld)
    }

    /// Turns held units into sold ones.
    pub fn commit(&mut self, units: i64) -> Result<(), StockProblem> {
        self.release(units)?;
        add(&mut self.committed, units)
    }

    /// Gives sold units back: the order was cancelled.
    pub fn uncommit(&mut self, units: i64) -> Result<(), StockProblem> {
        take(&mut self.committed, units, StockProblem::NotHeld)
    }

    /// Sold units leave the shelf.
    pub fn fulfil(&mut self, units: i64) -> Result<(), StockProblem> {
        self.uncommit(units)?;
        take(&mut self.on_hand, units, StockProblem::NotOnHand)
    }

    /// Units come onto the shelf.
    pub fn receive(&mut self, units: i64) -> Result<(), StockProblem> {
        add(&mut self.on_hand, units)
    }

    /// Unpromised units leave for another location.
    pub fn send(&mut self, units: i64) -> Result<(), StockProblem> {
        if self.available() < units {
            return Err(StockProblem::Insufficient);
        }
        take(&mut self.on_hand, units, StockProblem::NotOnHand)
    }

    /// Sets what was counted on the shelf; answers the difference.
    pub fn count(&mut self, counted: i64) -> Result<i64, StockProblem> {
        if !(0..=Self::LIMIT).contains(&counted) {
            return Err(StockProblem::OutOfRange);
        }
        let promised = self.reserved + self.committed;
        if self.policy.backorder == Backorder::Denied && counted < promised {
            return Err(StockProblem::Promised);
        }
        let change = counted - self.on_hand;
        self.on_hand = counted;
        Ok(change)
    }

    /// Changes how it sells. What is promised stays promised, so backorder ends only when all of it is on hand.
    pub fn set_policy(&mut self, policy: StockPolicy) -> Result<(), StockProblem> {
        if ![policy.safety, policy.low_stock_at].iter().all(|units| (0..=Self::LIMIT).contains(units)) {
            return Err(StockProblem::OutOfRange);
        }
        if policy.backorder == Backorder::Denied && self.on_hand < self.reserved + self.committed {
            return Err(StockProblem::Promised);
        }
        self.policy = policy;
        Ok(())
    }
}

fn add(count: &mut i64, units: i64) -> Result<(), StockProblem> {
    let sum = count.checked_add(units).filter(|sum| units > 0 && *sum <= StockLevel::LIMIT);
    *count = sum.ok_or(StockProblem::OutOfRange)?;
    Ok(())
}

fn take(count: &mut i64, units: i64, short: StockProblem) -> Result<(), StockProblem> {
    if units <= 0 {
        return Err(StockProblem::OutOfRange);
    }
    if *count < units {
        return Err(short);
    }
    *count -= units;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(on_hand: i64) -> StockLevel {
        let key = StockKey { sku: Sku::new("A").unwrap(), location: LocationId::new("main").unwrap() };
        StockLevel { on_hand, ..StockLevel::empty(key) }
    }

    #[test]
    fn a_unit_is_promised_once() {
        let mut level = level(1);
        level.reserve(1).unwrap();
        assert_eq!(level.reserve(1), Err(StockProblem::Insufficient));
        level.commit(1).unwrap();
        assert_eq!((level.reserved, level.committed, level.available()), (0, 1, 0));
        level.fulfil(1).unwrap();
        assert_eq!((level.on_hand, level.committed), (0, 0));
        assert_eq!(level.fulfil(1), Err(StockProblem::NotHeld));
    }

    #[test]
    fn safety_stock_is_not_sold() {
        let mut level = level(3);
        level.set_policy(StockPolicy { safety: 2, ..StockPolicy::default() }).unwrap();
        assert_eq!(level.reserve(2), Err(StockProblem::Insufficient));
        level.reserve(1).unwrap();
    }

    #[test]
    fn backorder_promises_what_is_not_there_but_never_ships_it() {
        let mut level = level(0);
        level.set_policy(StockPolicy { backorder: Backorder::Allowed, ..StockPolicy::default() }).unwrap();
        level.reserve(2).unwrap();
        level.commit(2).unwrap();
        assert_eq!(level.available(), -2);
        assert_eq!(level.set_policy(StockPolicy::default()), Err(StockProblem::Promised));
        assert_eq!(level.fulfil(1), Err(StockProblem::NotOnHand));
    }

    #[test]
    fn a_count_never_goes_below_what_is_promised() {
        let mut level = level(5);
        level.reserve(3).unwrap();
        assert_eq!(level.count(2), Err(StockProblem::Promised));
        assert_eq!(level.count(3), Ok(-2));
        assert_eq!(level.count(-1), Err(StockProblem::OutOfRange));
    }

    #[test]
    fn no_units_and_too_many_units_are_refused() {
        let mut level = level(StockLevel::LIMIT);
        for units in [0, -1, 1, i64::MAX] {
            assert_eq!(level.receive(units), Err(StockProblem::OutOfRange), "{units}");
        }
        assert_eq!(level.send(0), Err(StockProblem::OutOfRange));
    }
}
