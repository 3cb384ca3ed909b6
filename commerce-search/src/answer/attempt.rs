use std::sync::Arc;

use commerce_core::gateway::FacetName;
use commerce_core::{
    domain::ids::ProductId,
    gateway::{Counting, Facet, Filters, Hit, PriceSummary, SearchError, SearchQuery, Sort, Standing},
};
use tantivy::{
    DocAddress, Searcher, Term,
    columnar::Column,
    query::{AllQuery, BooleanQuery, EnableScoring, Occur, Query, TermQuery, Weight},
    schema::IndexRecordOption,
};

use super::{broken, counts::Counts, cursor::Place, sorted::sorted, stretches::Stretches};
use crate::{
    SearchIndex,
    curation::Curations,
    index::{Fields, Generation, State, TextFields, View},
    query::{Accept, Part, Plan, Planner, Tolerance, Vocabulary, parts},
};

/// Everything that one answer is made from: one state of the words, and the columns.
pub(super) struct Search<'a> {
    pub(super) index: &'a SearchIndex,
    pub(super) query: &'a SearchQuery,
    pub(super) generation: Arc<Generation>,
    pub(super) searcher: Searcher,
    pub(super) slots: Arc<[Column<u64>]>,
    pub(super) view: View,
    pub(super) language: usize,
    pub(super) parts: Vec<Part>,
    pub(super) curations: Arc<Curations>,
    pub(super) place: Option<Place>,
}

/// What is still asked for.
pub(super) struct Asked {
    pub(super) filters: Filters,
    /// One word is enough.
    pub(super) any_word: bool,
}

/// What was found for what was asked.
pub(super) struct Attempt {
    pub(super) found: Vec<Found>,
    pub(super) total: Option<u64>,
    pub(super) facets: Vec<Facet>,
    pub(super) prices: Option<PriceSummary>,
    pub(super) next: Option<Place>,
    /// What to show of the words.
    pub(super) plan: Plan,
    /// Whether words were taken for similar ones.
    pub(super) similar: bool,
}

/// A product on the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) standing: Standing,
    pub(super) score: f64,
    pub(super) slot: u32,
    pub(super) product: ProductId,
    pub(super) address: DocAddress,
}

/// Fewer exact matches than this let similar ones follow.
pub(super) const ENOUGH: usize = 10;

impl<'a> Search<'a> {
    pub(super) fn new(
        index: &'a SearchIndex,
        query: &'a SearchQuery,
        place: Option<Place>,
    ) -> Result<Self, SearchError> {
        let generation = index.generation()?;
        let State { searcher, slots } = generation.state(place.map(|place| place.state)).map_err(broken)?;
        let view = generation.columns.view();
        let language = index.settings.nearest(query.language.as_deref());
        let parts = parts(&query.text, &generation.fields);
        let curations = index.curations();
        Ok(Self { index, query, generation, searcher, slots, view, language, parts, curations, place })
    }

    /// Looks for what is asked, after `relaxed` steps.
    pub(super) fn attempt(&self, asked: &Asked, relaxed: usize) -> Result<Attempt, SearchError> {
        let mut accept = self.accept(&asked.filters)?;
        let exact = self.plan(Tolerance::Exact, asked)?;
        let sort = match self.query.sort {
            Sort::Relevance if exact.exact.is_none() => Sort::Popularity,
            sort => sort,
        };
        let (pinned, rest) = self.pinned(&mut accept)?;
        let mut attempt = if sort == Sort::Relevance {
            self.by_relevance(asked, exact, &accept, rest)?
        } else {
            self.by_column(asked, exact, &accept, rest, sort)?
        };
        attempt.found.splice(0..0, pinned);
        if let Some(next) = &mut attempt.next {
            (next.state, next.relaxed) = (self.searcher.generation().generation_id(), relaxed);
        }
        self.count(asked, &mut attempt)?;
        Ok(attempt)
    }

    /// Where a product has its numbers.
    pub(super) fn slot(&self, address: DocAddress) -> u32 {
        let slots = usize::try_from(address.segment_ord).ok().and_then(|ord| self.slots.get(ord));
        let slot = slots.and_then(|slots| slots.first(address.doc_id));
        slot.and_then(|slot| u32::try_from(slot).ok()).unwrap_or(u32::MAX)
    }

    /// What was picked, over the columns.
    pub(super) fn accept(&self, filters: &Filters) -> Result<Accept, SearchError> {
        Accept::new(self.query, filters, &self.index.settings, self.view.clone(), &self.slots)
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.generation.fields
    }

    pub(super) fn text(&self) -> &TextFields {
        &self.fields().texts[self.language]
    }

