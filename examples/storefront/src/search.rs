//! How products of the shop are found: an index in a folder beside the database, fed by the shop's events.

use std::{
    error::Error,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use commerce_kit::{
    domain::catalog::Market,
    environment::{Clock as _, SystemClock},
    gateway::{CloudEvent, EventSink, GatewayError},
    search::{IndexError, SearchIndex, SearchSettings, StoreSearch},
    storage::Store,
};
use uuid::Uuid;

/// The search of a shop that is open.
pub struct ShopSearch {
    search: Arc<StoreSearch>,
    feeds: bool,
    /// Removed with the shop that forgets everything.
    scratch: Option<PathBuf>,
}

/// How often a shop looks whether the one before it has closed, and for how long.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const LOOKS: u32 = 60;

impl ShopSearch {
    /// The search of this store in this folder, or in one of its own that is gone with the process. When another process
    /// writes that folder, this one only searches in it.
    ///
    /// # Errors
    /// When files cannot be read or written, or the store does not answer.
    pub async fn open(
        folder: Option<PathBuf>,
        store: Arc<dyn Store>,
        market: Market,
    ) -> Result<Arc<Self>, Box<dyn Error + Send + Sync>> {
        let scratch =
            folder.is_none().then(|| std::env::temp_dir().join(format!("storefront-{}", Uuid::now_v7())));
        let folder = folder.or_else(|| scratch.clone()).unwrap_or_default();
        let mut settings = SearchSettings::new(market);
        settings.synonyms = synonyms();
        let (index, feeds) = match write(&folder, &settings).await {
            Err(IndexError::AnotherWriter { .. }) => (SearchIndex::follow(&folder, settings)?, false),
            written => (written?, true),
        };
        let search = Arc::new(StoreSearch::new(index, store, Arc::new(SystemClock)).await?);
        Ok(Arc::new(Self { search, feeds, scratch }))
    }

    /// Who listens to the shop: these, and the search. A process that only searches hears of nothing, so that every event
    /// is left to the one that writes.
    pub fn listeners(&self, others: Arc<dyn EventSink>) -> Option<Arc<dyn EventSink>> {
        let search: Arc<dyn EventSink> = self.search.clone();
        self.feeds.then(|| Arc::new(Both(others, search)) as Arc<dyn EventSink>)
    }

    /// Builds the index of a shop that has none yet.
    ///
    /// # Errors
    /// When files cannot be written, or the store does not answer.
    pub async fn build(&self) -> Result<(), IndexError> {
        if self.feeds {
            let told = |progress: commerce_kit::search::Progress| {
                tracing::info!(products = progress.products, "the search index is built");
            };
            self.search.build_if_missing(told).await?;
        }
        Ok(())
    }

    /// What answers.
    pub const fn search(&self) -> &Arc<StoreSearch> {
        &self.search
    }
}

/// Opens the index for writing; waits a little for a shop that is just closing.
async fn write(folder: &Path, settings: &SearchSettings) -> Result<Arc<SearchIndex>, IndexError> {
    for _ in 0..LOOKS {
        match SearchIndex::open(folder, settings.clone(), SystemClock.now()) {
            Err(IndexError::AnotherWriter { .. }) => tokio::time::sleep(LOOK_AGAIN).await,
            opened => return opened,
        }
    }
    Err(IndexError::AnotherWriter { folder: folder.into() })
}

/// What buyers of this shop call by several names.
fn synonyms() -> Vec<Vec<String>> {
    [["mug", "cup"], ["torch", "flashlight"], ["notebook", "notepad"]]
        .map(|group| group.map(str::to_owned).to_vec())
        .to_vec()
}

/// Tells two listeners. When the second fails, the first is told again: both have to bear that.
#[derive(Debug)]
struct Both(Arc<dyn EventSink>, Arc<dyn EventSink>);

#[async_trait]
impl EventSink for Both {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        self.0.deliver(event).await?;
        self.1.deliver(event).await
    }
}

impl Drop for ShopSearch {
    fn drop(&mut self) {
        if let Some(folder) = self.scratch.take() {
            // What is still being written to goes with the temporary files of the machine.
            drop(fs::remove_dir_all(folder));
        }
    }
}

impl fmt::Debug for ShopSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShopSearch").field("search", &self.search).finish_non_exhaustive()
    }
}
