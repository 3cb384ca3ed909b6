use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{CouponCode, CustomerGroup, PromotionId, Sku},
    money::Money,
};

/// A discount: how much, on what, for whom and when.
///
/// Promotions on lines are applied before promotions on the order, and within each in order of their id; each
/// works on what the earlier ones left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Its id, which is also its place in the order of application.
    pub id: PromotionId,
    /// What buyers read next to the discount, 1 to [`Promotion::NAME`] characters.
    pub name: String,
    /// The code a buyer has to type in; without one it is there for everybody.
    #[serde(default)]
    pub code: Option<CouponCode>,
    /// How much is taken off.
    pub benefit: Benefit,
    /// What it is taken off.
    pub target: Target,
    /// What must hold for it.
    #[serde(default)]
    pub conditions: Conditions,
    /// From when on it applies, this instant included.
    #[serde(default)]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it is over, this instant included.
    #[serde(default)]
    pub ends_at: Option<DateTime<Utc>>,
    /// How many orders may use it in all.
    #[serde(default)]
    pub limit: Option<u64>,
    /// How many orders of one customer may use it.
    #[serde(default)]
    pub limit_per_customer: Option<u64>,
    /// Whether it is switched on.
    #[serde(default)]
    pub status: PromotionStatus,
}

/// How much a promotion takes off; never more than there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Benefit {
    /// So many of a hundred: above 0, at most 100.
    Percent(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// An amount: off every piece where the target is lines, once where it is the order.
    Fixed(Money),
}

/// What a promotion is taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// Each line by itself.
    Lines {
        /// The lines of these SKUs; none means all lines.
        #[serde(default)]
        skus: Vec<Sku>,
    },
    /// The goods as a whole, shared over the lines in proportion to what is left of them.
    Order,
}

/// What must hold for a promotion; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// What all goods together must cost at least, before any discount.
    #[serde(default)]
    pub minimum: Option<Money>,
    /// The group the buyer must be of.
    #[serde(default)]
    pub group: Option<CustomerGroup>,
}

/// Whether a promotion is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromotionStatus {
    /// It applies when its conditions hold.
    #[default]
    Active,
    /// It applies to nothing until it is switched on again.
    Paused,
}

/// Why a promotion cannot be saved as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PromotionProblem {
    /// The name is empty or too long.
    #[error("the name must have 1 to {} characters", Promotion::NAME)]
    Name,
    /// The percentage takes nothing off, or more than all.
    #[error("the percentage must be above 0 and at most 100")]
    Percent,
    /// The fixed amount takes nothing off, or adds.
    #[error("the amount must be above zero")]
    Fixed,
    /// It names too many SKUs.
    #[error("a promotion names at most {} SKUs; without any it is for all", Promotion::SKUS)]
    TooManySkus,
    /// It names a SKU twice.
    #[error("{sku} is named twice")]
    SkuTwice {
        /// The SKU.
        sku: Sku,
    },
    /// The minimum is below zero, or in another currency than the amount.
    #[error("the minimum must not be below zero, and in the currency of the amount")]
    Minimum,
    /// It is over before it starts.
    #[error("it must start before it is over")]
    Period,
    /// A limit of zero uses.
    #[error("a limit must be at least one use: pause the promotion to stop it")]
    Limit,
}

impl Promotion {
    /// The longest name, in characters.
    pub const NAME: usize = 200;
    /// The most SKUs it may name.
    pub const SKUS: usize = 1_000;

    /// An active promotion for everybody, always, without a code or a limit.
    pub fn new(id: PromotionId, name: impl Into<String>, benefit: Benefit, target: Target) -> Self {
        Self {
            id,
            name: name.into(),
            code: None,
            benefit,
            target,
            conditions: Conditions::default(),
            starts_at: None,
            ends_at: None,
            limit: None,
            limit_per_customer: None,
            status: PromotionStatus::Active,
        }
    }

    /// The same, only for those who type in this code.
    #[must_use]
    pub fn with_code(self, code: CouponCode) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Says why the promotion cannot be saved as it is, if it cannot.
    pub fn check(&self) -> Result<(), PromotionProblem> {
        if self.name.trim().is_empty() || self.name.chars().count() > Self::NAME {
            return Err(PromotionProblem::Name);
        }
        self.check_benefit()?;
        self.check_skus()?;
        if self.starts_at.zip(self.ends_at).is_some_and(|(start, end)| start >= end) {
            return Err(PromotionProblem::Period);
        }
        if self.limit == Some(0) || self.limit_per_customer == Some(0) {
            return Err(PromotionProblem::Limit);
        }
        Ok(())
    }