    pub(super) fn plan(&self, tolerance: Tolerance, asked: &Asked) -> Result<Plan, SearchError> {
        let begun = self.query.last_word == commerce_core::gateway::LastWord::Begun
            && !self.query.text.ends_with(char::is_whitespace);
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

    fn not_scoring(&self, query: &dyn Query) -> Result<Box<dyn Weight>, SearchError> {
        query.weight(EnableScoring::disabled_from_searcher(&self.searcher)).map_err(broken)
    }

    fn by_relevance(
        &self,
        asked: &Asked,
        exact: Plan,
        accept: &Accept,
        room: usize,
    ) -> Result<Attempt, SearchError> {
        let mut stretches = Stretches::new(self, accept, room)?;
        let few = stretches.take(&*exact.query(), Standing::Exact)?;
        let mut plan = exact;
        let mut similar = false;
        if few {
            let tolerant = self.plan(Tolerance::Similar, asked)?;
            if tolerant.stems.len() > plan.stems.len() {
                let only = vec![(Occur::Must, tolerant.query()), (Occur::MustNot, plan.query())];
                stretches.take(&BooleanQuery::new(only), Standing::Similar)?;
                (plan, similar) = (tolerant, true);
            } else {
                stretches.nothing_follows();
            }
        }
        let (found, next) = stretches.end();
        Ok(Attempt { found, total: None, facets: Vec::new(), prices: None, next, plan, similar })
    }

    fn by_column(
        &self,
        asked: &Asked,
        exact: Plan,
        accept: &Accept,
        room: usize,
        sort: Sort,
    ) -> Result<Attempt, SearchError> {
        let after = self.place.map(|place| (place.key, place.product));
        let run = |query: &dyn Query| {
            let query = self.narrowed(query, accept, &[]);
            let weight = self.not_scoring(&*query)?;
            sorted(&self.searcher, &*weight, room.max(ENOUGH) + 1, accept, sort, after).map_err(broken)
        };
        let was_similar = self.place.is_some_and(|place| place.standing == Standing::Similar);
        let (mut plan, mut similar) = (exact, false);
        let mut matches = if was_similar { Vec::new() } else { run(&*plan.query())? };
        if was_similar || (self.place.is_none() && matches.len() < ENOUGH) {
            let tolerant = self.plan(Tolerance::Similar, asked)?;
            if tolerant.stems.len() > plan.stems.len() {
                matches = run(&*tolerant.query())?;
                (plan, similar) = (tolerant, true);
            }
        }
        let more = matches.len() > room;
        matches.truncate(room);
        let standing = if similar { Standing::Similar } else { Standing::Exact };
        let place = |last: &super::sorted::Sorted| Place {
            state: 0,
            relaxed: 0,
            standing,
            stretch: 0,
            key: last.key,
            product: last.product,
        };
        let next = matches.last().filter(|_| more).map(place);
        let found = matches.into_iter().map(|found| Found {
            standing,
            score: 0.0,
            slot: found.slot,
            product: found.product,
            address: found.address,
        });
        let found = found.collect();
        Ok(Attempt { found, total: None, facets: Vec::new(), prices: None, next, plan, similar })
    }

    /// Counts all that match, and what they are, if anybody asked.
    fn count(&self, asked: &Asked, attempt: &mut Attempt) -> Result<(), SearchError> {
        let SearchQuery { facets, price_bars, counting, .. } = self.query;
        let with_prices = *price_bars > 0;
        if facets.is_empty() && !with_prices && *counting == Counting::Skipped {
            return Ok(());
        }
        let accept = self.accept(&asked.filters)?;
        let query = self.narrowed(&*attempt.plan.query(), &accept, facets);
        let weight = self.not_scoring(&*query)?;
        let mut counts = Counts::new(facets, with_prices, &self.index.values, &accept);
        counts.run(&self.searcher, &*weight).map_err(broken)?;
        attempt.total = Some(counts.total());
        attempt.facets = counts.facets();
        let currency = self.index.settings.markets[accept.market].currency;
        attempt.prices = counts.prices(*price_bars, currency);
        Ok(())
    }

    /// Where there are no words, the products of what was picked instead of all: unless that group counts without
    /// itself.
    fn narrowed(&self, query: &dyn Query, accept: &Accept, facets: &[FacetName]) -> Box<dyn Query> {
        let of = |name: &FacetName| match name {
            FacetName::Category => Some(self.fields().category),
            FacetName::Brand => Some(self.fields().brand),
            FacetName::Attribute(_) => None,
        };
        let mut groups = accept.groups.iter().filter(|group| !facets.contains(&group.name));
        let narrow = groups.find_map(|group| Some((of(&group.name)?, group)));
        match narrow {
            Some((field, group)) if query.is::<AllQuery>() => {
                let term = |value: &String| {
                    let term = Term::from_field_text(field, value);
                    let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::Basic));
                    (Occur::Should, query)
                };
                Box::new(BooleanQuery::new(group.values.iter().map(term).collect()))
            }
            _ => query.box_clone(),
        }
    }

    /// The products that the shop puts first, on the first page only; and how much room they leave. They are shown
    /// nowhere else.
    fn pinned(&self, accept: &mut Accept) -> Result<(Vec<Found>, usize), SearchError> {
        let Some(rule) = self.curations.of(&self.query.text) else {
            return Ok((Vec::new(), self.query.limit));
        };
        let mut found = Vec::new();
        for product in &rule.pinned {
            let Some(slot) = self.generation.columns.slot(*product) else { continue };
            if let Some(address) = self.address(slot, accept)? {
                let (standing, score, product) = (Standing::Pinned, 0.0, *product);
                found.push(Found { standing, score, slot, product, address });
            }
        }
        accept.without.extend(found.iter().map(|found| found.slot));
        if self.place.is_some() {
            found.clear();
        }
        found.truncate(self.query.limit);
        let room = self.query.limit - found.len();
        Ok((found, room))
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

impl Asked {
    pub(super) fn all(query: &SearchQuery) -> Self {
        Self { filters: query.filters.clone(), any_word: false }
    }
}

impl Attempt {
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// What a hit says of the numbers.
pub(super) fn numbers(search: &Search<'_>, found: &Found, market: usize) -> Hit {
    let currency = search.index.settings.markets[market].currency;
    let money = |minor| commerce_core::domain::money::Money::from_minor(minor, currency);
    Hit {
        product: found.product,
        standing: found.standing,
        score: found.score,
        price: search.view.price(found.slot, market).map(money),
        in_stock: search.view.stock(found.slot) > 0,
        title: None,
        description: None,
    }
}
