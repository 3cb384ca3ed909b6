use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Page, StoreError, Versioned};
use crate::domain::ids::SagaId;

/// Reads sagas and what is due. Claiming one is a write like any other.
#[async_trait]
pub trait SagaQueue: Send + Sync {
    /// One saga.
    async fn saga(&self, id: SagaId) -> Result<Option<Versioned<SagaRecord>>, StoreError>;

    /// What was wished of a saga.
    async fn signal(&self, id: SagaId) -> Result<Option<Versioned<Signal>>, StoreError>;

    /// Sagas to look at: those whose [`SagaRecord::due_at`] has come, the earliest first, and those with a signal
    /// that nobody has heard.
    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<SagaId>, StoreError>;

    /// All sagas, by id.
    async fn sagas(&self, page: Page<SagaId>) -> Result<Vec<Versioned<SagaRecord>>, StoreError>;
}

/// How far a saga is. Written in the same change set as the effects of the step.
///
/// `Debug` never shows `data`: tokens, addresses and e-mail addresses are in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SagaRecord {
    /// Its id.
    pub id: SagaId,
    /// What kind of saga.
    pub kind: String,
    /// Which version of that kind's plan it runs.
    pub definition: u16,
    /// What it was asked to do, to tell a repetition from a reused id.
    pub fingerprint: String,
    /// Where it is going.
    pub status: SagaStatus,
    /// The step to run next; while turning back, the steps below it are still to be undone.
    pub step: u16,
    /// The step it had reached when it turned back.
    pub reached: u16,
    /// Why it turned back.
    pub reason: Option<Reason>,
    /// Why it cannot go on by itself, if so: a person has to look, then resume it.
    pub stuck: Option<Reason>,
    /// What it went through, the latest last, at most [`SagaRecord::LOG`] lines.
    pub log: Vec<LogLine>,
    /// The state of its steps, opaque to the store.
    pub data: String,
    /// How often the step was tried in vain.
    pub attempts: u32,
    /// Whether it let go before its step moved any money. Without that, a step that moves money may have been begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untouched: bool,
    /// When it wants to go on; none once it has ended.
    pub wake_at: Option<DateTime<Utc>>,
    /// Who is working on it.
    pub lease: Option<Lease>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it first ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Where a saga is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SagaStatus {
    /// Forward.
    Running,
    /// Back: undoing what was done.
    TurningBack,
    /// It has ended, everything done.
    Completed,
    /// It has ended, everything undone.
    TurnedBack,
}

/// Why a saga turned back or is stuck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable name for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The reason as its kind of saga typed it, in JSON.
    pub detail: String,
}

/// One line of a saga's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: DateTime<Utc>,
    /// In which step.
    pub step: String,
    /// What happened.
    pub what: String,
}

/// Who works on a saga, and until when nobody else may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Drawn for each claim.
    pub token: uuid::Uuid,
    /// When others may claim it.
    pub until: DateTime<Utc>,
}

/// A wish to a saga, in a row of its own so that it never competes with the saga's own writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// To which saga.
    pub saga: SagaId,
    /// Whether nobody has heard it yet.
    pub pending: bool,
    /// Whether the saga shall turn back, and why.
    pub stop: Option<Reason>,
}

impl SagaRecord {
    /// The most lines of its log; the oldest go first.
    pub const LOG: usize = 50;

    /// When somebody should look at it: when the lease ends, or when it wants to go on.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        self.lease.map(|lease| lease.until).or(self.wake_at)
    }

    /// Whether everything was done, or everything undone.
    pub const fn has_ended(&self) -> bool {
        matches!(self.status, SagaStatus::Completed | SagaStatus::TurnedBack)
    }

    /// Since when it is over: it has ended, and nothing wants to look at it once more.
    pub fn over_since(&self) -> Option<DateTime<Utc>> {
        self.ended_at.filter(|_| self.has_ended() && self.due_at().is_none())
    }

    /// Adds a line to the log.
    pub fn note(&mut self, at: DateTime<Utc>, step: &str, what: impl Into<String>) {
        if self.log.len() >= Self::LOG {
            self.log.remove(0);
        }
        self.log.push(LogLine { at, step: step.into(), what: what.into() });
    }
}

impl fmt::Debug for SagaRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SagaRecord")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("step", &self.step)
            .field("reason", &self.reason.as_ref().map(|reason| &reason.code))
            .field("stuck", &self.stuck.as_ref().map(|reason| &reason.code))
            .field("attempts", &self.attempts)
            .field("wake_at", &self.wake_at)
            .field("lease", &self.lease)
            .field("started_at", &self.started_at)
            .field("ended_at", &self.ended_at)
            .finish_non_exhaustive()
    }
}
