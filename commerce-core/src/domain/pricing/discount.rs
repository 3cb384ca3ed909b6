use std::sync::Arc;

use super::{
    Benefit, CouponOutcome, Explanation, LimitedUse, NotApplied, Outcome, PricingContext, Promotion,
    PromotionStatus, Rule, Stacking, Target, Working,
    goods::PricedLine,
    plan::{Plan, Planner},
    shelf::Shelf,
    stacks::Stacks,
};
use crate::domain::{
    ids::{CouponCode, StackingGroup},
    money::{Money, MoneyError},
};

/// What came of the promotions.
pub(super) struct Discounts {
    pub(super) coupon: CouponOutcome,
    pub(super) uses: Vec<LimitedUse>,
    pub(super) explanation: Vec<Explanation>,
    /// The explanations of free shipping, which say nothing yet.
    pub(super) free_shipping: Vec<usize>,
    /// Lines on top.
    pub(super) gifts: Vec<PricedLine>,
}

/// Takes every promotion off the shelf that is there for all or has the coupon's code, and says what came of each.
/// `lines` are those on the shelf.
pub(super) fn take_discounts(
    context: &PricingContext,
    lines: &[&PricedLine],
    shelf: &mut Shelf,
    promotions: &[Arc<Promotion>],
    coupon: Option<&CouponCode>,
) -> Result<Discounts, MoneyError> {
    let offers = in_order(promotions, coupon);
    let mut till = Till::new(context, lines, shelf, &offers)?;
    let mut discounts = Discounts::new(coupon);
    for promotion in &offers {
        let tried = till.try_out(promotion)?;
        discounts.note(promotion, coupon, tried);
    }
    Ok(discounts.closed())
}

/// The promotions to try, each once, in their order.
fn in_order<'a>(promotions: &'a [Arc<Promotion>], coupon: Option<&CouponCode>) -> Vec<&'a Promotion> {
    let offered = |promotion: &&Promotion| promotion.is_offered(coupon);
    let mut tried: Vec<&Promotion> = promotions.iter().map(Arc::as_ref).filter(offered).collect();
    tried.sort_unstable_by_key(|promotion| {
        let kind = match (&promotion.benefit, &promotion.target) {
            (Benefit::FreeShipping, _) => 3,
            (Benefit::Gift { .. }, _) => 2,
            (_, Target::Order) => 1,
            (_, Target::Lines(_)) => 0,
        };
        (promotion.stacking != Stacking::Alone, kind, promotion.priority, promotion.id)
    });
    tried.dedup_by_key(|promotion| promotion.id);
    tried
}

/// Where promotions are taken off one after the other.
struct Till<'a, 's> {
    context: &'a PricingContext,
    shelf: &'s mut Shelf,
    offers: &'s [&'a Promotion],
    planner: Planner<'a>,
    stacks: Stacks,
}

/// What came of one promotion.
enum Tried {
    Refused(NotApplied),
    Taken {
        amount: Money,
        working: Working,
    },
    Given {
        line: Box<PricedLine>,
        working: Working,
    },
    /// How much it is, shipping will tell.
    Ships {
        working: Working,
    },
}

