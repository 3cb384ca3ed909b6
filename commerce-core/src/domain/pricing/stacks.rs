use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Pick, Promotion, Stacking, ratio::Ratio};
use crate::domain::{
    ids::{PromotionId, StackingGroup},
    money::{Money, MoneyError, Rounding},
};

/// Which promotions still have a place beside those that count already, and how much they may take off.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    groups: BTreeMap<StackingGroup, Group>,
    alone: Option<PromotionId>,
    /// What all may still take off the goods.
    left: Option<i64>,
}

#[derive(Debug, Default)]
struct Group {
    best: Option<(PromotionId, i64)>,
    first: Option<PromotionId>,
    taken: i64,
}

impl Stacks {
    /// Nothing counts yet; all together may take off so many of a hundred, rounded to the minor unit.
    pub(super) fn new(cap: Option<Decimal>, goods: i64) -> Result<Self, MoneyError> {
        let left = cap.map(|cap| Ratio::percent(cap).of(goods, Rounding::HalfUp)).transpose()?;
        Ok(Self { left: left.map(|left| left.clamp(0, goods)), ..Self::default() })
    }

    /// Whether it is known which of a group is the best.
    pub(super) fn has_best(&self, group: &StackingGroup) -> bool {
        self.groups.get(group).is_some_and(|group| group.best.is_some())
    }

    /// Notes what one of a group would save now. The first of equals stays.
    pub(super) fn compare(&mut self, group: &StackingGroup, promotion: PromotionId, saves: i64) {
        let best = &mut self.groups.entry(group.clone()).or_default().best;
        if best.is_none_or(|(_, most)| saves > most) {
            *best = Some((promotion, saves));
        }
    }

    /// The promotion that counts in the place of this one.
    pub(super) fn displaced(&self, promotion: &Promotion) -> Option<PromotionId> {
        let of_group = match &promotion.stacking {
            Stacking::Group { group, pick, .. } => self.groups.get(group).and_then(|group| match pick {
                Pick::Every => None,
                Pick::First => group.first,
                Pick::Best => group.best.map(|(best, _)| best).filter(|best| *best != promotion.id),
            }),
            Stacking::Free | Stacking::Alone => None,
        };
        self.alone.or(of_group)
    }

    /// The most the promotion may take off now.
    pub(super) fn most(&self, promotion: &Promotion) -> Option<i64> {
        if !promotion.benefit.is_off_goods() {
            return promotion.cap.map(Money::minor);
        }
        let of_group = match &promotion.stacking {
            Stacking::Group { group, cap: Some(cap), .. } => {
                let taken = self.groups.get(group).map_or(0, |group| group.taken);
                Some((cap.minor() - taken).max(0))
            }
            _ => None,
        };
        [promotion.cap.map(Money::minor), of_group, self.left].into_iter().flatten().min()
    }

    /// Notes that a promotion counts, and how much it took off the goods.
    pub(super) fn count(&mut self, promotion: &Promotion, taken: i64) {
        match &promotion.stacking {
            Stacking::Free => {}
            Stacking::Alone => self.alone = Some(promotion.id),
            Stacking::Group { group, .. } => {
                let group = self.groups.entry(group.clone()).or_default();
                group.first.get_or_insert(promotion.id);
                group.taken += taken;
            }
        }
        self.left = self.left.map(|left| left - taken);
    }
}

impl Stacking {
    /// The group of which only the best counts, if it is that kind.
    pub(super) const fn best_of(&self) -> Option<&StackingGroup> {
        match self {
            Self::Group { group, pick: Pick::Best, .. } => Some(group),
            _ => None,
        }
    }
}
