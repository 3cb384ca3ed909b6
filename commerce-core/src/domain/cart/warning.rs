use std::{collections::BTreeMap, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use super::{Cart, CartProblem, Prospect};
use crate::domain::{
    catalog::Price,
    ids::{LineId, Sku},
};

/// Something a buyer should know before they press "buy".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CartWarning {
    /// A line costs something else than when the buyer last chose how many.
    PriceChanged {
        /// The line.
        line: LineId,
        /// The price then.
        then: Box<Price>,
        /// The price now.
        now: Box<Price>,
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
        /// The stock: a variant's own, or a part of kits.
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
        #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
        min: NonZeroU32,
    },
    /// There are more pieces than one order may have.
    TooManyPieces {
        /// The variant.
        sku: Sku,
        /// The most.
        #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
        max: NonZeroU32,
    },
}

impl Cart {
    /// What has changed since the lines were added: first by line, then by stock, then by variant.
    ///
    /// `available` has the units it could have of each stock it draws on; what is not there is never short.
    pub fn warnings(&self, prospect: &Prospect, available: &BTreeMap<Sku, i64>) -> Vec<CartWarning> {
        let by_line = self.lines.iter().filter_map(|line| {
            let Some(now) = prospect.price(self, &line.sku) else {
                return Some(CartWarning::NotSold { line: line.id, sku: line.sku.clone() });
            };
            let then = line.seen.as_ref().filter(|then| *then != now)?;
            let (then, now) = (Box::new(then.clone()), Box::new(now.clone()));
            Some(CartWarning::PriceChanged { line: line.id, then, now })
        });
        let short = self.draws(&prospect.listings).into_iter().filter_map(|(sku, wanted)| {
            let available = *available.get(&sku)?;
            (available < wanted).then_some(CartWarning::StockShort { sku, wanted, available })
        });
        let skus = self.skus();
        let limited = skus.iter().filter_map(|sku| prospect.listings.get(sku));
        let pieces = limited.filter_map(|listing| match self.check_pieces(listing.variant()) {
            Err(CartProblem::TooFewPieces { sku, min }) => Some(CartWarning::TooFewPieces { sku, min }),
            Err(CartProblem::TooManyPieces { sku, max }) => Some(CartWarning::TooManyPieces { sku, max }),
            Ok(()) | Err(_) => None,
        });
        by_line.chain(short).chain(pieces).collect()
    }
}
