use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::SagaId;

/// Sagas that this process cannot run: another version of the program began them, or their state does not decode. They
/// stay due, and first in the queue: without this list, enough of them would keep all others from their turn.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    known: Mutex<BTreeMap<SagaId, DateTime<Utc>>>,
}

/// How long one is passed over before it is tried again.
const REST: TimeDelta = TimeDelta::minutes(10);

impl Strangers {
    /// How many there are; those that have been passed over for long enough are none any more.
    pub(super) fn count(&self, now: DateTime<Utc>) -> usize {
        let mut known = self.lock();
        known.retain(|_, since| now < *since + REST);
        known.len()
    }

    pub(super) fn add(&self, id: SagaId, now: DateTime<Utc>) {
        self.lock().insert(id, now);
    }

    /// The others.
    pub(super) fn pass_over(&self, mut due: Vec<SagaId>) -> Vec<SagaId> {
        let known = self.lock();
        due.retain(|id| !known.contains_key(id));
        due
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SagaId, DateTime<Utc>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
