use std::{cmp::Reverse, fmt};

use serde::{Deserialize, Serialize};

use super::{Demand, StockLevel};
use crate::domain::ids::{LocationId, Sku};

/// The locations units may come from, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidates {
    /// The locations.
    pub locations: Vec<LocationId>,
    /// What to do when no single one has enough.
    pub split: Split,
}

/// What to do when no single location has enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Take units from several, in order.
    Allowed,
    /// Rather sell nothing.
    Never,
}

/// What a strategy decides upon. More may be told in later versions.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AllocationRequest<'a> {
    /// What is wanted.
    pub sku: &'a Sku,
    /// How many units.
    pub units: i64,
    /// Every level of that SKU, as last read; the guard looks again under its lock.
    pub levels: &'a [StockLevel],
}

impl<'a> AllocationRequest<'a> {
    /// A request for so many units.
    pub const fn new(sku: &'a Sku, units: i64, levels: &'a [StockLevel]) -> Self {
        Self { sku, units, levels }
    }
}

/// Names the locations that units should come from, in order of preference.
///
/// # To be correct
/// - it only orders: whether a location has enough is judged by the store, under its lock;
/// - the same request gives the same answer.
pub trait AllocationStrategy: fmt::Debug + Send + Sync {
    /// The locations, the best first.
    fn candidates(&self, request: &AllocationRequest<'_>) -> Candidates;
}

/// What to ask the store for: each SKU with the locations that the strategy prefers. `levels` are sorted by key, as
/// stores answer them.
pub fn demands<'a>(
    strategy: &dyn AllocationStrategy,
    wanted: impl IntoIterator<Item = (&'a Sku, i64)>,
    levels: &[StockLevel],
) -> Vec<Demand> {
    let demand = |(sku, units): (&Sku, i64)| {
        let candidates = strategy.candidates(&AllocationRequest::new(sku, units, levels_of(sku, levels)));
        Demand { sku: sku.clone(), units, candidates }
    };
    wanted.into_iter().map(demand).collect()
}

/// The levels of one SKU among levels sorted by key.
pub fn levels_of<'a>(sku: &Sku, levels: &'a [StockLevel]) -> &'a [StockLevel] {
    let start = levels.partition_point(|level| level.key.sku < *sku);
    let end = levels.partition_point(|level| level.key.sku <= *sku);
    &levels[start..end]
}

/// The location with the most units first, then by name; an order may be split.
#[derive(Debug, Clone, Copy, Default)]
pub struct MostAvailableFirst;

impl AllocationStrategy for MostAvailableFirst {
    fn candidates(&self, request: &AllocationRequest<'_>) -> Candidates {
        let mut levels: Vec<&StockLevel> = request.levels.iter().collect();
        levels.sort_by_key(|level| (Reverse(level.available()), level.key.location.clone()));
        let locations = levels.into_iter().map(|level| level.key.location.clone()).collect();
        Candidates { locations, split: Split::Allowed }
    }
}
