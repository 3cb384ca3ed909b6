use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{
    catalog::Market,
    ids::{CustomerGroup, LineId, MarketId, Sku},
    money::{Currency, MoneyError},
};

/// For whom, where and when goods are priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricingContext {
    /// The market whose prices hold.
    pub market: Market,
    /// The group the buyer is of, if any.
    pub group: Option<CustomerGroup>,
    /// The time by which promotions begin and end.
    pub at: DateTime<Utc>,
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
