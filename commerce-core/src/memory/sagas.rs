use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{MemoryStore, page_of};
use crate::{
    domain::ids::SagaId,
    storage::{Page, SagaQueue, SagaRecord, Signal, StoreError, Versioned},
};

#[async_trait]
impl SagaQueue for MemoryStore {
    async fn saga(&self, id: SagaId) -> Result<Option<Versioned<SagaRecord>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.sagas.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn signal(&self, id: SagaId) -> Result<Option<Versioned<Signal>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.signals.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<SagaId>, StoreError> {
        let state = self.lock();
        let mut seen = BTreeSet::new();
        let due = state.indexes.due(now).chain(state.indexes.signalled());
        Ok(due.filter(|id| seen.insert(*id)).take(limit).collect())
    }

    async fn sagas(&self, page: Page<SagaId>) -> Result<Vec<Versioned<SagaRecord>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.sagas, &page).filter_map(|(_, record)| record.versioned()).collect())
    }
}
