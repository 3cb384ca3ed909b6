use std::{path::PathBuf, sync::Arc};

use commerce_core::gateway::{SearchError, SearchPage, SearchQuery};

use crate::SearchIndex;

/// Answers to queries that many ask. Each is worked out once, however many ask at the same moment, and is good until
/// anything changes that an answer may show.
#[derive(Debug, Clone)]
pub(crate) struct Cache(moka::sync::Cache<Key, Arc<SearchPage>>);

/// What was asked, and of which state of the index.
type Key = ((PathBuf, u64, u64), SearchQuery);

impl Cache {
    /// Keeps so many answers: those that are asked for most.
    pub(crate) fn new(answers: u64) -> Self {
        Self(moka::sync::Cache::new(answers))
    }

    pub(crate) fn page(&self, index: &SearchIndex, query: SearchQuery) -> Result<SearchPage, SearchError> {
        // Taken before the answer is worked out: a change in between makes it an answer to an old question.
        let key = (index.stamp()?, query);
        let asked = key.1.clone();
        let page = self.0.try_get_with(key, || index.search(&asked).map(Arc::new));
        page.map(|page| SearchPage::clone(&page)).map_err(|error| again(&error))
    }
}

/// The same error for everybody who waited for the same answer.
fn again(error: &Arc<SearchError>) -> SearchError {
    match &**error {
        SearchError::Refused { problem } => SearchError::refused(problem.clone()),
        SearchError::Unavailable { problem } => SearchError::unavailable(problem.clone()),
        SearchError::NotYet { product } => SearchError::NotYet { product: *product },
        _ => SearchError::broken(Arc::clone(error)),
    }
}
