//! The stores that benches compare.

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use commerce_core::storage::{
    Batch, ChangeSet, Receipt, Records, SaveError, Store, StoreError, Transactional,
};
use commerce_sqlite::{SqliteOptions, SqliteStore, SqliteWriter, migrate};
use commerce_testkit::delegate_readers;

/// The file of a shop, in a folder that goes with it.
pub(crate) struct File {
    folder: PathBuf,
    pub(crate) path: PathBuf,
}

impl File {
    pub(crate) fn new() -> Self {
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        let number = DRAWN.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("commerce-bench-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("shop.db");
        migrate(&path).unwrap();
        Self { folder, path }
    }

    /// The shop in it.
    pub(crate) fn open(&self) -> Arc<SqliteStore> {
        Arc::new(SqliteStore::connect(&self.path, SqliteOptions::default()).unwrap())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// SQLite with a transaction for each change set, through the same driver.
#[derive(Debug)]
pub(crate) struct OneByOne {
    store: Arc<dyn Store>,
    writer: SqliteWriter,
}

impl OneByOne {
    pub(crate) fn new(store: Arc<SqliteStore>) -> Self {
        Self { writer: store.writer().clone(), store }
    }
}

delegate_readers!(OneByOne, store);

#[async_trait]
impl Store for OneByOne {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let batch = Batch::of(vec![Arc::new(changes)], Records::MustBeLoaded);
        match self.writer.transact(Arc::new(batch)).await {
            Ok(mut verdicts) => verdicts.remove(0),
            Err(SaveError::Store(error)) => Err(error),
            Err(SaveError::Stale) => Err(StoreError::Conflict { record: "a record".into() }),
        }
    }
}
