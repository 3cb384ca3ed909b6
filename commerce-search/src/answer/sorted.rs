use std::collections::BTreeSet;

use commerce_core::{domain::ids::ProductId, gateway::Sort};
use tantivy::{DocAddress, Searcher, query::Weight};

use crate::{
    index::{NO_RATING, View},
    query::Accept,
};

/// A match in the order of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sorted {
    /// The least comes first.
    pub(crate) key: i64,
    pub(crate) product: ProductId,
    pub(crate) slot: u32,
    pub(crate) address: DocAddress,
}

/// The first `keep` matches after a place that are accepted.
pub(crate) fn sorted(
    searcher: &Searcher,
    weight: &dyn Weight,
    keep: usize,
    accept: &Accept,
    sort: Sort,
    after: Option<(i64, ProductId)>,
) -> tantivy::Result<Vec<Sorted>> {
    let mut kept: BTreeSet<Sorted> = BTreeSet::new();
    let mut bar = i64::MAX;
    for (ord, reader) in (0..).zip(searcher.segment_readers()) {
        let segment = accept.segment(ord, reader)?;
        let open = accept.is_open();
        let alive = reader.alive_bitset();
        weight.for_each_no_score(reader, &mut |docs| {
            for &doc in docs.iter().filter(|doc| alive.is_none_or(|alive| alive.is_alive(**doc))) {
                let slot = segment.slot(doc);
                let key = key(&accept.view, slot, accept.market, sort);
                if key > bar || !(open || segment.holds(doc)) {
                    continue;
                }
                let product = accept.view.product(slot);
                if after.is_some_and(|after| (key, product) <= after) {
                    continue;
                }
                kept.insert(Sorted { key, product, slot, address: DocAddress::new(ord, doc) });
                if kept.len() > keep {
                    kept.pop_last();
                    bar = kept.last().map_or(bar, |last| last.key);
                }
            }
        })?;
    }
    Ok(kept.into_iter().collect())
}

/// What a product is ordered by; what has nothing to be ordered by comes last.
fn key(view: &View, slot: u32, market: usize, sort: Sort) -> i64 {
    match sort {
        Sort::CheapestFirst => view.price(slot, market).unwrap_or(i64::MAX),
        Sort::DearestFirst => view.price(slot, market).map_or(i64::MAX, |price| -price),
        Sort::Relevance | Sort::Popularity => -i64::from(view.sold(slot)),
        Sort::NewestFirst => view.created(slot).saturating_neg(),
        Sort::BestRated => match view.rating(slot) {
            none if none == u32::from(NO_RATING) => i64::MAX,
            rating => -i64::from(rating),
        },
    }
}