impl<'a, 's> Till<'a, 's> {
    fn new(
        context: &'a PricingContext,
        lines: &'a [&'a PricedLine],
        shelf: &'s mut Shelf,
        offers: &'s [&'a Promotion],
    ) -> Result<Self, MoneyError> {
        let stacks = Stacks::new(context.discount_cap, shelf.goods)?;
        Ok(Self { context, shelf, offers, planner: Planner::new(context, lines), stacks })
    }

    fn try_out(&mut self, promotion: &Promotion) -> Result<Tried, MoneyError> {
        if let Some(why) = self.refusal(promotion) {
            return Ok(Tried::Refused(why));
        }
        if let Some(group) = promotion.stacking.best_of().filter(|group| !self.stacks.has_best(group)) {
            self.pick_best(group)?;
        }
        if let Some(by) = self.stacks.displaced(promotion) {
            return Ok(Tried::Refused(NotApplied::Displaced { by }));
        }
        let most = self.stacks.most(promotion);
        if most == Some(0) {
            return Ok(Tried::Refused(NotApplied::CapReached));
        }
        let most = most.map(|minor| self.money(minor));
        let (amount, tried) = match self.planner.plan(promotion, most) {
            Err(why) => return Ok(Tried::Refused(why)),
            Ok(Plan::Ship(working)) => (0, Tried::Ships { working }),
            Ok(Plan::Give(line)) => {
                let working = Working::Gift { line: line.goods_line.id };
                (0, Tried::Given { line: Box::new(line), working })
            }
            Ok(Plan::TakeOff(working)) => {
                let taken = self.shelf.take(&working)?;
                if taken == 0 {
                    return Ok(Tried::Refused(NotApplied::NothingLeft));
                }
                let amount = self.money(taken);
                let working = if most == Some(amount) { working } else { working.without_cap() };
                (taken, Tried::Taken { amount, working })
            }
        };
        self.stacks.count(promotion, amount);
        Ok(tried)
    }

    /// Finds the best of a group when the first of it has its turn: each is tried on a copy of the shelf.
    fn pick_best(&mut self, group: &StackingGroup) -> Result<(), MoneyError> {
        for rival in self.offers.iter().filter(|offer| offer.stacking.best_of() == Some(group)) {
            if self.refusal(rival).is_some() {
                continue;
            }
            let most = self.stacks.most(rival).map(|minor| self.money(minor));
            let saves = match self.planner.plan(rival, most) {
                Ok(Plan::TakeOff(working)) => self.shelf.clone().take(&working)?,
                Ok(Plan::Give(line)) => line.goods,
                Ok(Plan::Ship(_)) | Err(_) => 0,
            };
            self.stacks.compare(group, rival.id, saves);
        }
        Ok(())
    }

    /// Why the promotion is not for this buyer, this time or these goods.
    fn refusal(&mut self, promotion: &Promotion) -> Option<NotApplied> {
        let PricingContext { market, group, at, .. } = self.context;
        let conditions = &promotion.conditions;
        if promotion.status == PromotionStatus::Paused {
            return Some(NotApplied::Paused);
        }
        if let Some(starts_at) = promotion.starts_at.filter(|starts_at| at < starts_at) {
            return Some(NotApplied::NotYet { starts_at });
        }
        if let Some(ended_at) = promotion.ends_at.filter(|ends_at| at >= ends_at) {
            return Some(NotApplied::Over { ended_at });
        }
        if let Some(why) = self.context.exhausted.get(&promotion.id) {
            return Some(why.clone());
        }
        if conditions.group.is_some() && conditions.group != *group {
            return Some(NotApplied::OtherGroup);
        }
        if let Some(why) = self.other_order(promotion) {
            return Some(why);
        }
        if promotion.currencies().any(|currency| currency != market.currency) {
            return Some(NotApplied::OtherCurrency);
        }
        let goods = self.shelf.goods;
        if let Some(minimum) = conditions.minimum.filter(|minimum| goods < minimum.minor()) {
            return Some(NotApplied::BelowMinimum { minimum, goods: self.money(goods) });
        }
        let contains = conditions.contains.as_ref()?;
        let (wanted, pieces) = (u64::from(contains.pieces.get()), self.planner.pieces(&contains.of));
        (pieces < wanted).then_some(NotApplied::TooFewPieces { wanted, pieces })
    }

    /// Why this is not the order that the promotion is for.
    fn other_order(&self, promotion: &Promotion) -> Option<NotApplied> {
        let wanted = u64::from(promotion.conditions.nth_order?.get());
        let Some(orders) = self.context.orders else { return Some(NotApplied::BuyerUnknown) };
        let this = orders.placed.saturating_add(1);
        if this != wanted {
            return Some(NotApplied::OtherOrder { wanted, this });
        }
        (orders.under_way > 0).then_some(NotApplied::OrderUnderWay)
    }

    const fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.context.market.currency)
    }
}

impl Discounts {
    fn new(coupon: Option<&CouponCode>) -> Self {
        let unknown =
            |code: &CouponCode| CouponOutcome::Refused { code: code.clone(), why: NotApplied::UnknownCode };
        Self {
            coupon: coupon.map_or(CouponOutcome::None, unknown),
            uses: Vec::new(),
            explanation: Vec::new(),
            free_shipping: Vec::new(),
            gifts: Vec::new(),
        }
    }

    fn note(&mut self, promotion: &Promotion, coupon: Option<&CouponCode>, tried: Tried) {
        let (outcome, working) = match tried {
            Tried::Refused(why) => (Outcome::NotApplied(why), None),
            Tried::Taken { amount, working } => (Outcome::Applied { amount }, Some(working)),
            Tried::Ships { working } => {
                self.free_shipping.push(self.explanation.len());
                (Outcome::NotApplied(NotApplied::NothingLeft), Some(working))
            }
            Tried::Given { line, working } => {
                let amount = Money::from_minor(line.goods, line.price.amount.currency());
                self.gifts.push(*line);
                (Outcome::Applied { amount }, Some(working))
            }
        };
        if working.is_some() {
            self.uses.extend(LimitedUse::of(promotion, coupon));
        }
        if promotion.code.is_some() {
            self.note_coupon(promotion, working.is_some(), &outcome);
        }
        let rule = Rule::Promotion { promotion: promotion.id, name: promotion.name.clone() };
        self.explanation.push(Explanation { rule, outcome, working });
    }

    /// The first promotion of the code that counts is the coupon's; else the first says why not.
    fn note_coupon(&mut self, promotion: &Promotion, counts: bool, outcome: &Outcome) {
        let CouponOutcome::Refused { why, .. } = &mut self.coupon else { return };
        match outcome {
            _ if counts => self.coupon = CouponOutcome::Applied { promotion: promotion.id },
            Outcome::NotApplied(reason) if *why == NotApplied::UnknownCode => *why = reason.clone(),
            _ => {}
        }
    }

    /// The same, with a line for a code that no promotion has.
    fn closed(mut self) -> Self {
        if let CouponOutcome::Refused { code, why: why @ NotApplied::UnknownCode } = &self.coupon {
            let rule = Rule::Coupon { code: code.clone() };
            let outcome = Outcome::NotApplied(why.clone());
            self.explanation.push(Explanation { rule, outcome, working: None });
        }
        self
    }
}

impl LimitedUse {
    /// The use of a promotion that has to be counted, if it has.
    fn of(promotion: &Promotion, coupon: Option<&CouponCode>) -> Option<Self> {
        let Promotion { id, limit, limit_per_customer, .. } = *promotion;
        let code = promotion.number_of(coupon);
        let nth_order = promotion.conditions.nth_order;
        let counted =
            limit.is_some() || limit_per_customer.is_some() || code.is_some() || nth_order.is_some();
        counted.then_some(Self { promotion: id, limit, limit_per_customer, code, nth_order })
    }
}
