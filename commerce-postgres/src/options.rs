use std::{collections::BTreeSet, fmt, num::NonZeroUsize, sync::Arc};

use commerce_core::environment::{Spawner, TokioSpawner};

use crate::rider::Rider;

/// How a store runs.
#[derive(Clone)]
pub struct PostgresOptions {
    pub(crate) spawner: Arc<dyn Spawner>,
    pub(crate) readers: NonZeroUsize,
    pub(crate) schema: Option<String>,
    pub(crate) replica: Option<String>,
    pub(crate) allowed: BTreeSet<Weakness>,
    pub(crate) rider: Option<Arc<dyn Rider>>,
}

/// Why a server may lose what it has acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Weakness {
    /// `fsync` is off: a power cut may lose or destroy everything.
    FsyncOff,
    /// `full_page_writes` is off: a power cut may destroy pages.
    FullPageWritesOff,
}

impl PostgresOptions {
    /// Runs the store's own work with this spawner, whose tasks must be in a tokio runtime.
    pub fn new(spawner: Arc<dyn Spawner>) -> Self {
        let readers = NonZeroUsize::MIN.saturating_add(6);
        Self { spawner, readers, schema: None, replica: None, allowed: BTreeSet::new(), rider: None }
    }

    /// The same with at most so many connections that read pages and other lists; it is 7 unless set. Each process has
    /// six more: two find rows by their keys, and four write.
    #[must_use]
    pub const fn with_readers(mut self, readers: NonZeroUsize) -> Self {
        self.readers = readers;
        self
    }

    /// The same with the tables in a schema of their own, such as `commerce`. Unless set, they are where the server
    /// looks for tables first.
    #[must_use]
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The same with a server that follows the first one, for reads that are only looked at: `products`, `promotions`,
    /// `customers` and `orders_of`. They may be late; nothing is ever decided upon them.
    #[must_use]
    pub fn with_replica(mut self, url: impl Into<String>) -> Self {
        self.replica = Some(url.into());
        self
    }

    /// The same on a server with this weakness, which is warned of at each start.
    #[must_use]
    pub fn allowing(mut self, weakness: Weakness) -> Self {
        self.allowed.insert(weakness);
        self
    }

    /// The same with rows of the host's that are written in the same transaction.
    #[must_use]
    pub fn with_rider(mut self, rider: Arc<dyn Rider>) -> Self {
        self.rider = Some(rider);
        self
    }
}

impl Default for PostgresOptions {
    /// Runs the store's own work in tasks of the surrounding tokio runtime.
    fn default() -> Self {
        Self::new(Arc::new(TokioSpawner))
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FsyncOff => "fsync is off",
            Self::FullPageWritesOff => "full_page_writes is off",
        })
    }
}

/// Never shows the URL of the replica: a password may be in it.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("readers", &self.readers)
            .field("schema", &self.schema)
            .field("replica", &self.replica.is_some())
            .field("allowed", &self.allowed)
            .field("rider", &self.rider.is_some())
            .finish_non_exhaustive()
    }
}
