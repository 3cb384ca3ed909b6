use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    CouponOutcome, Explanation, LimitedUse, PricingContext, PricingProblem, Promotion,
    discount::{Discounts, Shelf, take_discounts},
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

/// A line in minor units: `0 <= left <= goods`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PricedLine {
    pub(super) goods_line: GoodsLine,
    pub(super) price: Price,
    /// What it costs before discounts.
    pub(super) goods: i64,
    /// What the discounts have left of it.
    pub(super) left: i64,
}

/// Prices the lines in the market of the context and takes off the promotions.
///
/// `promotions` are all that might apply, those of the coupon included; one with a code is tried only when the
/// code is `coupon`. Promotions on lines come before promotions on the order, each group in order of promotion
/// id, and each works on what the earlier ones left, never below zero. The order of `lines` changes nothing but
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
    let mut lines = lines
        .into_iter()
        .map(|line| PricedLine::new(&context.market, line))
        .collect::<Result<Vec<_>, _>>()?;
    let shelf = Shelf::new(context, &mut lines, &by_id)?;
    let Discounts { coupon, uses, explanation } = take_discounts(shelf, promotions, coupon)?;
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
    fn new(market: &Market, line: GoodsLine) -> Result<Self, PricingProblem> {
        let (variant, id) = (line.listing.variant(), || market.id.clone());
        let sku = || variant.sku.clone();
        if line.listing.product().status != ProductStatus::Active {
            return Err(PricingProblem::NotOnSale { sku: sku() });
        }
        let Some(price) = variant.price(&market.id) else {
            return Err(PricingProblem::NoPrice { sku: sku(), market: id() });
        };
        let currency = price.amount.currency();
        if currency != market.currency {
            return Err(PricingProblem::PriceCurrency { sku: sku(), market: id(), currency });
        }
        if price.amount.is_negative() {
            return Err(PricingProblem::NegativePrice { sku: sku(), market: id() });
        }
        let pieces = Ratio::pieces(line.quantity, price.unit_quantity);
        let goods = pieces.of(price.amount.minor(), Rounding::HalfUp)?;
        Ok(Self { price: price.clone(), goods_line: line, goods, left: goods })
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
