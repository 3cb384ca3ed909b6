use std::{collections::VecDeque, sync::Arc};

use tantivy::{Searcher, SegmentReader};

use super::{Generation, lock};
use crate::index::Segment;

/// The committed words at one moment.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) searcher: Searcher,
    /// In the order of the searcher.
    pub(crate) segments: Arc<[Arc<Segment>]>,
}

/// The states that pages were answered from, the latest last: the next page is answered from the same.
pub(super) type States = VecDeque<State>;

/// How many states are kept for those who turn pages.
const STATES: usize = 4;

impl Generation {
    /// The state with this number, if it is still kept; else the latest, which is kept from now on.
    pub(crate) fn state(&self, number: Option<u64>) -> tantivy::Result<State> {
        let mut states = lock(&self.states);
        let id = |searcher: &Searcher| searcher.generation().generation_id();
        if let Some(kept) = states.iter().find(|state| Some(id(&state.searcher)) == number) {
            return Ok(kept.clone());
        }
        let searcher = self.searcher();
        if let Some(latest) = states.back().filter(|last| id(&last.searcher) == id(&searcher)) {
            return Ok(latest.clone());
        }
        let segment = |reader: &SegmentReader| {
            let mut known = states.iter().rev().flat_map(|state| state.segments.iter());
            let known = known.find(|segment| segment.id == reader.segment_id());
            known.map_or_else(|| Segment::open(reader).map(Arc::new), |known| Ok(Arc::clone(known)))
        };
        let segments = searcher.segment_readers().iter().map(segment).collect::<tantivy::Result<_>>()?;
        let latest = State { searcher, segments };
        states.push_back(latest.clone());
        if states.len() > STATES {
            states.pop_front();
        }
        Ok(latest)
    }
}
