use std::{
    fmt::Debug,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    domain::ids::SagaId,
    environment::Environment,
    gateway::GatewayError,
    storage::{ChangeSet, Reason, Refusal, StoreError},
};

/// A kind of saga: what it remembers, what it reaches, and in which steps it goes.
pub trait Kind: Sized + Send + Sync + 'static {
    /// What its steps remember from one to the next. Stored as JSON: fields may be added, never reinterpreted.
    type State: Serialize + DeserializeOwned + Clone + Debug + Send + Sync;
    /// What its steps reach: a plain struct of `Arc<dyn …>`.
    type Ports: Send + Sync;

    /// Its name in stored records.
    const NAME: &'static str;
    /// The version of its plan. A record of another version is not run but left for a person to look at.
    const DEFINITION: u16;

    /// Its steps.
    fn plan() -> Plan<Self>;

    /// What it means when a guard refused its changes.
    fn refused(refusal: &Refusal) -> Reason {
        Reason::new(refusal.code(), refusal, refusal)
    }

    /// What to write beside the record when everything is undone for the first time, such as an event.
    fn turned_back(_saga: SagaId, _reason: &Reason, now: DateTime<Utc>) -> ChangeSet {
        ChangeSet::new(now)
    }

    /// When a saga that turned back should look once more at what it undid, such as money that may still arrive.
    fn look_again(_state: &Self::State) -> Option<DateTime<Utc>> {
        None
    }
}

/// One step forward.
///
/// # To be correct
/// - all it does in the store it returns as a change set, committed together with the saga's progress;
/// - it changes `state` only when it answers [`Next::Done`] or [`Next::WaitUntil`];
/// - run twice, it does the same once more without harm: by [`Reach`].
#[async_trait]
pub trait Step<K: Kind>: Send + Sync {
    /// Its name in keys and logs; never changes.
    fn name(&self) -> &'static str;
    /// How far outside the store it reaches.
    fn reach(&self) -> Reach;
    /// Does it.
    async fn run(&self, cx: &Context<'_, K>, state: &mut K::State) -> Result<Next, Trouble>;
}

/// A step that can be taken back.
#[async_trait]
pub trait Undoable<K: Kind>: Step<K> {
    /// Takes it back; also when it was only begun, and also when it was taken back before.
    async fn undo(&self, cx: &Context<'_, K>, state: &mut K::State) -> Result<Next, Trouble>;
}

/// How far outside the store a step reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only the store, through its change set; or reads.
    Local,
    /// Another port, where a repetition does no harm.
    Harmless,
    /// Money, under an idempotency key.
    Keyed,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// It is done once this is committed.
    Done(ChangeSet),
    /// Somebody else has to do something first; run it again then, or when a signal comes.
    WaitUntil(DateTime<Utc>),
    /// This cannot be done: undo what was done.
    TurnBack(Reason),
}

/// Why a step could not say what came of it.
#[derive(Debug)]
pub enum Trouble {
    /// It may work later.
    Again {
        /// What happened, for the log.
        why: String,
    },
    /// It cannot work without a person.
    Stuck(Reason),
}

/// The steps of a kind, in an order that compiles only if it is right: what can be undone, then the one step after
/// which there is only forward, then what is retried until it is done.
pub struct Plan<K> {
    /// Steps that can be taken back.
    pub undoable: Vec<Box<dyn Undoable<K>>>,
    /// The point of no return.
    pub pivot: Box<dyn Step<K>>,
    /// Steps that are retried until done.
    pub retriable: Vec<Box<dyn Step<K>>>,
}

/// What a step may look at.
#[derive(Debug)]
pub struct Context<'a, K: Kind> {
    /// Its ports.
    pub ports: &'a K::Ports,
    /// Which saga it is.
    pub saga: SagaId,
    /// The time, read once for the step.
    pub now: DateTime<Utc>,
    /// When the saga began.
    pub started_at: DateTime<Utc>,
    /// Whether a guard has just refused what these steps decided: decide once more, upon fresh reads.
    pub refused: bool,
    /// Why it turned back, while undoing.
    pub reason: Option<&'a Reason>,
    pub(super) environment: &'a Environment,
    pub(super) call_timeout: Duration,
    pub(super) moved: AtomicBool,
}

impl<K: Kind> Context<'_, K> {
    /// The answer of a gateway to a request that moves money. From then on the step counts as begun: if the saga turns
    /// back, it is undone.
    pub async fn move_money<T>(
        &self,
        call: impl Future<Output = Result<T, GatewayError>> + Send,
    ) -> Result<T, GatewayError> {
        self.moved.store(true, Ordering::Relaxed);
        self.call(call).await
    }

    /// The answer of a gateway; when it takes longer than a call may, it is not known what came of it.
    pub async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, GatewayError>> + Send,
    ) -> Result<T, GatewayError> {
        let late = || Err(GatewayError::uncertain("the gateway did not answer in time"));
        self.in_time(call).await.unwrap_or_else(late)
    }

    /// What comes of calls that may take no longer together than one call to a gateway; none when they do.
    pub async fn in_time<T>(&self, work: impl Future<Output = T> + Send) -> Option<T> {
        let patience = self.environment.clock.sleep(self.call_timeout);
        match select(std::pin::pin!(work), patience).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

impl<K: Kind> Plan<K> {
    /// The index of the pivot.
    pub(super) fn pivot_at(&self) -> usize {
        self.undoable.len()
    }

    /// The step with this index; none after the last.
    pub(super) fn step(&self, index: usize) -> Option<&dyn Step<K>> {
        let pivot = self.pivot_at();
        if let Some(step) = self.undoable.get(index) {
            return Some(&**step);
        }
        if index == pivot {
            return Some(&*self.pivot);
        }
        self.retriable.get(index - pivot - 1).map(|step| &**step)
    }
}

impl<K> Debug for Plan<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} undoable, 1 pivot, {} retriable)", self.undoable.len(), self.retriable.len())
    }
}

impl Reason {
    /// A reason with its typed form in JSON.
    pub fn new(code: &str, message: impl ToString, detail: &impl Serialize) -> Self {
        let detail = serde_json::to_string(detail).unwrap_or_default();
        Self { code: code.into(), message: message.to_string(), detail }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::Stuck(Reason::new("corrupt", with_cause(&error), &())),
            other => Self::Again { why: with_cause(&other) },
        }
    }
}

impl From<GatewayError> for Trouble {
    fn from(error: GatewayError) -> Self {
        match &error {
            GatewayError::Rejected { code, .. } => {
                Self::Stuck(Reason::new("gateway_rejected", with_cause(&error), code))
            }
            GatewayError::Unavailable { .. } | GatewayError::Uncertain { .. } => {
                Self::Again { why: with_cause(&error) }
            }
        }
    }
}

/// The error and what caused it, in one line for the log.
fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
