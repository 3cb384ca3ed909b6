use std::collections::BTreeMap;

use super::{GoodsLine, PricingProblem};
use crate::domain::{catalog::Variant, ids::Sku};

/// Refuses fewer or more pieces of a variant than one order may have, all of its lines together.
pub(super) fn check_pieces(lines: &[GoodsLine]) -> Result<(), PricingProblem> {
    let mut limited: BTreeMap<&Sku, (&Variant, i64)> = BTreeMap::new();
    for line in lines {
        let variant = line.listing.variant();
        if variant.min_pieces.is_some() || variant.max_pieces.is_some() {
            limited.entry(&variant.sku).or_insert((variant, 0)).1 += line.quantity.units();
        }
    }
    for (sku, (variant, pieces)) in limited {
        if let Some(min) = variant.min_pieces.filter(|min| pieces < i64::from(min.get())) {
            return Err(PricingProblem::TooFewPieces { sku: sku.clone(), min });
        }
        if let Some(max) = variant.max_pieces.filter(|max| pieces > i64::from(max.get())) {
            return Err(PricingProblem::TooManyPieces { sku: sku.clone(), max });
        }
    }
    Ok(())
}
