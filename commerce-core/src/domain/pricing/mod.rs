//! What it costs, to the minor unit, and why.
//!
//! Three pure functions with two questions to the outside between them: [`price_goods`], then the shipping rates
//! are asked for, [`PricedGoods::with_shipping`], then the tax rates are asked for, [`PricedOrder::with_tax`],
//! which gives the [`Quote`]. Nothing is rounded but at the named points: once per line for its price, once per
//! discount and line (or once per discount on the whole order), once per line or once per rate for the tax.
//! Whatever is shared out is shared by largest remainder, so parts always sum to the whole.

mod context;

mod promotion;

mod goods;

mod discount;

mod ratio;

mod shipping;

mod tax;

mod quote;

mod sums;

mod explanation;

#[cfg(test)]
mod tests;

pub use context::{PricingContext, PricingProblem};
pub use explanation::{CouponOutcome, Explanation, NotApplied, Outcome, Rule};
pub use goods::{GoodsLine, PricedGoods, price_goods};
pub use promotion::{Benefit, Conditions, Promotion, PromotionProblem, PromotionStatus, Target};
pub use quote::{LimitedUse, Quote, QuoteLine, QuoteShipping};
pub use shipping::{PricedOrder, Shippable, ShippableLine, ShippingRate};
pub use tax::{TaxLevel, TaxRate, TaxRates, TaxSettings, Taxable, TaxableLine};
