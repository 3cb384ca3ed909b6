use std::{num::NonZeroUsize, sync::Arc};

use commerce_core::environment::Spawner;

/// How a store runs.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    pub(crate) spawner: Arc<dyn Spawner>,
    pub(crate) readers: NonZeroUsize,
}

impl SqliteOptions {
    /// Runs the store's own work with this spawner.
    pub fn new(spawner: Arc<dyn Spawner>) -> Self {
        Self { spawner, readers: NonZeroUsize::MIN.saturating_add(1) }
    }

    /// The same with so many threads that read; it is 2 unless set.
    #[must_use]
    pub const fn with_readers(mut self, readers: NonZeroUsize) -> Self {
        self.readers = readers;
        self
    }
}

#[cfg(feature = "tokio")]
impl Default for SqliteOptions {
    /// Runs the store's own work in tasks of the surrounding tokio runtime.
    fn default() -> Self {
        Self::new(Arc::new(commerce_core::environment::TokioSpawner))
    }
}
