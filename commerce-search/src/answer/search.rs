use std::sync::Arc;

use commerce_core::gateway::{Filters, LastWord, SearchError, SearchQuery};
use tantivy::{
    DocAddress, Searcher,
    query::{EnableScoring, Query, TermQuery, Weight},
    schema::IndexRecordOption,
};

use super::{attempt::Asked, broken, cursor::Place};
use crate::{
    SearchIndex,
    curation::Curations,
    index::{Fields, Generation, Segment, State, TextFields, View},
    query::{Accept, Part, Plan, Planner, Tolerance, Vocabulary, parts},
};

/// Everything that one answer is made from: one state of the words, and the columns.
pub(super) struct Search<'a> {
    pub(super) index: &'a SearchIndex,
    pub(super) query: &'a SearchQuery,
    pub(super) generation: Arc<Generation>,
    pub(super) searcher: Searcher,
    pub(super) segments: Arc<[Arc<Segment>]>,
    pub(super) view: View,
    pub(super) language: usize,
    pub(super) parts: Vec<Part>,
    pub(super) curations: Arc<Curations>,
    pub(super) place: Option<Place>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        index: &'a SearchIndex,
        query: &'a SearchQuery,
        place: Option<Place>,
    ) -> Result<Self, SearchError> {
        let generation = index.generation()?;
        let State { searcher, segments } =
            generation.state(place.map(|place| place.state)).map_err(broken)?;
        let view = generation.columns.view();
        let language = index.settings.nearest(query.language.as_deref());
        let parts = parts(&query.text, &generation.fields);
        let curations = index.curations();
        Ok(Self { index, query, generation, searcher, segments, view, language, parts, curations, place })
    }

    /// Where a product has its numbers.
    pub(super) fn slot(&self, address: DocAddress) -> u32 {
        let segment = usize::try_from(address.segment_ord).ok().and_then(|ord| self.segments.get(ord));
        segment.map_or(u32::MAX, |segment| segment.slot(address.doc_id))
    }

    /// What was picked, over the columns.
    pub(super) fn accept(&self, filters: &Filters) -> Result<Accept, SearchError> {
        Accept::new(self.query, filters, &self.index.settings, self.view.clone(), &self.segments)
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.generation.fields
    }

    pub(super) fn text(&self) -> &TextFields {
        &self.fields().texts[self.language]
    }

    pub(super) fn plan(&self, tolerance: Tolerance, asked: &Asked) -> Result<Plan, SearchError> {
        let begun =
            self.query.last_word == LastWord::Begun && !self.query.text.ends_with(char::is_whitespace);
        let planner = Planner {
            vocabulary: Vocabulary::new(&self.searcher, self.fields()),
            fields: self.fields(),
            text: self.text(),
            synonyms: &self.index.synonyms,
            begun,
        };
        planner.plan(&self.parts, tolerance, asked.any_word).map_err(broken)
    }

    pub(super) fn scoring(&self, query: &dyn Query) -> Result<Box<dyn Weight>, SearchError> {
        query.weight(EnableScoring::enabled_from_searcher(&self.searcher)).map_err(broken)
    }

    pub(super) fn not_scoring(&self, query: &dyn Query) -> Result<Box<dyn Weight>, SearchError> {
        query.weight(EnableScoring::disabled_from_searcher(&self.searcher)).map_err(broken)
    }

    /// Where a product is in this state of the index, if it is there and what was picked holds for it.
    pub(super) fn address(&self, slot: u32, accept: &Accept) -> Result<Option<DocAddress>, SearchError> {
        let query = TermQuery::new(self.fields().term(slot), IndexRecordOption::Basic);
        let weight = self.not_scoring(&query)?;
        for (ord, reader) in (0..).zip(self.searcher.segment_readers()) {
            let segment = accept.segment(ord, reader).map_err(broken)?;
            let alive = reader.alive_bitset();
            let mut address = None;
            let mut look = |docs: &[u32]| {
                let living = docs.iter().find(|doc| alive.is_none_or(|alive| alive.is_alive(**doc)));
                if let Some(doc) = living.filter(|doc| segment.holds(**doc)) {
                    address = Some(DocAddress::new(ord, *doc));
                }
            };
            weight.for_each_no_score(reader, &mut look).map_err(broken)?;
            if address.is_some() {
                return Ok(address);
            }
        }
        Ok(None)
    }
}
