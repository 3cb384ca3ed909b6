use std::{fmt::Debug, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_channel::oneshot;

use super::{
    Kind, Patience, Plan,
    ride::Ride,
    save::{self, Commit, Saved},
};
use crate::{
    domain::ids::SagaId,
    environment::Environment,
    storage::{
        ChangeSet, Expect, Lease, Put, Reason, SagaRecord, SagaStatus, Signal, Store, StoreError, Versioned,
    },
};

/// Runs sagas of one kind.
pub struct Runner<K: Kind> {
    pub(super) plan: Plan<K>,
    pub(super) ports: K::Ports,
    pub(super) store: Arc<dyn Store>,
    pub(super) environment: Environment,
    pub(super) settings: SagaSettings,
}

/// How sagas are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SagaSettings {
    /// How long a worker may be silent before others take over its sagas, and the events it was delivering. Longer than
    /// `call_timeout`.
    pub lease: Duration,
    /// How long a gateway may take to answer.
    pub call_timeout: Duration,
    /// How long to go on trying a step.
    pub patience: Patience,
}

impl Default for SagaSettings {
    fn default() -> Self {
        let (lease, call_timeout) = (Duration::from_secs(60), Duration::from_secs(20));
        Self { lease, call_timeout, patience: Patience::default() }
    }
}

/// What to begin.
#[derive(Debug)]
pub struct Start<K: Kind> {
    /// The id, chosen by whoever asked.
    pub id: SagaId,
    /// What it was asked to do, to tell a repetition from a reused id.
    pub fingerprint: String,
    /// What its steps begin with.
    pub state: K::State,
}

/// How far a saga is: what was last saved.
#[derive(Debug, Clone)]
pub struct Answer<K: Kind> {
    /// The record.
    pub record: Arc<SagaRecord>,
    /// Its state.
    pub state: K::State,
}

/// What came of an attempt to go on with a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// It went on as far as it could.
    Ran,
    /// Somebody else works on it, or there is nothing to do.
    Left,
}

impl<K: Kind> Runner<K> {
    /// A runner over this store.
    pub fn new(
        store: Arc<dyn Store>,
        ports: K::Ports,
        environment: Environment,
        settings: SagaSettings,
    ) -> Arc<Self> {
        Arc::new(Self { plan: K::plan(), ports, store, environment, settings })
    }

    /// The record of a saga that can be begun, or put into the change set that causes it: it is due at once.
    pub fn begin(start: &Start<K>, now: DateTime<Utc>) -> Result<SagaRecord, StoreError> {
        let data =
            serde_json::to_string(&start.state).map_err(|error| StoreError::corrupt(start.id, error))?;
        Ok(SagaRecord {
            id: start.id,
            kind: K::NAME.into(),
            definition: K::DEFINITION,
            fingerprint: start.fingerprint.clone(),
            status: SagaStatus::Running,
            step: 0,
            reached: 0,
            reason: None,
            stuck: None,
            log: Vec::new(),
            data,
            attempts: 0,
            untouched: false,
            wake_at: Some(now),
            lease: None,
            started_at: now,
            ended_at: None,
        })
    }

    /// Begins a saga that is not there yet, and answers as soon as it is past its pivot, waits, or has turned back.
    /// The rest of it goes on in a task of its own, whether or not anybody waits for the answer.
    ///
    /// # Errors
    /// - [`StoreError::Conflict`] when the saga is there already, or somebody took it over: look at it again;
    /// - others as the store fails; the same call may be repeated.
    pub async fn start(self: &Arc<Self>, start: Start<K>) -> Result<Answer<K>, StoreError> {
        let now = self.environment.clock.now();
        let mut record = Self::begin(&start, now)?;
        record.wake_at = None;
        let saved = Saved { record: Arc::new(record), version: None };
        let (asker, answer) = oneshot::channel();
        let ride = Ride::new(Arc::clone(self), self.lease(now), saved, start.state).answering(asker);
        self.environment.spawner.spawn(Box::pin(ride.run()));
        answer.await.unwrap_or_else(|_| Err(StoreError::uncertain("the process stopped meanwhile")))
    }

    /// The saga with this id, if it is one of this kind.
    pub async fn find(&self, id: SagaId) -> Result<Option<Versioned<SagaRecord>>, StoreError> {
        Ok(self.store.saga(id).await?.filter(|found| found.kind == K::NAME))
    }

    /// The state in a record.
    pub fn state(record: &SagaRecord) -> Result<K::State, StoreError> {
        serde_json::from_str(&record.data).map_err(|error| StoreError::corrupt(record.id, error))
    }

