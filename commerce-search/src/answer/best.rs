use std::{cmp::Reverse, collections::BinaryHeap};

use tantivy::{DocAddress, Score, Searcher, query::Weight};

use crate::query::Accept;

/// A match: how well the words fit, and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Match {
    pub(crate) score: Score,
    pub(crate) address: DocAddress,
}

/// The best `keep` matches that are accepted, the best first; of equal ones, the first in the index.
///
/// What is not accepted is passed over here and not in the query, and one bar is carried through all segments: so
/// tantivy goes on to leave out whole blocks whose best match is not good enough.
pub(crate) fn best(
    searcher: &Searcher,
    weight: &dyn Weight,
    keep: usize,
    accept: &Accept,
) -> tantivy::Result<Vec<Match>> {
    let mut kept: BinaryHeap<Reverse<Match>> = BinaryHeap::with_capacity(keep.min(10_000) + 1);
    let mut bar = Score::MIN;
    for (ord, reader) in (0..).zip(searcher.segment_readers()) {
        let segment = if accept.is_open() { None } else { Some(accept.segment(ord, reader)?) };
        let alive = reader.alive_bitset();
        weight.for_each_pruning(bar, reader, &mut |doc, score| {
            let passes = alive.is_none_or(|alive| alive.is_alive(doc))
                && segment.as_ref().is_none_or(|segment| segment.holds(doc));
            if passes {
                let found = Reverse(Match { score, address: DocAddress::new(ord, doc) });
                if kept.len() < keep {
                    kept.push(found);
                } else if let Some(mut last) = kept.peek_mut() {
                    // Only what is above the bar is offered: it is better than the last.
                    *last = found;
                }
                if kept.len() == keep {
                    bar = kept.peek().map_or(bar, |Reverse(last)| last.score);
                }
            }
            bar
        })?;
    }
    Ok(kept.into_sorted_vec().into_iter().map(|Reverse(found)| found).collect())
}

impl Eq for Match {}

impl PartialOrd for Match {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The better match is the greater one.
impl Ord for Match {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.address.cmp(&self.address))
    }
}
