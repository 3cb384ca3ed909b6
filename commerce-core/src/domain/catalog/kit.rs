use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{StockTracking, Variant};
use crate::domain::ids::Sku;

/// A part of a kit: so many units of one stock SKU for each piece of the variant.
///
/// A part names a SKU of the stock, whether or not a variant has it too; the kit of that variant does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct KitPart {
    /// What is taken off the shelf.
    pub sku: Sku,
    /// How many units of it one piece takes.
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
    pub units: NonZeroU32,
}

impl Variant {
    /// The units that so many pieces take from stock: those of its parts if it is a kit, else its own, and none where
    /// they are not counted.
    pub fn draws(&self, pieces: i64) -> Vec<(&Sku, i64)> {
        draws(&self.sku, self.stock, &self.kit, pieces)
    }
}

/// The units that so many pieces of a variant with this SKU and this kit take from stock.
pub(crate) fn draws<'a>(
    sku: &'a Sku,
    stock: StockTracking,
    kit: &'a [KitPart],
    pieces: i64,
) -> Vec<(&'a Sku, i64)> {
    match stock {
        StockTracking::Untracked => Vec::new(),
        StockTracking::Tracked if kit.is_empty() => vec![(sku, pieces)],
        StockTracking::Tracked => {
            kit.iter().map(|part| (&part.sku, pieces.saturating_mul(part.units.get().into()))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_takes_its_parts_and_nothing_of_its_own() {
        let sku = |code| Sku::new(code).unwrap();
        let part = |code, units| KitPart { sku: sku(code), units: NonZeroU32::new(units).unwrap() };
        let mut set = Variant::new(sku("SET"));
        assert_eq!(set.draws(3), [(&sku("SET"), 3)]);
        set.kit = vec![part("CUP", 6), part("POT", 1)];
        assert_eq!(set.draws(3), [(&sku("CUP"), 18), (&sku("POT"), 3)]);
        set.stock = StockTracking::Untracked;
        assert_eq!(set.draws(3), []);
    }
}
