//! What it costs, to the minor unit, and why.
//!
//! Which of a variant's prices counts, [`price_of`] says. Then there are three pure functions with two questions to
//! the outside between them: [`price_goods`], then the shipping rates are asked for, [`PricedGoods::with_shipping`],
//! then the tax rates are asked for, [`PricedOrder::with_tax`], which gives the [`Quote`]. Nothing is rounded but at
//! the named points: once per line for its price, once per discount and line (or once per discount on the whole
//! order), once per line or once per rate for the tax. Whatever is shared out is shared by largest remainder, so parts
//! always sum to the whole.
//!
//! The quote says of every rule that was tried what came of it and how, and [`Quote::replay`] computes the total once
//! more from that alone.
//!
//! ```
//! use std::sync::Arc;
//!
//! use chrono::DateTime;
//! use commerce_core::domain::{
//!     cart::Quantity,
//!     catalog::{Listing, Market, Price, PriceMode, Product, Variant},
//!     ids::{LineId, MarketId, ProductId, Sku},
//!     metadata::Metadata,
//!     money::{Currency, Money},
//!     pricing::{GoodsLine, PricingContext, TaxRate, TaxRates, TaxSettings, price_goods},
//! };
//! use rust_decimal::dec;
//! use uuid::Uuid;
//!
//! let (market, sku) = (MarketId::new("us")?, Sku::new("MUG")?);
//! let price = Price::new(market.clone(), Money::new(dec!(10.99), Currency::USD)?);
//! let mug = Variant::new(sku.clone()).with_price(price);
//! let mug = Arc::new(Product::new(ProductId::from_uuid(Uuid::from_u128(1)), "Mug", mug));
//! let line = GoodsLine {
//!     id: LineId::from_uuid(Uuid::from_u128(2)),
//!     listing: Listing::of(mug, &sku).ok_or("the mug has no such variant")?,
//!     quantity: Quantity::new(2)?,
//!     metadata: Metadata::EMPTY,
//! };
//! let market = Market { id: market, currency: Currency::USD, prices: PriceMode::TaxAdded };
//! let context = PricingContext::new(market, DateTime::UNIX_EPOCH);
//! let rates = TaxRates {
//!     lines: vec![TaxRate { name: "Sales tax".into(), percent: dec!(8.875) }],
//!     shipping: None,
//! };
//!
//! let goods = price_goods(&context, vec![line], &[], None)?;
//! let quote = goods.with_shipping(None)?.with_tax(TaxSettings::default(), &rates)?;
//! assert_eq!(quote.total.to_string(), "23.93 USD");
//! assert!(quote.adds_up());
//! assert_eq!(quote.replay()?, quote.total);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod context;

mod promotion;

mod benefit;

mod selection;

mod conditions;

mod batch;

mod stacking;

mod price;

mod goods;

mod pieces;

mod discount;

mod stacks;

mod plan;

mod working;

mod shelf;

mod ratio;

mod shipping;

mod tax;

mod quote;

mod sums;

mod explanation;

mod replay;

#[cfg(test)]
mod tests;

pub use batch::{BatchSecret, CodeBatch};
pub use benefit::{Benefit, BuyGet, Target};
pub use conditions::{Conditions, Contains};
pub use context::{OrderCount, PricingContext, PricingProblem};
pub use explanation::{CouponOutcome, Explanation, NotApplied, Outcome, Rule};
pub use goods::{GoodsLine, PricedGoods, price_goods};
pub use price::price_of;
pub use promotion::{Promotion, PromotionProblem, PromotionStatus};
pub use quote::{LimitedUse, Quote, QuoteLine, QuoteShipping};
pub use replay::ReplayProblem;
pub use selection::Selection;
pub use shipping::{PricedOrder, Shippable, ShippableLine, ShippingRate};
pub use stacking::{Pick, Stacking};
pub use tax::{TaxLevel, TaxRate, TaxRates, TaxSettings, Taxable, TaxableLine};
pub use working::{Off, Working};
