use std::{fmt::Debug, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_channel::oneshot;

use super::{Kind, Patience, Plan, ride::Ride, save::Saved};
use crate::{
    domain::ids::SagaId,
    environment::Environment,
    storage::{ChangeSet, Lease, Put, SagaRecord, SagaStatus, Store, StoreError, Versioned},
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

    pub(super) fn lease(&self, now: DateTime<Utc>) -> Lease {
        Lease { token: self.environment.ids.draw(), until: now + self.settings.lease }
    }
}

impl<K: Kind> Debug for Runner<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runner({}, {:?})", K::NAME, self.plan)
    }
}
