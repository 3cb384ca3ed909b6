use std::{collections::BTreeMap, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use super::{Cart, CartProblem};
use crate::domain::{
    catalog::{Listing, Price, ProductStatus},
    ids::{LineId, Sku},
};

/// Something a buyer should know before they press "buy".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CartWarning {
    /// A line costs something else than when the buyer last chose how many.
    PriceChanged {
        /// The line.
        line: LineId,
        /// The price then.
        then: Price,
        /// The price now.
        now: Price,
    },
    /// A line cannot be bought: its variant is not on sale in this market any more.
    NotSold {
        /// The line.
        line: LineId,
        /// The variant.
        sku: Sku,
    },
    /// There is less stock than the cart wants.
    StockShort {
        /// The variant.
        sku: Sku,
        /// Units the cart wants.
        wanted: i64,
        /// Units it could have.
        available: i64,
    },
    /// There are fewer pieces than the variant is sold in.
    TooFewPieces {
        /// The variant.
        sku: Sku,
        /// The fewest.
        min: NonZeroU32,
    },
    /// There are more pieces than one order may have.
    TooManyPieces {
        /// The variant.
        sku: Sku,
        /// The most.
        max: NonZeroU32,
    },
}

impl Cart {
    /// What has changed since the lines were added: first by line, then by SKU.
    ///
    /// `listings` are those that were found for its SKUs, `available` the units it could have of each; a SKU that is
    /// not there is never short.
    pub fn warnings(
        &self,
        listings: &BTreeMap<Sku, Listing>,
        available: &BTreeMap<Sku, i64>,
    ) -> Vec<CartWarning> {
        let by_line = self.lines.iter().filter_map(|line| {
            let Some(now) = listings.get(&line.sku).and_then(|listing| self.price_of(listing)) else {
                return Some(CartWarning::NotSold { line: line.id, sku: line.sku.clone() });
            };
            let then = line.seen.clone().filter(|then| then != now)?;
            Some(CartWarning::PriceChanged { line: line.id, then, now: now.clone() })
        });
        let skus = self.skus();
        let short = skus.iter().filter_map(|sku| {
            let (wanted, available) = (self.pieces(sku), *available.get(sku)?);
            (available < wanted).then(|| CartWarning::StockShort { sku: sku.clone(), wanted, available })
        });
        let pieces = skus.iter().filter_map(|sku| match self.check_pieces(listings.get(sku)?.variant()) {
            Err(CartProblem::TooFewPieces { sku, min }) => Some(CartWarning::TooFewPieces { sku, min }),
            Err(CartProblem::TooManyPieces { sku, max }) => Some(CartWarning::TooManyPieces { sku, max }),
            Ok(()) | Err(_) => None,
        });
        by_line.chain(short).chain(pieces).collect()
    }

    /// What a variant costs in this cart's market, if it is on sale there.
    pub fn price_of<'l>(&self, listing: &'l Listing) -> Option<&'l Price> {
        let on_sale = listing.product().status == ProductStatus::Active;
        listing.variant().price(&self.market).filter(|_| on_sale)
    }
}
