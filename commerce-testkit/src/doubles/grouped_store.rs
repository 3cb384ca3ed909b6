use std::sync::Arc;

use async_trait::async_trait;
use commerce_core::{
    environment::Spawner,
    storage::{ChangeSet, GroupCommit, Receipt, Store, StoreError},
};

use super::SubsetStore;
use crate::delegate_readers;

/// A store as an adapter's author would write it: a [`SubsetStore`] for the transactions, [`GroupCommit`] for the rest.
#[derive(Debug)]
pub struct GroupedStore {
    tables: Arc<SubsetStore>,
    group: GroupCommit<Arc<SubsetStore>>,
}

impl GroupedStore {
    /// A shop that has nothing yet, whose batches run in tasks of this spawner.
    pub fn new(spawner: Arc<dyn Spawner>) -> Self {
        let tables = Arc::new(SubsetStore::new());
        Self { group: GroupCommit::new(Arc::clone(&tables), spawner), tables }
    }
}

delegate_readers!(GroupedStore, tables);

#[async_trait]
impl Store for GroupedStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.group.commit(changes).await
    }
}
