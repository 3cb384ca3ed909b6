use std::collections::BTreeMap;

use super::{Explanation, GoodsLine, NotApplied, Outcome, PricingContext, PricingProblem, Rule};
use crate::domain::{
    catalog::{Listing, Price, PriceRequest, Variant},
    ids::Sku,
};

/// The price that counts for this buyer, at this time, for so many pieces of the variant in all its lines;
/// [`Variant::price_for`] says which of several that is.
pub fn price_of<'a>(
    context: &PricingContext,
    variant: &'a Variant,
    pieces: u64,
) -> Result<&'a Price, PricingProblem> {
    let (sku, market) = (|| variant.sku.clone(), || context.market.id.clone());
    let Some(price) = variant.price_for(&request(context, pieces)) else {
        return Err(PricingProblem::NoPrice { sku: sku(), market: market() });
    };
    let currency = price.amount.currency();
    if currency != context.market.currency {
        return Err(PricingProblem::PriceCurrency { sku: sku(), market: market(), currency });
    }
    if price.amount.is_negative() {
        return Err(PricingProblem::NegativePrice { sku: sku(), market: market() });
    }
    Ok(price)
}

const fn request(context: &PricingContext, pieces: u64) -> PriceRequest<'_> {
    let PricingContext { market, group, at, .. } = context;
    PriceRequest { market: &market.id, group: group.as_ref(), at: *at, pieces }
}

/// How many pieces there are of each variant that has more than one price.
pub(super) struct Pieces(BTreeMap<Sku, (Listing, u64)>);

impl Pieces {
    pub(super) fn of(lines: &[GoodsLine]) -> Self {
        let mut pieces = BTreeMap::new();
        for line in lines {
            let variant = line.listing.variant();
            if has_choice(variant) {
                let entry = pieces.entry(variant.sku.clone());
                entry.or_insert_with(|| (line.listing.clone(), 0)).1 += u64::from(line.quantity.get());
            }
        }
        Self(pieces)
    }

    /// How many pieces of the line's variant all lines have together.
    pub(super) fn count(&self, line: &GoodsLine) -> u64 {
        let all = self.0.get(&line.listing.variant().sku);
        all.map_or_else(|| line.quantity.get().into(), |(_, pieces)| *pieces)
    }

    /// What became of every price that might have counted, by SKU.
    pub(super) fn explained(&self, context: &PricingContext) -> Vec<Explanation> {
        let mut explained = Vec::new();
        for (listing, pieces) in self.0.values() {
            let wanted = request(context, *pieces);
            for (price, why) in listing.variant().prices_considered(&wanted) {
                let rule = Rule::Price {
                    sku: listing.variant().sku.clone(),
                    list: price.list_code().cloned(),
                    from_quantity: price.from_quantity,
                };
                let outcome = match why {
                    None => Outcome::Applied { amount: price.amount },
                    Some(why) => Outcome::NotApplied(NotApplied::Price(why)),
                };
                explained.push(Explanation { rule, outcome, working: None });
            }
        }
        explained
    }
}

/// Whether anything but the market decides what it costs.
fn has_choice(variant: &Variant) -> bool {
    variant.prices.iter().any(|price| price.list.is_some() || price.from_quantity.get() > 1)
}
