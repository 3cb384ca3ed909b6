use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use commerce_core::storage::{ChangeSet, GroupCommit, Receipt, Store, StoreError};

use crate::{
    carts::SqliteCarts, connection::Use, error::OpenError, migrate::open_migrated, options::SqliteOptions,
    threads::Threads, transaction::SqliteWriter,
};

/// A whole shop in one file. Its carts are [`SqliteStore::carts`].
///
/// One thread writes and a few read; change sets that come while one is being written go out together in the next
/// transaction.
#[derive(Debug)]
pub struct SqliteStore {
    group: GroupCommit<SqliteWriter>,
    pub(crate) readers: Arc<Threads>,
}

impl SqliteStore {
    /// Opens the shop in this file. Waits for the disk for a moment, and changes nothing.
    ///
    /// # Errors
    /// [`OpenError::NotMigrated`], [`OpenError::Outdated`] and [`OpenError::Newer`] when the file is not at this
    /// version's last migration; [`OpenError::Database`] when the database fails.
    pub fn connect(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let writer = open_migrated(path, Use::Writing)?;
        let readers = (0..options.readers.get()).map(|_| open_migrated(path, Use::Reading));
        let readers = Threads::start("commerce-sqlite-reader", readers.collect::<Result<_, _>>()?)?;
        let thread = Arc::new(Threads::start("commerce-sqlite-writer", vec![writer])?);
        let group = GroupCommit::new(SqliteWriter { thread }, options.spawner);
        Ok(Self { group, readers: Arc::new(readers) })
    }

    /// Opens the shop in this file as it is at this moment: whatever is read, in however many pages, is from then,
    /// while others go on writing. Whatever is committed through it is refused as [`StoreError::Unavailable`].
    ///
    /// Drop it soon: as long as it is there, the file's write-ahead log only grows.
    ///
    /// ```
    /// use commerce_core::storage::{OrderReader, Page};
    /// use commerce_sqlite::{SqliteOptions, SqliteStore, migrate};
    ///
    /// # let path = std::env::temp_dir().join(format!("commerce-sqlite-snapshot-{}.db", std::process::id()));
    /// # migrate(&path)?;
    /// # commerce_testkit::conformance::block_on(async {
    /// let now = SqliteStore::snapshot(&path, SqliteOptions::default())?;
    /// let orders = now.orders(Page::first(100)).await?;
    /// # assert!(orders.is_empty());
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn snapshot(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let reader = open_migrated(path.as_ref(), Use::Reading)?;
        // A transaction sees nothing until it reads, and from then on always the same.
        reader.execute_batch("begin; select 1 from sqlite_schema")?;
        let thread = Arc::new(Threads::start("commerce-sqlite-snapshot", vec![reader])?);
        let group = GroupCommit::new(SqliteWriter { thread: Arc::clone(&thread) }, options.spawner);
        Ok(Self { group, readers: thread })
    }

    /// The carts in the same file.
    pub fn carts(&self) -> SqliteCarts {
        SqliteCarts::new(Arc::clone(&self.writer().thread), Arc::clone(&self.readers))
    }

    /// The transactions underneath, one at a time, for whoever groups change sets in another way.
    pub fn writer(&self) -> &SqliteWriter {
        self.group.store()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.group.commit(changes).await
    }
}
