use std::fmt;

use serde::{Deserialize, Serialize};

/// How many pieces: 1 to [`Quantity::LIMIT`]. There is no quantity of zero, and none below.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "u32")]
pub struct Quantity(u32);

/// The number is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is a whole number from 1 to {}", Quantity::LIMIT)]
pub struct InvalidQuantity;

impl Quantity {
    /// The largest quantity of one line.
    pub const LIMIT: u32 = 10_000;
    /// One piece.
    pub const ONE: Self = Self(1);

    /// So many pieces, from 1 to [`Self::LIMIT`].
    pub const fn new(pieces: u32) -> Result<Self, InvalidQuantity> {
        if pieces >= 1 && pieces <= Self::LIMIT { Ok(Self(pieces)) } else { Err(InvalidQuantity) }
    }

    /// The number of pieces.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of pieces, for sums over many lines.
    pub fn units(self) -> i64 {
        self.0.into()
    }

    /// Both together, if a line may hold them.
    pub const fn plus(self, other: Self) -> Result<Self, InvalidQuantity> {
        Self::new(self.0 + other.0)
    }

    /// What is left when so many are gone; `None` when nothing is.
    pub fn minus(self, gone: Self) -> Option<Self> {
        self.0.checked_sub(gone.0).filter(|left| *left > 0).map(Self)
    }
}

impl TryFrom<i64> for Quantity {
    type Error = InvalidQuantity;

    fn try_from(pieces: i64) -> Result<Self, InvalidQuantity> {
        u32::try_from(pieces).map_err(|_| InvalidQuantity).and_then(Self::new)
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_below_and_beyond_the_limit_are_no_quantities() {
        for wrong in ["0", "-1", "10001", "4294967297", "1.5", "\"1\""] {
            assert!(serde_json::from_str::<Quantity>(wrong).is_err(), "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Quantity>("10000").unwrap().get(), Quantity::LIMIT);
    }
}