    fn check_benefit(&self) -> Result<(), PromotionProblem> {
        let minimum = self.conditions.minimum;
        match self.benefit {
            Benefit::Percent(percent) if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED => {
                return Err(PromotionProblem::Percent);
            }
            Benefit::Fixed(amount) if amount.minor() <= 0 => return Err(PromotionProblem::Fixed),
            Benefit::Fixed(amount) if minimum.is_some_and(|it| it.currency() != amount.currency()) => {
                return Err(PromotionProblem::Minimum);
            }
            Benefit::Percent(_) | Benefit::Fixed(_) => {}
        }
        if minimum.is_some_and(Money::is_negative) { Err(PromotionProblem::Minimum) } else { Ok(()) }
    }

    fn check_skus(&self) -> Result<(), PromotionProblem> {
        let Target::Lines { skus } = &self.target else { return Ok(()) };
        if skus.len() > Self::SKUS {
            return Err(PromotionProblem::TooManySkus);
        }
        let mut seen = BTreeSet::new();
        match skus.iter().find(|sku| !seen.insert(*sku)) {
            Some(sku) => Err(PromotionProblem::SkuTwice { sku: sku.clone() }),
            None => Ok(()),
        }
    }
}

impl Target {
    /// Every line.
    pub const fn all_lines() -> Self {
        Self::Lines { skus: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rust_decimal::dec;
    use uuid::Uuid;

    use super::*;
    use crate::domain::money::Currency;

    fn promotion(benefit: Benefit) -> Promotion {
        Promotion::new(PromotionId::from_uuid(Uuid::nil()), "Spring", benefit, Target::Order)
    }

    fn euro(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    #[test]
    fn a_promotion_takes_something_off_and_not_more_than_all() {
        for percent in [dec!(0.01), dec!(33.3), dec!(100)] {
            assert_eq!(promotion(Benefit::Percent(percent)).check(), Ok(()));
        }
        for percent in [dec!(-1), dec!(0), dec!(100.01)] {
            assert_eq!(promotion(Benefit::Percent(percent)).check(), Err(PromotionProblem::Percent));
        }
        assert_eq!(promotion(Benefit::Fixed(euro(1))).check(), Ok(()));
        assert_eq!(promotion(Benefit::Fixed(euro(0))).check(), Err(PromotionProblem::Fixed));
    }

    #[test]
    fn a_promotion_that_could_never_apply_is_refused() {
        let good = promotion(Benefit::Fixed(euro(100)));
        let now = Some(DateTime::UNIX_EPOCH);
        assert_eq!(
            Promotion { starts_at: now, ends_at: now, ..good.clone() }.check(),
            Err(PromotionProblem::Period)
        );
        let later = now.map(|at| at + TimeDelta::seconds(1));
        assert_eq!(Promotion { starts_at: now, ends_at: later, ..good.clone() }.check(), Ok(()));
        assert_eq!(Promotion { limit: Some(0), ..good.clone() }.check(), Err(PromotionProblem::Limit));
        let dollars = Conditions { minimum: Some(Money::from_minor(1, Currency::USD)), group: None };
        assert_eq!(Promotion { conditions: dollars, ..good }.check(), Err(PromotionProblem::Minimum));
    }

    #[test]
    fn a_promotion_names_each_sku_once() {
        let sku = Sku::new("A").unwrap();
        let target = Target::Lines { skus: vec![sku.clone(), sku.clone()] };
        let twice = Promotion { target, ..promotion(Benefit::Percent(dec!(5))) };
        assert_eq!(twice.check(), Err(PromotionProblem::SkuTwice { sku }));
    }

    #[test]
    fn a_stored_promotion_has_no_field_that_nobody_knows() {
        let json = r#"{"id":"00000000-0000-0000-0000-000000000000","name":"Spring","benefit":{"percent":"10"},"target":"order"}"#;
        let stored: Promotion = serde_json::from_str(json).unwrap();
        assert_eq!(stored, promotion(Benefit::Percent(dec!(10))));
        assert_eq!(
            serde_json::from_str::<Promotion>(&serde_json::to_string(&stored).unwrap()).unwrap(),
            stored
        );
        let misspelt = json.replace("\"target\"", "\"limits\":1,\"target\"");
        assert!(serde_json::from_str::<Promotion>(&misspelt).is_err());
    }
}
