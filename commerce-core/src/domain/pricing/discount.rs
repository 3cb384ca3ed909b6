use std::sync::Arc;

use super::{
    Benefit, CouponOutcome, Explanation, LimitedUse, NotApplied, Outcome, PricingContext, Promotion,
    PromotionStatus, Rule, Target, goods::PricedLine, ratio::Ratio,
};
use crate::domain::{
    ids::{CouponCode, Sku},
    money::{Money, MoneyError, Rounding},
};

/// What came of the promotions.
pub(super) struct Discounts {
    pub(super) coupon: CouponOutcome,
    pub(super) uses: Vec<LimitedUse>,
    pub(super) explanation: Vec<Explanation>,
}

/// Takes every promotion off the goods that is there for all or has the coupon's code, and says what came of each.
pub(super) fn take_discounts(
    mut shelf: Shelf<'_>,
    promotions: &[Arc<Promotion>],
    coupon: Option<&CouponCode>,
) -> Result<Discounts, MoneyError> {
    let mut discounts = Discounts::new(coupon);
    for promotion in in_order(promotions, coupon) {
        let outcome = shelf.take(promotion)?;
        discounts.note(promotion, outcome);
    }
    Ok(discounts.closed())
}

/// The promotions to try: lines first, then by id, each once.
fn in_order<'a>(promotions: &'a [Arc<Promotion>], coupon: Option<&CouponCode>) -> Vec<&'a Promotion> {
    let offered = |promotion: &&Promotion| promotion.code.is_none() || promotion.code.as_ref() == coupon;
    let mut tried: Vec<&Promotion> = promotions.iter().map(Arc::as_ref).filter(offered).collect();
    tried.sort_unstable_by_key(|promotion| (promotion.target == Target::Order, promotion.id));
    tried.dedup_by_key(|promotion| promotion.id);
    tried
}

/// The goods while promotions are taken off them.
pub(super) struct Shelf<'a> {
    context: &'a PricingContext,
    lines: &'a mut [PricedLine],
    by_id: &'a [usize],
    /// Where each line stands, in the order of the SKUs; filled when it is first asked for.
    by_sku: Vec<usize>,
    /// What all lines cost before discounts.
    goods: i64,
    /// What is left of that.
    left: i64,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(
        context: &'a PricingContext,
        lines: &'a mut [PricedLine],
        by_id: &'a [usize],
    ) -> Result<Self, MoneyError> {
        let add = |sum: i64, line: &PricedLine| sum.checked_add(line.goods);
        let goods = lines.iter().try_fold(0, add).ok_or(MoneyError::Overflow)?;
        Ok(Self { context, lines, by_id, by_sku: Vec::new(), goods, left: goods })
    }

    fn take(&mut self, promotion: &Promotion) -> Result<Outcome, MoneyError> {
        if let Some(why) = self.refusal(promotion) {
            return Ok(Outcome::NotApplied(why));
        }
        let taken = match &promotion.target {
            Target::Lines { skus } => {
                let places = self.places(skus);
                if places.is_empty() {
                    return Ok(Outcome::NotApplied(NotApplied::NoSuchLines));
                }
                self.take_off_lines(&places, &promotion.benefit)?
            }
            Target::Order => self.take_off_order(&promotion.benefit)?,
        };
        self.left -= taken;
        Ok(match taken {
            0 => Outcome::NotApplied(NotApplied::NothingLeft),
            _ => Outcome::Applied { amount: self.money(taken) },
        })
    }

    /// Why the promotion is not for this buyer, this time or these goods.
    fn refusal(&self, promotion: &Promotion) -> Option<NotApplied> {
        let PricingContext { market, group, at } = self.context;
        let conditions = &promotion.conditions;
        let fixed = match promotion.benefit {
            Benefit::Fixed(amount) => Some(amount),
            Benefit::Percent(_) => None,
        };
        if promotion.status == PromotionStatus::Paused {
            return Some(NotApplied::Paused);
        }
        if let Some(starts_at) = promotion.starts_at.filter(|starts_at| at < starts_at) {
            return Some(NotApplied::NotYet { starts_at });
        }
        if let Some(ended_at) = promotion.ends_at.filter(|ends_at| at >= ends_at) {
            return Some(NotApplied::Over { ended_at });
        }
        if conditions.group.is_some() && conditions.group != *group {
            return Some(NotApplied::OtherGroup);
        }
        if [fixed, conditions.minimum].into_iter().flatten().any(|it| it.currency() != market.currency) {
            return Some(NotApplied::OtherCurrency);
        }
        let minimum = conditions.minimum.filter(|minimum| self.goods < minimum.minor())?;
        Some(NotApplied::BelowMinimum { minimum, goods: self.money(self.goods) })
    }

    /// Where the lines of these SKUs stand; of all SKUs when none is named.
    fn places(&mut self, skus: &[Sku]) -> Vec<usize> {
        let lines = &*self.lines;
        if skus.is_empty() {
            return (0..lines.len()).collect();
        }
        let sku = |place: usize| &lines[place].goods_line.listing.variant().sku;
        if self.by_sku.is_empty() {
            self.by_sku.extend(0..lines.len());
            self.by_sku.sort_unstable_by(|one, other| sku(*one).cmp(sku(*other)));
        }
        let mut places = Vec::new();
        for wanted in skus {
            let first = self.by_sku.partition_point(|&place| sku(place) < wanted);
            places.extend(self.by_sku[first..].iter().take_while(|place| sku(**place) == wanted));
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Takes the benefit off each of these lines by itself, rounding once per line.
    fn take_off_lines(&mut self, places: &[usize], benefit: &Benefit) -> Result<i64, MoneyError> {
        let mut taken = 0;
        for &place in places {
            let line = &mut self.lines[place];
            let pieces = line.goods_line.quantity.units();
            let discount = discount(benefit, pieces, line.left)?.min(line.room());
            line.left -= discount;
            taken += discount;
        }
        Ok(taken)
    }

    /// Takes the benefit off the whole, rounding once, and shares it by what may still be taken off each line.
    fn take_off_order(&mut self, benefit: &Benefit) -> Result<i64, MoneyError> {
        let room = self.lines.iter().map(PricedLine::room).sum();
        let taken = discount(benefit, 1, self.left)?.min(room);
        if taken == 0 {
            return Ok(0);
        }
        let weights: Vec<u64> =
            self.by_id.iter().map(|&place| self.lines[place].room().unsigned_abs()).collect();
        for (&place, share) in self.by_id.iter().zip(self.money(taken).split(&weights)) {
            self.lines[place].left -= share.minor();
        }
        Ok(taken)
    }

    const fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.context.market.currency)
    }
}

