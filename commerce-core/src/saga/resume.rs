use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_channel::oneshot;

use super::{
    Kind, Runner,
    ride::Ride,
    save::{self, Commit, Saved},
};
use crate::{
    domain::ids::SagaId,
    storage::{ChangeSet, Expect, Lease, Put, Reason, SagaRecord, SagaStatus, Signal, StoreError, Versioned},
};

/// What came of an attempt to go on with a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// It went on as far as it could.
    Ran,
    /// Somebody else works on it, or there is nothing to do.
    Left,
}

/// How a saga that rests is taken up again: because its time has come, because something changed, or because somebody
/// wishes so.
impl<K: Kind> Runner<K> {
    /// Claims a saga that is due and goes on with it as far as it goes.
    ///
    /// # Errors
    /// As the store fails; [`StoreError::Corrupt`] when the record was begun by another version of the plan.
    pub async fn resume(self: &Arc<Self>, id: SagaId) -> Result<Resume, StoreError> {
        let Some(found) = self.find(id).await? else { return Ok(Resume::Left) };
        let signal = self.store.signal(id).await?;
        let now = self.environment.clock.now();
        let unheard = signal.as_ref().is_some_and(|signal| signal.pending);
        let due = found.due_at().is_some_and(|at| at <= now);
        if leased(&found, now) || !(due || unheard) {
            return Ok(Resume::Left);
        }
        let heard = hearing(signal.as_ref(), now);
        if rests(&found) {
            return self.store.commit(heard).await.map(|_| Resume::Left);
        }
        self.go_on(&found, SagaRecord::clone(&found), heard, stop_of(signal)).await
    }

    /// Changes the state of a saga that goes forward and that nobody works on, and goes on with it as far as it goes.
    /// Answers whether it did: `change` may not want to. It is claimed by the same commit, so that no other worker
    /// comes between the change and what it leads to.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while somebody works on it: look again; others as the store fails, and as for
    /// [`resume`](Self::resume).
    pub async fn alter(
        self: &Arc<Self>,
        found: &Versioned<SagaRecord>,
        change: impl FnOnce(&mut K::State) -> bool + Send,
    ) -> Result<bool, StoreError> {
        let now = self.environment.clock.now();
        if leased(found, now) {
            return Err(busy(found));
        }
        let mut state = Self::state(found)?;
        let goes_forward = found.status == SagaStatus::Running && found.stuck.is_none();
        if !goes_forward || !change(&mut state) {
            return Ok(false);
        }
        let mut record = SagaRecord::clone(found);
        record.data = serde_json::to_string(&state).map_err(|why| StoreError::corrupt(found.id, why))?;
        let signal = self.store.signal(found.id).await?;
        let heard = hearing(signal.as_ref(), now);
        match self.go_on(found, record, heard, stop_of(signal)).await? {
            Resume::Ran => Ok(true),
            Resume::Left => Err(busy(found)),
        }
    }

    /// Claims a saga that stands as in `record` now, in one commit with what it `heard`, and runs it.
    async fn go_on(
        self: &Arc<Self>,
        found: &Versioned<SagaRecord>,
        record: SagaRecord,
        heard: ChangeSet,
        wish: Option<Reason>,
    ) -> Result<Resume, StoreError> {
        if found.definition != K::DEFINITION {
            let what = format!("it was begun by version {} of its plan", found.definition);
            return Err(StoreError::corrupt(found.id, what));
        }
        let lease = self.lease(heard.at);
        let record = Arc::new(claimed(record, lease));
        let version = match save::commit(self, heard, &record, Some(found.version)).await? {
            Commit::Landed(version) => version,
            Commit::Conflict | Commit::Lost => return Ok(Resume::Left),
            Commit::Refused(refusal) => return Err(StoreError::Refused(refusal)),
        };
        let state = Self::state(&record)?;
        let saved = Saved { record, version: Some(version) };
        // One that let go knows what it did; one that was silent until its lease ended does not.
        let untouched = found.untouched && found.lease.is_none();
        let ride = Ride::new(Arc::clone(self), lease, saved, state).wishing(wish).untouched(untouched);
        self.finish(ride).await;
        Ok(Resume::Ran)
    }

    /// Sends a wish to a saga, in a row of its own: it is heard even if somebody works on the saga right now. If nobody
    /// does, the saga is claimed by the same commit, and goes on as far as it goes.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when others were faster: look again; others as the store fails, and as for
    /// [`resume`](Self::resume).
    pub async fn signal(
        self: &Arc<Self>,
        found: &Versioned<SagaRecord>,
        stop: Option<Reason>,
    ) -> Result<(), StoreError> {
        let known = self.store.signal(found.id).await?;
        let expect = known.as_ref().map_or(Expect::Absent, |known| Expect::At(known.version));
        let stop = stop.or_else(|| stop_of(known));
        let now = self.environment.clock.now();
        let pending = leased(found, now);
        let signal = Signal { saga: found.id, pending, stop: stop.clone() };
        let sent = ChangeSet::new(now).with(Put { value: Arc::new(signal), expect });
        if pending || rests(found) {
            return self.store.commit(sent).await.map(drop);
        }
        match self.go_on(found, SagaRecord::clone(found), sent, stop).await? {
            Resume::Ran => Ok(()),
            Resume::Left => Err(busy(found)),
        }
    }

    /// Runs in a task of its own: whoever waits may go away without leaving the saga half-way.
    async fn finish(&self, ride: Ride<K>) {
        let (done, finished) = oneshot::channel::<()>();
        self.environment.spawner.spawn(Box::pin(async move {
            ride.run().await;
            drop(done);
        }));
        // An ended task and a dropped sender are the same news.
        finished.await.unwrap_or_default();
    }
}

/// The record in the hands of a new worker. One that turned back looks once more at everything it undid.
fn claimed(mut record: SagaRecord, lease: Lease) -> SagaRecord {
    record.lease = Some(lease);
    record.wake_at = None;
    if record.status == SagaStatus::TurnedBack {
        record.status = SagaStatus::TurningBack;
        record.step = record.reached;
    }
    record
}

/// Whether somebody works on it.
fn leased(found: &SagaRecord, now: DateTime<Utc>) -> bool {
    found.lease.is_some_and(|lease| lease.until > now)
}

/// Whether there is nothing that a worker could do for it.
fn rests(found: &SagaRecord) -> bool {
    found.stuck.is_some() || found.status == SagaStatus::Completed
}

fn busy(found: &SagaRecord) -> StoreError {
    StoreError::Conflict { record: format!("saga {}", found.id) }
}

fn stop_of(signal: Option<Versioned<Signal>>) -> Option<Reason> {
    signal.and_then(|signal| signal.stop.clone())
}

/// That the signal was heard, if there is one that was not.
fn hearing(signal: Option<&Versioned<Signal>>, now: DateTime<Utc>) -> ChangeSet {
    let changes = ChangeSet::new(now);
    match signal.filter(|signal| signal.pending) {
        Some(signal) => {
            changes.with(Put::over(signal.version, Signal { pending: false, ..(*signal.value).clone() }))
        }
        None => changes,
    }
}
