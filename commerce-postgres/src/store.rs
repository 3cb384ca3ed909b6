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
        let pools = Pools::open(url, &options).await?;
        let writer = PostgresWriter::new(pools.writing.clone(), options.rider.clone());
        let group = GroupCommit::new(writer, options.spawner.clone());
        Ok(Self { group, pools, options })
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
