mod feed;

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{self, Arc, atomic::AtomicI64},
    time::Duration,
};

use async_trait::async_trait;
use commerce_core::{
    domain::ids::{ProductId, Sku},
    environment::Clock,
    gateway::{
        Explanation, ProductSearch, ReadToken, SearchError, SearchPage, SearchQuery, SuggestQuery,
        Suggestions,
    },
    storage::{Page, Store},
};
use futures_util::lock::Mutex;

use crate::{
    SearchIndex,
    cache::Cache,
    error::IndexError,
    index::{day, still_counts},
    mapping,
    threads::{NotDone, Threads},
};

/// The search of a shop: a [`SearchIndex`] that is fed from a store and answers through the port.
///
/// In the process that writes the index it is the shop's
/// [`EventSink`](commerce_core::gateway::EventSink), or one of them: whatever an event says, the
/// product is read from the store as it is now, so events may come twice, late, or in any order. Other processes
/// [follow](SearchIndex::follow) the index and have no sink.
pub struct StoreSearch {
    pub(crate) index: Arc<SearchIndex>,
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    threads: Threads,
    cache: Cache,
    /// Held from reading a product until its numbers are noted: or an older state could replace a newer one.
    feeding: Mutex<()>,
    rebuilding: Mutex<()>,
    /// The kits that this process has read, by their parts: those whose words are committed are in the index too.
    kits: sync::Mutex<HashMap<Sku, BTreeSet<ProductId>>>,
    today: AtomicI64,
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many orders were read for what they sold.
    pub orders: u64,
    /// How many products were read, by this call.
    pub products: u64,
    /// The last product that was read; every product up to it is in.
    pub after: Option<ProductId>,
}

/// How many records are read at once.
pub(crate) const BATCH: usize = 500;
/// How often somebody looks again who waits for a change in another process.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl StoreSearch {
    /// The search of this store. Reads once more the products whose words may have been lost with the last process.
    ///
    /// # Errors
    /// When the store does not answer, or files cannot be written.
    pub async fn new(
        index: Arc<SearchIndex>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, IndexError> {
        let settings = &index.settings;
        let threads = Threads::start(settings.search_threads, settings.waiting)?;
        let cache = Cache::new(settings.cached);
        let today = AtomicI64::new(day(clock.now()));
        let lost = index.lost();
        let (feeding, rebuilding, kits) = (Mutex::default(), Mutex::default(), sync::Mutex::default());
        let search = Self { index, store, clock, threads, cache, feeding, rebuilding, kits, today };
        for products in lost.chunks(BATCH) {
            search.refresh(products).await?;
        }
        // A first build that was cut short makes nothing findable before it has ended.
        if !lost.is_empty() && search.index.is_built() {
            search.commit().await?;
        }
        Ok(search)
    }

    /// Builds the index if there is none of these settings yet; answers whether it did.
    ///
    /// # Errors
    /// As for [`rebuild`](Self::rebuild).
    pub async fn build_if_missing(&self, progress: impl FnMut(Progress) + Send) -> Result<bool, IndexError> {
        if self.index.is_built() {
            return Ok(false);
        }
        self.rebuild(progress).await?;
        Ok(true)
    }

    /// Builds the index anew from the store, and says how far it is. Searches go on with the old one until the end. A
    /// rebuild that was cut short goes on after its last commit.
    ///
    /// # Errors
    /// When the store does not answer, or files cannot be written: call it again, it goes on where it was.
    pub async fn rebuild(&self, mut progress: impl FnMut(Progress) + Send) -> Result<(), IndexError> {
        let _alone = self.rebuilding.lock().await;
        let mut rebuild = self.index.rebuild(self.clock.now())?;
        let mut done = Progress { orders: 0, products: 0, after: rebuild.after() };
        let mut page = Page::first(BATCH);
        loop {
            let orders = self.store.orders(page).await?;
            let now = self.clock.now();
            for order in orders.iter().filter(|order| still_counts(order.placed_at, now)) {
                rebuild.sell(mapping::sale(order), now)?;
            }
            done.orders += count(orders.len());
            progress(done);
            let Some(last) = orders.last() else { break };
            page = Page::after(last.id, BATCH);
        }
        loop {
            let feeding = self.feeding.lock().await;
            let page = Page { after: done.after, limit: BATCH };
            let products = self.store.products(page).await?;
            let entries = self.entries(&products).await?;
            rebuild = self.work(move || rebuild.put(entries).map(|()| rebuild)).await?;
            drop(feeding);
            done.products += count(products.len());
            let Some(last) = products.last() else { break };
            done.after = Some(last.id);
            progress(done);
        }
        self.work(move || rebuild.finish()).await
    }

    /// Makes everything findable that was read so far.
    ///
    /// # Errors
    /// When files cannot be written.
    pub async fn commit(&self) -> Result<(), IndexError> {
        let index = Arc::clone(&self.index);
        self.work(move || index.commit()).await
    }

    /// Reads what the process that writes has written since; searches do so by themselves every 50 ms.
    ///
    /// # Errors
    /// When files cannot be read.
    pub fn catch_up(&self) -> Result<(), IndexError> {
        self.index.catch_up()
    }

    /// The index behind it.
    pub const fn index(&self) -> &Arc<SearchIndex> {
        &self.index
    }

    /// Writes files on a thread that may wait for the disk.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        self.threads.run(job).await.map_err(|_| IndexError::Closed)?
    }

    /// Waits until the change can be found; in the process that writes, sees to it.
    async fn see(&self, token: ReadToken) -> Result<(), SearchError> {
        if self.index.writes() {
            let known = self.index.generation()?.version(token.product)?;
            if known.0 < token.writes {
                self.refresh(&[token.product]).await?;
            }
            if !self.index.generation()?.version(token.product)?.1 {
                self.commit().await?;
            }
            let seen = self.index.generation()?.version(token.product)?.0 >= token.writes;
            return if seen { Ok(()) } else { Err(SearchError::NotYet { product: token.product }) };
        }
        let mut waited = Duration::ZERO;
        loop {
            self.index.catch_up()?;
            let (version, found) = self.index.generation()?.version(token.product)?;
            if version >= token.writes && found {
                return self.index.catch_up().map_err(SearchError::from);
            }
            if waited >= self.index.settings.patience {
                return Err(SearchError::NotYet { product: token.product });
            }
            self.clock.sleep(LOOK_AGAIN).await;
            waited += LOOK_AGAIN;
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&SearchIndex) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let index = Arc::clone(&self.index);
        let done = self.threads.run(move || {
            index.catch_up_now_and_then()?;
            job(&index)
        });
        done.await.map_err(|error| match error {
            NotDone::Full => SearchError::unavailable("too many searches wait"),
            NotDone::Lost => SearchError::broken("the search was lost"),
        })?
    }
}

#[async_trait]
impl ProductSearch for StoreSearch {
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage, SearchError> {
        if let Some(token) = query.seen {
            self.see(token).await?;
        }
        let query = SearchQuery { seen: None, ..query.clone() };
        let cache = self.cache.clone();
        self.run(move |index| cache.page(index, query)).await
    }

    async fn suggest(&self, query: &SuggestQuery) -> Result<Suggestions, SearchError> {
        let query = query.clone();
        self.run(move |index| index.suggest(&query)).await
    }

    async fn explain(
        &self,
        query: &SearchQuery,
        product: ProductId,
    ) -> Result<Option<Explanation>, SearchError> {
        let query = query.clone();
        self.run(move |index| index.explain(&query, product)).await
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

impl fmt::Debug for StoreSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreSearch").field("index", &self.index).finish_non_exhaustive()
    }
}
