use async_trait::async_trait;

use super::{MemoryStore, State};
use crate::storage::{Cutoffs, Forget, RetentionReader, StoreError};

#[async_trait]
impl RetentionReader for MemoryStore {
    async fn forgettable(&self, before: Cutoffs, limit: usize) -> Result<Vec<Forget>, StoreError> {
        let state = self.lock();
        let mut found = sagas(&state, before, limit)?;
        let reservations = state.indexes.reservations_over(before.reservations).take(limit);
        found.extend(reservations.map(Forget::Reservation));
        let events = state.indexes.delivered(before.events).take(limit);
        found.extend(events.cloned().map(Forget::Event));
        Ok(found)
    }
}

/// Sagas of which nobody wishes anything, and whose events are gone.
fn sagas(state: &State, before: Cutoffs, limit: usize) -> Result<Vec<Forget>, StoreError> {
    let State { rows, indexes } = state;
    let mut found = Vec::new();
    for id in indexes.sagas_over(before.sagas) {
        if found.len() == limit {
            break;
        }
        let Some(saga) = rows.sagas.get(&id)? else { continue };
        let forget = Forget::Saga { id, version: saga.version };
        let signal = rows.signals.get(&id)?.and_then(|signal| signal.value.as_deref());
        let held_up = match forget.held_up_by() {
            Some(event) => rows.events.get(&event)?.is_some(),
            None => false,
        };
        if !held_up && signal.is_none_or(|signal| !signal.pending) {
            found.push(forget);
        }
    }
    Ok(found)
}
