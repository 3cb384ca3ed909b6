use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    CouponOutcome, Explanation, LimitedUse, PricingContext, PricingProblem, Promotion,
    discount::{Discounts, Shelf, take_discounts},
    price::{Pieces, price_of},
    ratio::Ratio,
};
use crate::domain::{
    cart::Quantity,
    catalog::{Listing, Market, Price, ProductStatus},
    ids::{CouponCode, LineId},
    metadata::Metadata,
    money::{Money, MoneyError, Rounding},
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
    /// In the order they were given.
    pub(super) lines: Vec<PricedLine>,
    /// Where each line stands, in the order of the lines' ids: who gets a cent that is left over never depends on
    /// the order of the lines.
    pub(super) by_id: Vec<usize>,
    pub(super) coupon: CouponOutcome,
    pub(super) uses: Vec<LimitedUse>,
    pub(super) explanation: Vec<Explanation>,
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
/// code is `coupon`. Promotions on lines come before promotions on the order, each group in order of promotion
/// id, and each works on what the earlier ones left, never below the floor of a price, and never below zero. Which
/// price counts, [`price_of`] says; pieces of one variant in several lines are counted together. The order of `lines` changes nothing but
/// the order of the answer.
pub fn price_goods(
    context: &PricingContext,
    lines: Vec<GoodsLine>,
    promotions: &[Arc<Promotion>],
    coupon: Option<&CouponCode>,
) -> Result<PricedGoods, PricingProblem> {
    if lines.is_empty() {
        return Err(PricingProblem::Empty);
    }
    let by_id = places_by_id(&lines)?;
    let pieces = Pieces::of(&lines);
    let prices = pieces.explained(context);
    let mut lines = lines
        .into_iter()
        .map(|line| PricedLine::new(context, pieces.count(&line), line))
        .collect::<Result<Vec<_>, _>>()?;
    let shelf = Shelf::new(context, &mut lines, &by_id)?;
    let Discounts { coupon, uses, mut explanation } = take_discounts(shelf, promotions, coupon)?;
    explanation.extend(prices);
    let market = context.market.clone();
    Ok(PricedGoods { market, at: context.at, lines, by_id, coupon, uses, explanation })
}

fn places_by_id(lines: &[GoodsLine]) -> Result<Vec<usize>, PricingProblem> {
    let mut places: Vec<usize> = (0..lines.len()).collect();
    places.sort_unstable_by_key(|&place| lines[place].id);
    match places.windows(2).find(|pair| lines[pair[0]].id == lines[pair[1]].id) {
        Some(pair) => Err(PricingProblem::LineTwice { line: lines[pair[0]].id }),
        None => Ok(places),
    }
}

impl PricedLine {
    /// The line at the price that counts for so many pieces of its variant in all.
    fn new(context: &PricingContext, pieces: u64, line: GoodsLine) -> Result<Self, PricingProblem> {
        let variant = line.listing.variant();
        if line.listing.product().status != ProductStatus::Active {
            return Err(PricingProblem::NotOnSale { sku: variant.sku.clone() });
        }
        let price = price_of(context, variant, pieces)?.clone();
        let pieces = Ratio::pieces(line.quantity, price.unit_quantity);
        let goods = pieces.of(price.amount.minor(), Rounding::HalfUp)?;
        let floor = price.floor.map_or(0, Money::minor);
        let floor = pieces.of(floor, Rounding::HalfUp)?.clamp(0, goods);
        Ok(Self { price, goods_line: line, goods, floor, left: goods })
    }

    /// What discounts may still take off.
    pub(super) const fn room(&self) -> i64 {
        self.left - self.floor
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
