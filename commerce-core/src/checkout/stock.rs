use std::collections::BTreeMap;

use crate::{
    domain::{
        ids::Sku,
        inventory::{Backorder, StockLevel, levels_of},
    },
    storage::Shortage,
};

/// What is short as far as can be seen; the store's guard looks again under its lock.
pub(super) fn shortages(
    wanted: &BTreeMap<Sku, i64>,
    levels: &[StockLevel],
    freed: &BTreeMap<Sku, i64>,
) -> Vec<Shortage> {
    let short = |(sku, wanted): (&Sku, &i64)| {
        let mine = || levels_of(sku, levels).iter();
        let units: i64 = mine().map(|level| level.available().max(0)).sum();
        let available = units + freed.get(sku).copied().unwrap_or_default();
        let endless = mine().any(|level| level.policy.backorder == Backorder::Allowed);
        (!endless && available < *wanted).then(|| Shortage { sku: sku.clone(), wanted: *wanted, available })
    };
    wanted.iter().filter_map(short).collect()
}
