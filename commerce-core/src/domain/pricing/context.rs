use std::{collections::BTreeMap, num::NonZeroU32};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::NotApplied;
use crate::domain::{
    catalog::{Listing, Market},
    ids::{CustomerGroup, LineId, MarketId, PromotionId, Sku},
    money::{Currency, MoneyError},
};

/// For whom, where and when goods are priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricingContext {
    /// The market whose prices hold.
    pub market: Market,
    /// The group the buyer is of, if any.
    pub group: Option<CustomerGroup>,
    /// The time by which promotions begin and end.
    pub at: DateTime<Utc>,
    /// The buyer's orders; none when it is not known who buys.
    pub orders: Option<OrderCount>,
    /// Promotions that may not be used any more, and why.
    pub exhausted: BTreeMap<PromotionId, NotApplied>,
    /// What there is to give away.
    pub gifts: Vec<Listing>,
    /// The most of a hundred that all promotions together take off the goods; gifts and shipping do not count.
    pub discount_cap: Option<Decimal>,
}

/// How many orders a buyer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderCount {
    /// Placed, also if they were called off later.
    pub placed: u64,
    /// Checkouts under way that may yet become orders.
    pub under_way: u64,
}

impl PricingContext {
    /// A buyer of whom nothing is known, in a shop that has nothing to give away and no cap.
    pub const fn new(market: Market, at: DateTime<Utc>) -> Self {
        Self {
            market,
            group: None,
            at,
            orders: None,
            exhausted: BTreeMap::new(),
            gifts: Vec::new(),
            discount_cap: None,
        }
    }
}

/// Why there is no quote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PricingProblem {
    /// There is nothing to price.
    #[error("there are no lines to price")]
    Empty,
    /// The product is a draft, or archived.
    #[error("{sku} is not on sale: take it out of the cart")]
    NotOnSale {
        /// The variant.
        sku: Sku,
    },
    /// The variant is not sold in this market.
    #[error("{sku} has no price in market {market}: take it out of the cart")]
    NoPrice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// The variant's price is in another currency than the market's.
    #[error("{sku} is priced in {currency}, which is not the currency of market {market}: correct the price")]
    PriceCurrency {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
        /// The currency of the price.
        currency: Currency,
    },
    /// The variant's price is below zero.
    #[error("{sku} has a price below zero in market {market}: correct the price")]
    NegativePrice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// There are fewer pieces than the variant is sold in.
    #[error("{sku} is sold from {min} pieces on: add some, or take it out of the cart")]
    TooFewPieces {
        /// The variant.
        sku: Sku,
        /// The fewest.
        min: NonZeroU32,
    },
    /// There are more pieces than one order may have.
    #[error("{sku} is sold up to {max} pieces an order: take some out of the cart")]
    TooManyPieces {
        /// The variant.
        sku: Sku,
        /// The most.
        max: NonZeroU32,
    },
    /// Two lines have the same id.
    #[error("line {line} is there twice")]
    LineTwice {
        /// The id.
        line: LineId,
    },
    /// The shipping rate is in another currency than the goods.
    #[error("shipping is priced in {currency}, the goods in {expected}: correct the shipping rate")]
    ShippingCurrency {
        /// The currency of the shipping rate.
        currency: Currency,
        /// The currency of the goods.
        expected: Currency,
    },
    /// The shipping rate is below zero.
    #[error("the price of shipping is below zero: correct the shipping rate")]
    NegativeShipping,
    /// There is not one tax rate for each line.
    #[error("there are {rates} tax rates for {lines} lines")]
    TaxRateCount {
        /// How many lines there are.
        lines: usize,
        /// How many rates were given for them.
        rates: usize,
    },
    /// There is shipping, but no tax rate for it; a rate of zero is one too.
    #[error("there is no tax rate for shipping")]
    NoShippingTaxRate,
    /// The tax rate is below zero.
    #[error("the tax rate {name:?} is below zero: correct the rate")]
    NegativeTaxRate {
        /// The name of the rate.
        name: String,
    },
    /// An amount or a weight does not fit.
    #[error(transparent)]
    Money(#[from] MoneyError),
}
