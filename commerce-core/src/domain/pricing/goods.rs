use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    CouponOutcome, Explanation, LimitedUse, PricingContext, PricingProblem, Promotion,
    discount::{Discounts, take_discounts},
    pieces::check_pieces,
    price::{Pieces, price_of},
    shelf::{Shelf, ShelfLine},
};
use crate::domain::{
    cart::Quantity,
    catalog::{Listing, Market, Price, ProductStatus},
    ids::{CouponCode, LineId},
    metadata::Metadata,
    money::{Money, MoneyError},
};

/// So many pieces of a variant that is to be priced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsLine {
    /// Its id, different from that of every other line.
    pub id: LineId,
    /// The variant and its product.
    pub listing: Listing,
    /// How many.
    pub quantity: Quantity,
    /// The embedder's notes, kept as they are.
    pub metadata: Metadata,
}

/// Goods with their prices and discounts, not yet shipped or taxed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedGoods {
    pub(super) market: Market,
    pub(super) at: DateTime<Utc>,
    /// In the order they were given, gifts last.
    pub(super) lines: Vec<PricedLine>,
    /// Where each line stands, in the order of the lines' ids: who gets a cent that is left over never depends on
    /// the order of the lines.
    pub(super) by_id: Vec<usize>,
    pub(super) code: Option<CouponCode>,
    pub(super) coupon: CouponOutcome,
    pub(super) uses: Vec<LimitedUse>,
    pub(super) explanation: Vec<Explanation>,
    /// The explanations of free shipping, which say nothing yet.
    pub(super) free_shipping: Vec<usize>,
}

/// A line in minor units: `0 <= floor <= left <= goods`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PricedLine {
    pub(super) goods_line: GoodsLine,
    pub(super) price: Price,
    /// What it costs before discounts.
    pub(super) goods: i64,
    /// What the discounts must leave of it.
    pub(super) floor: i64,
    /// What the discounts have left of it.
    pub(super) left: i64,
}

/// Prices the lines in the market of the context and takes off the promotions.
///
/// `promotions` are all that might apply, those of the coupon included; one with a code is tried only when the
/// code is `coupon`, one with a batch only when `coupon` is one of its codes. In which order they are tried, and
/// how they go together, [`Promotion`] and [`Stacking`](super::Stacking) say; each works on what the earlier ones
/// left, never below the floor of a price, and never below zero. Which price counts, [`price_of`] says; pieces of one
/// variant in several lines are counted together. The order of `lines` changes nothing but the order of the answer;
/// gifts come after them.
pub fn price_goods(
    context: &PricingContext,
    lines: Vec<GoodsLine>,
    promotions: &[Arc<Promotion>],
    coupon: Option<&CouponCode>,
) -> Result<PricedGoods, PricingProblem> {
    if lines.is_empty() {
        return Err(PricingProblem::Empty);
    }
    check_pieces(&lines)?;
    let by_id = places_by_id(lines.iter().map(|line| line.id))?;
    let pieces = Pieces::of(&lines);
    let prices = pieces.explained(context);
    let mut lines = lines
        .into_iter()
        .map(|line| PricedLine::new(context, pieces.count(&line), line))
        .collect::<Result<Vec<_>, _>>()?;
    let (left, discounts) = {
        let ordered: Vec<&PricedLine> = by_id.iter().map(|&place| &lines[place]).collect();
        let on_shelf = ordered.iter().map(|line| line.on_shelf()).collect();
        let mut shelf = Shelf::new(context.market.currency, on_shelf)?;
        let discounts = take_discounts(context, &ordered, &mut shelf, promotions, coupon)?;
        (shelf.lines, discounts)
    };
    for (&place, line) in by_id.iter().zip(left) {
        lines[place].left = line.left;
    }
    let Discounts { coupon: outcome, uses, mut explanation, free_shipping, gifts } = discounts;
    explanation.extend(prices);
    lines.extend(gifts);
    Ok(PricedGoods {
        market: context.market.clone(),
        at: context.at,
        by_id: places_by_id(lines.iter().map(|line| line.goods_line.id))?,
        lines,
        code: coupon.cloned(),
        coupon: outcome,
        uses,
        explanation,
        free_shipping,
    })
}

fn places_by_id(ids: impl Iterator<Item = LineId>) -> Result<Vec<usize>, PricingProblem> {
    let mut placed: Vec<(LineId, usize)> = ids.zip(0..).collect();
    placed.sort_unstable();
    match placed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(PricingProblem::LineTwice { line: pair[0].0 }),
        None => Ok(placed.into_iter().map(|(_, place)| place).collect()),
    }
}

impl PricedLine {
    /// The line at the price that counts for so many pieces of its variant in all.
    pub(super) fn new(
        context: &PricingContext,
        pieces: u64,
        line: GoodsLine,
    ) -> Result<Self, PricingProblem> {
        let variant = line.listing.variant();
        if line.listing.product().status != ProductStatus::Active {
            return Err(PricingProblem::NotOnSale { sku: variant.sku.clone() });
        }
        let price = price_of(context, variant, pieces)?.clone();
        let ShelfLine { goods, floor, left, .. } = ShelfLine::full(&price, line.quantity)?;
        Ok(Self { price, goods_line: line, goods, floor, left })
    }

    fn on_shelf(&self) -> ShelfLine {
        let Self { goods, floor, left, .. } = *self;
        ShelfLine { pieces: self.goods_line.quantity.units(), goods, floor, left }
    }
}

impl PricedGoods {
    /// What is left of the goods after the discounts.
    pub(super) fn left(&self) -> Result<Money, MoneyError> {
        Money::sum(self.market.currency, self.lines.iter().map(|line| self.money(line.left)))
    }

    /// So many minor units of the market's currency.
    pub(super) const fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.market.currency)
    }
}
