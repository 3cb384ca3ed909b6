//! Answers queries: what matches, in which order, how many of what.

mod search;

mod attempt;
mod relax;

mod best;
mod sorted;
mod stretches;

mod counts;
mod prices;
mod values;

mod cursor;
mod show;

mod explain;
mod suggest;

pub(crate) use values::Values;

use commerce_core::domain::ids::ProductId;
use commerce_core::gateway::{
    Explanation, Fallback, SearchError, SearchPage, SearchQuery, SuggestQuery, Suggestions,
};
use tantivy::TantivyError;

use crate::{SearchIndex, error::IndexError};
use attempt::Asked;
use cursor::Place;
use search::Search;

impl SearchIndex {
    /// Answers a query on the thread of the caller, without a cache: for hosts with threads of their own.
    ///
    /// # Errors
    /// As for [`ProductSearch::search`](commerce_core::gateway::ProductSearch::search).
    pub fn search(&self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        check(query)?;
        let place = query.after.as_ref().map(Place::read).transpose()?;
        let search = Search::new(self, query, place)?;
        let mut asked = Asked::all(query);
        let mut steps = relax::steps(query, &search);
        let mut relaxed = Vec::new();
        for _ in 0..place.map_or(0, |place| place.relaxed).min(steps.len()) {
            relaxed.push(asked.without(steps.remove(0)));
        }
        loop {
            let attempt = search.attempt(&asked, relaxed.len())?;
            let is_last = query.fallback == Fallback::Strict || place.is_some() || steps.is_empty();
            if is_last || !attempt.is_empty() {
                // What was tried in vain is not said: nothing is left out of an empty answer.
                let relaxed = if attempt.is_empty() { Vec::new() } else { relaxed };
                return search.page(attempt, relaxed);
            }
            relaxed.push(asked.without(steps.remove(0)));
        }
    }

    /// What a buyer may be about to type.
    ///
    /// # Errors
    /// As for [`ProductSearch::suggest`](commerce_core::gateway::ProductSearch::suggest).
    pub fn suggest(&self, query: &SuggestQuery) -> Result<Suggestions, SearchError> {
        suggest::suggest(self, query)
    }

    /// Why a product stands where it stands.
    ///
    /// # Errors
    /// As for [`ProductSearch::explain`](commerce_core::gateway::ProductSearch::explain).
    pub fn explain(
        &self,
        query: &SearchQuery,
        product: ProductId,
    ) -> Result<Option<Explanation>, SearchError> {
        check(query)?;
        explain::explain(&Search::new(self, query, None)?, product)
    }
}

/// Says what is wrong with a query before anything is done for it.
fn check(query: &SearchQuery) -> Result<(), SearchError> {
    let picked = query.filters.categories.len()
        + query.filters.brands.len()
        + query.filters.attributes.values().map(Vec::len).sum::<usize>();
    let groups = query.filters.attributes.len() + 2;
    let refuse =
        |wrong: bool, problem: String| if wrong { Err(SearchError::refused(problem)) } else { Ok(()) };
    let (text, limit) = (SearchQuery::TEXT, SearchQuery::LIMIT);
    refuse(query.text.len() > text, format!("a text has at most {text} bytes"))?;
    refuse(!(1..=limit).contains(&query.limit), format!("a page has 1 to {limit} products"))?;
    refuse(
        picked > SearchQuery::PICKED || groups > GROUPS,
        format!("at most {} values of {GROUPS} attributes can be picked", SearchQuery::PICKED),
    )?;
    refuse(query.facets.len() > SearchQuery::FACETS, format!("at most {} facets", SearchQuery::FACETS))?;
    refuse(query.price_bars > SearchQuery::BARS, format!("at most {} bars of prices", SearchQuery::BARS))
}

/// Each group has a bit in a number of 64.
const GROUPS: usize = 60;

/// The index cannot be read.
fn broken(error: TantivyError) -> SearchError {
    IndexError::from(error).into()
}
