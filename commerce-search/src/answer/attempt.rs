use commerce_core::{
    domain::ids::ProductId,
    gateway::{Counting, Facet, FacetName, Filters, PriceSummary, SearchError, SearchQuery, Sort, Standing},
};
use tantivy::{
    DocAddress, Term,
    query::{AllQuery, BooleanQuery, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::{
    broken,
    counts::Counts,
    cursor::Place,
    search::Search,
    sorted::{Sorted, sorted},
    stretches::Stretches,
};
use crate::query::{Accept, Plan, Tolerance};

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

impl Search<'_> {
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

    fn by_relevance(
        &self,
        asked: &Asked,
        exact: Plan,
        accept: &Accept,
        room: usize,
    ) -> Result<Attempt, SearchError> {
        let mut stretches = Stretches::new(self, accept, room)?;
        let few = stretches.take(exact.query(), Standing::Exact)?;
        let mut plan = exact;
        let mut similar = false;
        if few {
            let tolerant = self.plan(Tolerance::Similar, asked)?;
            if tolerant.stems.len() > plan.stems.len() {
                let only = vec![
                    (Occur::Must, tolerant.query().box_clone()),
                    (Occur::MustNot, plan.query().box_clone()),
                ];
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
        let mut matches = if was_similar { Vec::new() } else { run(plan.query())? };
        if was_similar || (self.place.is_none() && matches.len() < ENOUGH) {
            let tolerant = self.plan(Tolerance::Similar, asked)?;
            if tolerant.stems.len() > plan.stems.len() {
                matches = run(tolerant.query())?;
                (plan, similar) = (tolerant, true);
            }
        }
        let more = matches.len() > room;
        matches.truncate(room);
        let standing = if similar { Standing::Similar } else { Standing::Exact };
        let place = |last: &Sorted| Place {
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
        if facets.is_empty() && *price_bars == 0 && *counting == Counting::Skipped {
            return Ok(());
        }
        let accept = self.accept(&asked.filters)?;
        let query = self.narrowed(attempt.plan.query(), &accept, facets);
        let weight = self.not_scoring(&*query)?;
        let mut counts = Counts::new(facets, *price_bars, &self.index.values, &accept);
        counts.run(&self.searcher, &*weight).map_err(broken)?;
        attempt.total = Some(counts.total());
        attempt.facets = counts.facets();
        let currency = self.index.settings.markets[accept.market].currency;
        attempt.prices = counts.prices(currency);
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
