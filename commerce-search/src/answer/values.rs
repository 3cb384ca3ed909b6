use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use commerce_core::gateway::FacetName;
use tantivy::{SegmentReader, columnar::StrColumn, index::SegmentId};

use crate::index::lock;

/// The values of facets, numbered across segments: so counts of segments are added up without reading a text.
#[derive(Debug, Default)]
pub(crate) struct Values(Mutex<HashMap<FacetName, Numbered>>);

#[derive(Debug, Default)]
struct Numbered {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    /// For each segment: the number of each of its values.
    segments: HashMap<SegmentId, Arc<[u32]>>,
}

/// How many segments, gone ones among them, a facet remembers before it forgets them all.
const SEGMENTS: usize = 64;

impl Values {
    /// The number of each value of a segment, by its place in the segment.
    pub(crate) fn numbers(
        &self,
        name: &FacetName,
        reader: &SegmentReader,
        column: &StrColumn,
    ) -> tantivy::Result<Arc<[u32]>> {
        let mut facets = lock(&self.0);
        let numbered = facets.entry(name.clone()).or_default();
        if let Some(known) = numbered.segments.get(&reader.segment_id()) {
            return Ok(Arc::clone(known));
        }
        if numbered.segments.len() > SEGMENTS {
            // Numbers stay as they are: somebody may be counting.
            numbered.segments.clear();
        }
        let mut numbers = Vec::with_capacity(column.dictionary().num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            numbers.push(numbered.number(&String::from_utf8_lossy(stream.key())));
        }
        let numbers: Arc<[u32]> = numbers.into();
        numbered.segments.insert(reader.segment_id(), Arc::clone(&numbers));
        Ok(numbers)
    }

    /// The values with these numbers.
    pub(crate) fn names(&self, name: &FacetName) -> Vec<Arc<str>> {
        lock(&self.0).get(name).map(|numbered| numbered.names.clone()).unwrap_or_default()
    }
}

impl Numbered {
    fn number(&mut self, value: &str) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = value.into();
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }
}