/// What the benefit takes off so many pieces of which `left` is left: never more than that, never less than nothing.
fn discount(benefit: &Benefit, pieces: i64, left: i64) -> Result<i64, MoneyError> {
    let wanted = match benefit {
        Benefit::Percent(percent) => Ratio::percent(*percent).of(left, Rounding::HalfUp)?,
        Benefit::Fixed(amount) => amount.minor().saturating_mul(pieces),
    };
    Ok(wanted.clamp(0, left))
}

impl Discounts {
    fn new(coupon: Option<&CouponCode>) -> Self {
        let unknown =
            |code: &CouponCode| CouponOutcome::Refused { code: code.clone(), why: NotApplied::UnknownCode };
        Self {
            coupon: coupon.map_or(CouponOutcome::None, unknown),
            uses: Vec::new(),
            explanation: Vec::new(),
        }
    }

    fn note(&mut self, promotion: &Promotion, outcome: Outcome) {
        let Promotion { id, limit, limit_per_customer, .. } = *promotion;
        if matches!(outcome, Outcome::Applied { .. }) && (limit.is_some() || limit_per_customer.is_some()) {
            self.uses.push(LimitedUse { promotion: id, limit, limit_per_customer });
        }
        if promotion.code.is_some() {
            self.note_coupon(promotion, &outcome);
        }
        let rule = Rule::Promotion { promotion: id, name: promotion.name.clone() };
        self.explanation.push(Explanation { rule, outcome });
    }

    /// The first promotion of the code that takes something off is the coupon's; else the first says why not.
    fn note_coupon(&mut self, promotion: &Promotion, outcome: &Outcome) {
        match (outcome, &mut self.coupon) {
            (Outcome::Applied { .. }, CouponOutcome::Refused { .. }) => {
                self.coupon = CouponOutcome::Applied { promotion: promotion.id };
            }
            (Outcome::NotApplied(reason), CouponOutcome::Refused { why, .. })
                if *why == NotApplied::UnknownCode =>
            {
                *why = reason.clone();
            }
            _ => {}
        }
    }

    /// The same, with a line for a code that no promotion has.
    fn closed(mut self) -> Self {
        if let CouponOutcome::Refused { code, why: why @ NotApplied::UnknownCode } = &self.coupon {
            let rule = Rule::Coupon { code: code.clone() };
            self.explanation.push(Explanation { rule, outcome: Outcome::NotApplied(why.clone()) });
        }
        self
    }
}
