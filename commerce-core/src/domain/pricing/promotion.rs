use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Benefit, CodeBatch, Conditions, Pick, Selection, Stacking, Target};
use crate::domain::{
    ids::{CouponCode, PromotionId},
    money::{Currency, Money},
};

/// What the shop gives away: how much, on what, for whom and when, and how it goes together with others.
///
/// Promotions that stand [alone](Stacking::Alone) are tried first. Then come those on lines, those on the order,
/// gifts, and free shipping; within each by priority, then by id. Each works on what the earlier ones left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Its id.
    pub id: PromotionId,
    /// What buyers read next to the discount, 1 to [`Promotion::NAME`] characters.
    pub name: String,
    /// The code a buyer has to type in; without one it is there for everybody.
    #[serde(default)]
    pub code: Option<CouponCode>,
    /// Codes that begin with [`code`](Self::code), each good for one order; then the code alone is none.
    #[serde(default)]
    pub batch: Option<CodeBatch>,
    /// How much is taken off.
    pub benefit: Benefit,
    /// What it is taken off.
    pub target: Target,
    /// What must hold for it.
    #[serde(default)]
    pub conditions: Conditions,
    /// Its place among those of its kind: smaller numbers are tried first, and within one number smaller ids.
    #[serde(default)]
    pub priority: i32,
    /// How it goes together with others.
    #[serde(default)]
    pub stacking: Stacking,
    /// The most it takes off one order.
    #[serde(default)]
    pub cap: Option<Money>,
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

