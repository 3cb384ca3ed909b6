use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::domain::{ids::MarketId, money::Money};

/// What `unit_quantity` pieces of a variant cost in one market.
///
/// A price finer than the minor unit is a price for more pieces: 0.4 cents each are 4 EUR for 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The market it holds in.
    pub market: MarketId,
    /// The price of `unit_quantity` pieces; never negative.
    pub amount: Money,
    /// How many pieces the amount is for.
    #[serde(default = "one")]
    pub unit_quantity: NonZeroU32,
}

impl Price {
    /// The price of one piece.
    pub const fn new(market: MarketId, amount: Money) -> Self {
        Self { market, amount, unit_quantity: NonZeroU32::MIN }
    }
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}
