use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{MemoryStore, page_of};
use crate::{
    domain::event::EventNumber,
    storage::{Outbox, OutboxEvent, Page, StoreError},
};

#[async_trait]
impl Outbox for MemoryStore {
    async fn undelivered(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
        let state = self.lock();
        // An event that has to wait holds up the later ones of its aggregate, and no others.
        let mut waiting = BTreeSet::new();
        let mut events = Vec::new();
        for number in state.indexes.undelivered() {
            if events.len() == limit {
                break;
            }
            let Some(event) = state.rows.events.get(number)? else { continue };
            if waiting.contains(&number.aggregate) {
                continue;
            }
            if event.retry_at.is_some_and(|retry_at| retry_at > now) {
                waiting.insert(&number.aggregate);
            } else {
                events.push(event.clone());
            }
        }
        Ok(events)
    }

    async fn events(&self, page: Page<EventNumber>) -> Result<Vec<OutboxEvent>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.events, &page).map(|(_, event)| event.clone()).collect())
    }
}