/// Whether a promotion is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// It selects goods by too many names.
    #[error("a promotion selects goods by at most {} names; without any it is for all", Selection::NAMES)]
    TooManyNames,
    /// It names something twice.
    #[error("{name} is named twice")]
    NamedTwice {
        /// The SKU, the product or the category.
        name: String,
    },
    /// The benefit does not go with the target.
    #[error("some pieces for others are for lines; a gift and free shipping are for the order")]
    Target,
    /// The minimum is below zero.
    #[error("the minimum must not be below zero")]
    Minimum,
    /// The cap takes nothing off, or stands on a gift, which has none.
    #[error("a cap must be above zero, and a gift has none")]
    Cap,
    /// Amounts of several currencies.
    #[error("all amounts of a promotion must be in one currency")]
    Currencies,
    /// What free shipping saves is not known when the best of a group is picked.
    #[error("free shipping cannot be the best of a group")]
    Stacking,
    /// The batch has no code to begin with, a code that is too long, or too few or too many codes.
    #[error(
        "a batch has 1 to {} codes and begins with a code of at most {} characters",
        CodeBatch::CODES,
        CodeBatch::PREFIX
    )]
    Batch,
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

    /// An active promotion for everybody, always, without a code or a limit.
    pub fn new(id: PromotionId, name: impl Into<String>, benefit: Benefit, target: Target) -> Self {
        Self {
            id,
            name: name.into(),
            code: None,
            batch: None,
            benefit,
            target,
            conditions: Conditions::default(),
            priority: 0,
            stacking: Stacking::Free,
            cap: None,
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

    /// Whether it is there for everybody, or for those who typed in this code.
    pub(super) fn is_offered(&self, coupon: Option<&CouponCode>) -> bool {
        match (&self.code, &self.batch) {
            (None, _) => true,
            (Some(code), None) => Some(code) == coupon,
            (Some(_), Some(_)) => self.number_of(coupon).is_some(),
        }
    }

    /// The number that a code has in its batch.
    pub fn number_of(&self, coupon: Option<&CouponCode>) -> Option<u32> {
        self.batch.as_ref()?.number_of(self.code.as_ref()?, coupon?)
    }

    /// Says why the promotion cannot be saved as it is, if it cannot.
    pub fn check(&self) -> Result<(), PromotionProblem> {
        if self.name.trim().is_empty() || self.name.chars().count() > Self::NAME {
            return Err(PromotionProblem::Name);
        }
        self.check_benefit()?;
        self.conditions.check()?;
        self.check_stacking()?;
        self.check_currencies()?;
        if let Target::Lines(selection) = &self.target {
            selection.check()?;
        }
        if let Some(batch) = &self.batch {
            batch.check(self.code.as_ref())?;
        }
        if self.starts_at.zip(self.ends_at).is_some_and(|(start, end)| start >= end) {
            return Err(PromotionProblem::Period);
        }
        if self.limit == Some(0) || self.limit_per_customer == Some(0) {
            return Err(PromotionProblem::Limit);
        }
        Ok(())
    }

    fn check_benefit(&self) -> Result<(), PromotionProblem> {
        let for_lines = matches!(self.target, Target::Lines(_));
        match &self.benefit {
            Benefit::Percent(percent) => check_percent(*percent),
            Benefit::Fixed(amount) if amount.minor() <= 0 => Err(PromotionProblem::Fixed),
            Benefit::Fixed(_) => Ok(()),
            Benefit::BuyGet(_) if !for_lines => Err(PromotionProblem::Target),
            Benefit::BuyGet(deal) => {
                deal.of.as_ref().map_or(Ok(()), Selection::check)?;
                check_percent(deal.percent)
            }
            Benefit::Gift { .. } | Benefit::FreeShipping if for_lines => Err(PromotionProblem::Target),
            Benefit::Gift { .. } if self.cap.is_some() => Err(PromotionProblem::Cap),
            Benefit::Gift { .. } | Benefit::FreeShipping => Ok(()),
        }
    }

    fn check_stacking(&self) -> Result<(), PromotionProblem> {
        let of_group = match &self.stacking {
            Stacking::Group { pick: Pick::Best, .. } if self.benefit == Benefit::FreeShipping => {
                return Err(PromotionProblem::Stacking);
            }
            Stacking::Group { cap, .. } => *cap,
            Stacking::Free | Stacking::Alone => None,
        };
        let nothing = [self.cap, of_group].into_iter().flatten().any(|cap| cap.minor() <= 0);
        if nothing { Err(PromotionProblem::Cap) } else { Ok(()) }
    }

    fn check_currencies(&self) -> Result<(), PromotionProblem> {
        let mut currencies = self.currencies();
        match currencies.next() {
            Some(first) if currencies.any(|other| other != first) => Err(PromotionProblem::Currencies),
            _ => Ok(()),
        }
    }

    /// The currencies of its amounts.
    pub(super) fn currencies(&self) -> impl Iterator<Item = Currency> {
        let fixed = match self.benefit {
            Benefit::Fixed(amount) => Some(amount),
            _ => None,
        };
        let of_group = match self.stacking {
            Stacking::Group { cap, .. } => cap,
            Stacking::Free | Stacking::Alone => None,
        };
        [fixed, self.conditions.minimum, self.cap, of_group].into_iter().flatten().map(Money::currency)
    }
}

fn check_percent(percent: Decimal) -> Result<(), PromotionProblem> {
    if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return Err(PromotionProblem::Percent);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use chrono::TimeDelta;
    use rust_decimal::dec;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        cart::Quantity,
        ids::{Sku, StackingGroup},
        pricing::{BatchSecret, BuyGet},
    };

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
        let minimum = |minor, currency| Conditions {
            minimum: Some(Money::from_minor(minor, currency)),
            ..Conditions::default()
        };
        let dollars = minimum(1, Currency::USD);
        assert_eq!(
            Promotion { conditions: dollars, ..good.clone() }.check(),
            Err(PromotionProblem::Currencies)
        );
        let below = minimum(-1, Currency::EUR);
        assert_eq!(Promotion { conditions: below, ..good.clone() }.check(), Err(PromotionProblem::Minimum));
        assert_eq!(Promotion { cap: Some(euro(0)), ..good }.check(), Err(PromotionProblem::Cap));
    }

    #[test]
    fn a_promotion_names_each_sku_once() {
        let sku = Sku::new("A").unwrap();
        let target = Target::skus(vec![sku.clone(), sku.clone()]);
        let twice = Promotion { target, ..promotion(Benefit::Percent(dec!(5))) };
        assert_eq!(twice.check(), Err(PromotionProblem::NamedTwice { name: "A".into() }));
    }

    #[test]
    fn a_benefit_goes_with_its_target_and_its_group() {
        let (one, lines) = (NonZeroU32::MIN, Target::all_lines);
        let for_one = || Benefit::BuyGet(BuyGet::free(one, one));
        let gift = || Benefit::Gift { sku: Sku::new("A").unwrap(), quantity: Quantity::ONE };
        for benefit in [gift(), Benefit::FreeShipping] {
            assert_eq!(promotion(benefit.clone()).check(), Ok(()));
            let on_lines = Promotion { target: lines(), ..promotion(benefit) };
            assert_eq!(on_lines.check(), Err(PromotionProblem::Target));
        }
        assert_eq!(Promotion { target: lines(), ..promotion(for_one()) }.check(), Ok(()));
        assert_eq!(promotion(for_one()).check(), Err(PromotionProblem::Target));
        let capped = Promotion { cap: Some(euro(1)), ..promotion(gift()) };
        assert_eq!(capped.check(), Err(PromotionProblem::Cap));
        let group = StackingGroup::new("season").unwrap();
        let best = Stacking::Group { group, pick: Pick::Best, cap: None };
        let best = Promotion { stacking: best, ..promotion(Benefit::FreeShipping) };
        assert_eq!(best.check(), Err(PromotionProblem::Stacking));
    }

    #[test]
    fn a_batch_has_a_code_to_begin_with() {
        let batch = |count| CodeBatch { secret: BatchSecret::new(Uuid::nil()), count };
        let coded = |code: Option<&str>, count| Promotion {
            code: code.map(|code| CouponCode::new(code).unwrap()),
            batch: Some(batch(count)),
            ..promotion(Benefit::FreeShipping)
        };
        assert_eq!(coded(Some("A"), CodeBatch::CODES).check(), Ok(()));
        let long = "A".repeat(CodeBatch::PREFIX + 1);
        for (code, count) in
            [(None, 1), (Some("A"), 0), (Some("A"), CodeBatch::CODES + 1), (Some(long.as_str()), 1)]
        {
            assert_eq!(coded(code, count).check(), Err(PromotionProblem::Batch));
        }
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
