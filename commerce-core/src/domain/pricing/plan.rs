use uuid::Uuid;

use super::{
    Benefit, BuyGet, GoodsLine, NotApplied, Off, PricingContext, Promotion, Selection, Target, Working,
    goods::PricedLine, selection::Finder,
};
use crate::domain::{
    cart::Quantity,
    ids::{LineId, PromotionId, Sku},
    metadata::Metadata,
    money::Money,
};

/// What a promotion will do.
pub(super) enum Plan {
    TakeOff(Working),
    Give(PricedLine),
    Ship(Working),
}

/// Decides which lines a promotion is taken off, and what it gives.
pub(super) struct Planner<'a> {
    context: &'a PricingContext,
    lines: &'a [&'a PricedLine],
    finder: Finder<'a>,
    /// How many lines are cheaper by the piece than each; filled when it is first asked for.
    rank: Vec<usize>,
}

impl<'a> Planner<'a> {
    pub(super) const fn new(context: &'a PricingContext, lines: &'a [&'a PricedLine]) -> Self {
        Self { context, lines, finder: Finder::new(lines), rank: Vec::new() }
    }

    /// What the promotion will do with these goods, or why it can do nothing.
    pub(super) fn plan(&mut self, promotion: &Promotion, most: Option<Money>) -> Result<Plan, NotApplied> {
        let all = Selection::ALL;
        match (&promotion.benefit, &promotion.target) {
            (Benefit::FreeShipping, _) => Ok(Plan::Ship(Working::Shipping { most })),
            (Benefit::Gift { sku, quantity }, _) => self.give(promotion.id, sku, *quantity).map(Plan::Give),
            (Benefit::BuyGet(deal), Target::Lines(selection)) => self.deal(deal, selection, most),
            (Benefit::BuyGet(deal), Target::Order) => self.deal(deal, &all, most),
            (benefit, Target::Order) => {
                let off = Off::by(benefit).ok_or(NotApplied::NothingLeft)?;
                Ok(Plan::TakeOff(Working::Whole { off, most }))
            }
            (benefit, Target::Lines(selection)) => {
                let off = Off::by(benefit).ok_or(NotApplied::NothingLeft)?;
                let places = self.places(selection)?;
                let lines = (places.len() < self.lines.len()).then_some(places);
                Ok(Plan::TakeOff(Working::EachLine { off, lines, most }))
            }
        }
    }

    /// How many pieces of these goods there are.
    pub(super) fn pieces(&mut self, selection: &Selection) -> u64 {
        let places = self.finder.places(selection);
        places.iter().map(|&place| u64::from(self.lines[place].goods_line.quantity.get())).sum()
    }

    fn places(&mut self, selection: &Selection) -> Result<Vec<usize>, NotApplied> {
        let places = self.finder.places(selection);
        if places.is_empty() { Err(NotApplied::NoSuchLines) } else { Ok(places) }
    }

    /// The cheapest pieces of the target, as many as the deal makes cheaper.
    fn deal(&mut self, deal: &BuyGet, target: &Selection, most: Option<Money>) -> Result<Plan, NotApplied> {
        let mut offered = self.places(target)?;
        let bought = match &deal.of {
            None => self.pieces_at(&offered),
            Some(of) => {
                let bought = self.places(of)?;
                offered.retain(|place| bought.binary_search(place).is_err());
                self.pieces_at(&bought)
            }
        };
        let mut left = deal.cheaper(bought, self.pieces_at(&offered));
        if left == 0 {
            return Err(NotApplied::NoSet);
        }
        self.cheapest_first(&mut offered);
        let mut pieces = Vec::new();
        for place in offered {
            let some = self.lines[place].goods_line.quantity.units().min(left);
            if some > 0 {
                pieces.push((place, some));
            }
            left -= some;
        }
        Ok(Plan::TakeOff(Working::Pieces { percent: deal.percent, pieces, most }))
    }

    fn pieces_at(&self, places: &[usize]) -> i64 {
        places.iter().map(|&place| self.lines[place].goods_line.quantity.units()).sum()
    }

    /// By the price of a piece, then as they stand. Prices are compared once for all deals.
    fn cheapest_first(&mut self, places: &mut [usize]) {
        if self.rank.is_empty() {
            let prices: Vec<(i128, i128)> = self.lines.iter().map(|line| price_of_piece(line)).collect();
            let mut order: Vec<usize> = (0..prices.len()).collect();
            order.sort_by(|one, other| {
                let ((a, of_a), (b, of_b)) = (prices[*one], prices[*other]);
                (a * of_b).cmp(&(b * of_a))
            });
            self.rank = vec![0; order.len()];
            order.into_iter().zip(0..).for_each(|(place, rank)| self.rank[place] = rank);
        }
        places.sort_unstable_by_key(|&place| self.rank[place]);
    }

    /// A line on top, if the thing can be had.
    fn give(&self, promotion: PromotionId, sku: &Sku, quantity: Quantity) -> Result<PricedLine, NotApplied> {
        let listing = self.context.gifts.iter().find(|listing| listing.variant().sku == *sku);
        let listing = listing.ok_or_else(|| NotApplied::GiftGone { sku: sku.clone() })?.clone();
        // A promotion gives one line at most, so the line can bear its name.
        let id = LineId::from_uuid(Uuid::new_v5(&promotion.uuid(), b"gift"));
        let line = GoodsLine { id, listing, quantity, metadata: Metadata::EMPTY };
        let line = PricedLine::new(self.context, quantity.get().into(), line);
        let line = line.map_err(|_| NotApplied::GiftGone { sku: sku.clone() })?;
        Ok(PricedLine { floor: 0, left: 0, ..line })
    }
}

/// So much for so many pieces.
fn price_of_piece(line: &PricedLine) -> (i128, i128) {
    (line.price.amount.minor().into(), line.price.unit_quantity.get().into())
}