    /// Claims a saga that is due and goes on with it as far as it goes.
    ///
    /// # Errors
    /// As the store fails; [`StoreError::Corrupt`] when the record was begun by another version of the plan.
    pub async fn resume(self: &Arc<Self>, id: SagaId) -> Result<Resume, StoreError> {
        let Some(found) = self.find(id).await? else { return Ok(Resume::Left) };
        let signal = self.store.signal(id).await?;
        let now = self.environment.clock.now();
        let unheard = signal.as_ref().is_some_and(|signal| signal.pending);
        let leased = found.lease.is_some_and(|lease| lease.until > now);
        let due = found.due_at().is_some_and(|at| at <= now);
        if leased || !(due || unheard) {
            return Ok(Resume::Left);
        }
        let wish = signal.as_ref().and_then(|signal| signal.stop.clone());
        let mut claim = ChangeSet::new(now);
        if let Some(signal) = signal.filter(|signal| signal.pending) {
            let mut heard = (*signal.value).clone();
            heard.pending = false;
            claim = claim.with(Put::over(signal.version, heard));
        }
        if found.stuck.is_some() || found.status == SagaStatus::Completed {
            return self.store.commit(claim).await.map(|_| Resume::Left);
        }
        if found.definition != K::DEFINITION {
            let what = format!("it was begun by version {} of its plan", found.definition);
            return Err(StoreError::corrupt(id, what));
        }

        let lease = self.lease(now);
        let record = Arc::new(claimed(&found, lease));
        let version = match save::commit(self, claim, &record, Some(found.version)).await? {
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

    /// Changes the state of a saga that goes forward and that nobody works on, and wakes it. Answers whether it did:
    /// `change` may not want to.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while somebody works on it: look again; others as the store fails.
    pub async fn alter(
        &self,
        found: &Versioned<SagaRecord>,
        change: impl FnOnce(&mut K::State) -> bool + Send,
    ) -> Result<bool, StoreError> {
        let now = self.environment.clock.now();
        if found.lease.is_some_and(|lease| lease.until > now) {
            return Err(StoreError::Conflict { record: format!("saga {}", found.id) });
        }
        let mut state = Self::state(found)?;
        let goes_forward = found.status == SagaStatus::Running && found.stuck.is_none();
        if !goes_forward || !change(&mut state) {
            return Ok(false);
        }
        let mut record = SagaRecord::clone(found);
        record.data = serde_json::to_string(&state).map_err(|why| StoreError::corrupt(found.id, why))?;
        record.wake_at = Some(now);
        self.store.commit(ChangeSet::new(now).with(Put::over(found.version, record))).await?;
        Ok(true)
    }

    /// Sends a wish to a saga, in a row of its own: it is heard even if somebody works on the saga right now.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn signal(&self, id: SagaId, stop: Option<Reason>) -> Result<(), StoreError> {
        let known = self.store.signal(id).await?;
        let stop = stop.or_else(|| known.as_ref().and_then(|known| known.stop.clone()));
        let expect = known.map_or(Expect::Absent, |known| Expect::At(known.version));
        let put = Put { value: Arc::new(Signal { saga: id, pending: true, stop }), expect };
        self.store.commit(ChangeSet::new(self.environment.clock.now()).with(put)).await?;
        Ok(())
    }

    /// Lets a stuck saga try again.
    ///
    /// # Errors
    /// As the store fails.
    pub async fn unstick(&self, id: SagaId) -> Result<(), StoreError> {
        let Some(found) = self.find(id).await?.filter(|found| found.stuck.is_some()) else { return Ok(()) };
        let now = self.environment.clock.now();
        let mut record = SagaRecord::clone(&found);
        record.note(now, "resumed", record.stuck.as_ref().map_or("", |reason| &reason.code).to_owned());
        record.stuck = None;
        record.attempts = 0;
        record.wake_at = Some(now);
        self.store.commit(ChangeSet::new(now).with(Put::over(found.version, record))).await?;
        Ok(())
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

    fn lease(&self, now: DateTime<Utc>) -> Lease {
        Lease { token: self.environment.ids.draw(), until: now + self.settings.lease }
    }
}

/// The record in the hands of a new worker. One that turned back looks once more at everything it undid.
fn claimed(found: &SagaRecord, lease: Lease) -> SagaRecord {
    let mut record = found.clone();
    record.lease = Some(lease);
    record.wake_at = None;
    if record.status == SagaStatus::TurnedBack {
        record.status = SagaStatus::TurningBack;
        record.step = record.reached;
    }
    record
}

impl<K: Kind> Debug for Runner<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runner({}, {:?})", K::NAME, self.plan)
    }
}
