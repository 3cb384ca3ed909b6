use serde::{Deserialize, Serialize};

use super::{CouponOutcome, Explanation, NotApplied, Outcome, PricedGoods, PricingProblem, Rule, Working};
use crate::domain::{
    cart::Quantity,
    ids::{LineId, PromotionId, Sku, TaxCategory},
    money::{Money, MoneyError},
};

/// A way to ship and its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShippingRate {
    /// Its name, as the buyer reads it.
    pub name: String,
    /// What it costs; like the goods with the tax or without it.
    pub price: Money,
    /// What shipping is to the tax office.
    pub tax_category: TaxCategory,
}

/// What there is to ship: all that a shipping rate may depend on besides the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shippable {
    /// The lines, in the order they were given.
    pub lines: Vec<ShippableLine>,
    /// What all pieces weigh together.
    pub weight_grams: u64,
    /// What the goods cost after discounts.
    pub goods: Money,
}

/// So many pieces to ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippableLine {
    /// The line.
    pub line: LineId,
    /// What it holds.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
    /// What one piece weighs.
    pub piece_grams: u32,
}

/// Priced goods and the way they are shipped, not yet taxed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedOrder {
    pub(super) goods: PricedGoods,
    pub(super) shipping: Option<PricedShipping>,
}

/// A way to ship, and what promotions have left of its price in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PricedShipping {
    pub(super) rate: ShippingRate,
    pub(super) left: i64,
}

impl PricedGoods {
    /// What there is to ship.
    pub fn shippable(&self) -> Result<Shippable, PricingProblem> {
        let mut weight_grams = 0_u64;
        let mut lines = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            let (goods_line, variant) = (&line.goods_line, line.goods_line.listing.variant());
            let (quantity, piece_grams) = (goods_line.quantity, variant.weight_grams);
            let grams = u64::from(quantity.get()) * u64::from(piece_grams);
            weight_grams = weight_grams.checked_add(grams).ok_or(MoneyError::Overflow)?;
            lines.push(ShippableLine {
                line: goods_line.id,
                sku: variant.sku.clone(),
                quantity,
                piece_grams,
            });
        }
        Ok(Shippable { lines, weight_grams, goods: self.left()? })
    }

    /// The goods shipped at this rate, less what promotions take off it; at none when nothing is shipped.
    pub fn with_shipping(mut self, rate: Option<ShippingRate>) -> Result<PricedOrder, PricingProblem> {
        if let Some(rate) = &rate {
            let (currency, expected) = (rate.price.currency(), self.market.currency);
            if currency != expected {
                return Err(PricingProblem::ShippingCurrency { currency, expected });
            }
            if rate.price.is_negative() {
                return Err(PricingProblem::NegativeShipping);
            }
        }
        let left = self.take_off_shipping(rate.as_ref().map_or(0, |rate| rate.price.minor()));
        if let Some(rate) = &rate {
            let rule = Rule::Shipping { name: rate.name.clone() };
            let outcome = Outcome::Applied { amount: rate.price };
            self.explanation.push(Explanation { rule, outcome, working: None });
        }
        let shipping = rate.map(|rate| PricedShipping { rate, left });
        Ok(PricedOrder { goods: self, shipping })
    }

    /// Answers what free shipping leaves of the price, and completes its explanations.
    fn take_off_shipping(&mut self, price: i64) -> i64 {
        let mut left = price;
        for at in std::mem::take(&mut self.free_shipping) {
            let entry = &mut self.explanation[at];
            let (Some(Working::Shipping { most }), Rule::Promotion { promotion, .. }) =
                (&entry.working, &entry.rule)
            else {
                continue;
            };
            let (taken, promotion) = (most.map_or(left, |most| most.minor().min(left)), *promotion);
            if taken > 0 {
                left -= taken;
                let amount = Money::from_minor(taken, self.market.currency);
                self.explanation[at].outcome = Outcome::Applied { amount };
            } else {
                entry.working = None;
                self.ships_for_nothing_anyway(promotion);
            }
        }
        left
    }

    /// A promotion that had nothing to take off is not used, and its code did nothing.
    fn ships_for_nothing_anyway(&mut self, promotion: PromotionId) {
        self.uses.retain(|used| used.promotion != promotion);
        if let (CouponOutcome::Applied { promotion: of_code }, Some(code)) = (&self.coupon, &self.code)
            && *of_code == promotion
        {
            self.coupon = CouponOutcome::Refused { code: code.clone(), why: NotApplied::NothingLeft };
        }
    }
}
