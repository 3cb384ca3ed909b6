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
        self.answer((index.stamp()?, query), |query| index.search(query))
    }

    fn answer(
        &self,
        key: Key,
        search: impl FnOnce(&SearchQuery) -> Result<SearchPage, SearchError>,
    ) -> Result<SearchPage, SearchError> {
        let query = key.1.clone();
        let page = self.0.try_get_with(key, || search(&query).map(Arc::new));
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{Condvar, Mutex},
        thread,
        time::Duration,
    };

    use commerce_core::{domain::ids::MarketId, gateway::Standing};
    use commerce_testkit::folder::Folder;

    use super::*;
    use crate::{index::lock, scratch};

    /// How long a second search has to show itself. Nothing waits for as long as this when there is one.
    const PATIENCE: Duration = Duration::from_millis(300);

    fn mugs() -> SearchQuery {
        SearchQuery::new(MarketId::main(), "mug")
    }

    #[test]
    fn what_many_ask_at_once_is_searched_once() {
        let folder = Folder::new().unwrap();
        let index = scratch::index(folder.path());
        index.put(vec![scratch::product("Mug", 100)]).unwrap();
        index.commit().unwrap();
        let cache = Cache::new(10);
        let (searches, another) = (Mutex::new(0), Condvar::new());
        let search = |query: &SearchQuery| {
            let mut searches = lock(&searches);
            *searches += 1;
            another.notify_all();
            drop(another.wait_timeout_while(searches, PATIENCE, |searches| *searches < 2).unwrap());
            index.search(query)
        };
        let key = (index.stamp().unwrap(), mugs());
        thread::scope(|scope| {
            let asked: Vec<_> =
                (0..8).map(|_| scope.spawn(|| cache.answer(key.clone(), search).unwrap())).collect();
            for answer in asked {
                assert_eq!(answer.join().unwrap().hits[0].standing, Standing::Exact);
            }
        });
        assert_eq!(*lock(&searches), 1);
    }

    #[test]
    fn an_answer_is_kept_until_anything_changes_that_it_may_show() {
        let folder = Folder::new().unwrap();
        let index = scratch::index(folder.path());
        let cache = Cache::new(10);
        let price = || {
            let page = cache.page(&index, mugs()).unwrap();
            page.hits.first().and_then(|hit| hit.price).map(commerce_core::domain::money::Money::minor)
        };
        assert_eq!(price(), None);
        index.put(vec![scratch::product("Mug", 100)]).unwrap();
        index.commit().unwrap();
        assert_eq!(price(), Some(100));
        let kept = (index.stamp().unwrap(), mugs());
        assert!(cache.answer(kept.clone(), |_| panic!("searched again")).is_ok());
        // Not yet on the disk, and found all the same.
        let mut dearer = scratch::product("Mug", 250);
        dearer.version = 2;
        let change = index.note(vec![dearer]).unwrap();
        assert_ne!(index.stamp().unwrap(), kept.0);
        assert_eq!(price(), Some(250));
        change.finish().unwrap();
    }
}
