use std::num::NonZeroU32;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Selection;
use crate::domain::{cart::Quantity, ids::Sku, money::Money};

/// What a promotion does for the buyer; never more than there is to take off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Benefit {
    /// So many of a hundred: above 0, at most 100.
    Percent(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// An amount: off every piece where the target is lines, once where it is the order.
    Fixed(Money),
    /// Some pieces cheaper for buying others.
    BuyGet(BuyGet),
    /// A line on top that costs nothing, if the thing can be had; it counts as no part of the goods.
    Gift {
        /// What is given.
        sku: Sku,
        /// How many.
        quantity: Quantity,
    },
    /// Shipping costs nothing, or less by the promotion's cap.
    FreeShipping,
}

/// Some pieces cheaper for buying others: "three for two", "buy a pan, get a lid at half price".
///
/// Without [`of`](Self::of), `buy + get` pieces of the target's lines make a set. With it, every `buy` pieces of
/// those goods make one, and what is got are lines of the target that are none of those goods. In both cases each
/// set makes `get` pieces cheaper: the cheapest by their price before discounts, the one with the smaller line id
/// first where two cost the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BuyGet {
    /// How many pieces are paid in full.
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
    pub buy: NonZeroU32,
    /// How many pieces get cheaper for that.
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
    pub get: NonZeroU32,
    /// How much cheaper: above 0, at most 100, which is for nothing.
    #[serde(with = "rust_decimal::serde::str")]
    pub percent: Decimal,
    /// How often it counts in one order at most.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1))]
    pub times: Option<NonZeroU32>,
    /// What has to be bought, when it is not the same goods that get cheaper.
    #[serde(default)]
    pub of: Option<Selection>,
}

/// What a promotion is taken off. For a gift and for free shipping it is the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Each of these lines by itself.
    Lines(Selection),
    /// The goods as a whole, shared over the lines in proportion to what is left of them.
    Order,
}

impl Benefit {
    /// Whether it is taken off the goods, and not off shipping or given on top.
    pub(super) const fn is_off_goods(&self) -> bool {
        match self {
            Self::Percent(_) | Self::Fixed(_) | Self::BuyGet(_) => true,
            Self::Gift { .. } | Self::FreeShipping => false,
        }
    }
}

impl BuyGet {
    /// Buy so many, get so many for nothing.
    pub const fn free(buy: NonZeroU32, get: NonZeroU32) -> Self {
        Self { buy, get, percent: Decimal::ONE_HUNDRED, times: None, of: None }
    }

    /// How many pieces get cheaper when so many of what must be bought, and so many of what may get cheaper, are
    /// there. Without goods of their own both are the same pieces.
    pub(super) fn cheaper(&self, bought: i64, offered: i64) -> i64 {
        let (buy, get) = (i64::from(self.buy.get()), i64::from(self.get.get()));
        let set = if self.of.is_some() { buy } else { buy + get };
        let most = self.times.map_or(i64::MAX, |times| times.get().into());
        ((bought / set).min(most) * get).min(offered)
    }
}

impl Target {
    /// Every line.
    pub const fn all_lines() -> Self {
        Self::Lines(Selection::ALL)
    }

    /// The lines of these SKUs.
    pub fn skus(skus: Vec<Sku>) -> Self {
        Self::Lines(Selection { skus, ..Selection::ALL })
    }
}
