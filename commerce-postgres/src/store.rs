use async_trait::async_trait;
use commerce_core::storage::{ChangeSet, GroupCommit, Receipt, Store, StoreError};

use crate::{
    carts::PostgresCarts, error::OpenError, options::PostgresOptions, pools::Pools,
    transaction::PostgresWriter,
};

/// A whole shop in one database. Its carts are [`PostgresStore::carts`].
///
/// Change sets that come while a transaction is under way go out together in the next one. Any number of processes may
/// have a store each on the same database.
#[derive(Debug)]
pub struct PostgresStore {
    group: GroupCommit<PostgresWriter>,
    pub(crate) pools: Pools,
    options: PostgresOptions,
}

impl PostgresStore {
    /// Connects to the shop at this URL, such as `postgres://user:password@host/database?sslmode=require`, and changes
    /// nothing.
    ///
    /// # Errors
    /// [`OpenError::NotMigrated`], [`OpenError::Outdated`] and [`OpenError::Newer`] when the shop is not at this
    /// version's last migration; [`OpenError::NotDurable`], [`OpenError::Replica`] and [`OpenError::Encoding`] when the
    /// server is none for a shop; [`OpenError::Database`] when it fails.
    pub async fn connect(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        Ok(Self::over(Pools::open(url, &options).await?, options))
    }

    /// Connects to the shop at this URL as it is at this moment: whatever is read, in however many pages, is from then,
    /// while others go on writing. Whatever is committed through it is refused as [`StoreError::Unavailable`].
    ///
    /// It is one connection with a transaction that only reads. Drop it soon: as long as it is there, the server keeps
    /// every row that was changed since. A replica in the options is not asked. A moment that nobody has looked at for
    /// ten minutes is over, and whoever looks then is told [`StoreError::Unavailable`].
    ///
    /// ```
    /// use commerce_core::storage::{OrderReader, Page};
    /// use commerce_postgres::{PostgresOptions, PostgresStore, migrate};
    ///
    /// # let database = commerce_testservers::Postgres::shared().database();
    /// # let url = &database.url();
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # migrate(url, &PostgresOptions::default()).await?;
    /// let now = PostgresStore::snapshot(url, PostgresOptions::default()).await?;
    /// let orders = now.orders(Page::first(100)).await?;
    /// # assert!(orders.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn snapshot(url: &str, options: PostgresOptions) -> Result<Self, OpenError> {
        Ok(Self::over(Pools::snapshot(url, &options).await?, options))
    }

    fn over(pools: Pools, options: PostgresOptions) -> Self {
        let writer = PostgresWriter::new(pools.writing.clone(), options.rider.clone());
        let group = GroupCommit::new(writer, options.spawner.clone());
        Self { group, pools, options }
    }

    /// The carts in the same database.
    pub fn carts(&self) -> PostgresCarts {
        PostgresCarts::new(self.pools.clone(), self.options.spawner.clone())
    }

    /// The transactions underneath, for whoever groups change sets in another way.
    pub fn writer(&self) -> &PostgresWriter {
        self.group.store()
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.group.commit(changes).await
    }
}
