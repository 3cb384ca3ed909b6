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
