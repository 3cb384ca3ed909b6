use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Page, StoreError};
use crate::domain::event::{EventNumber, NumberedEvent};

/// Reads events: those to deliver, and all there were.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Events to deliver now.
    ///
    /// # To be correct
    /// - events of one aggregate come in the order of their numbers, the first undelivered one first;
    /// - an aggregate whose first undelivered event waits for a retry or is claimed is left out whole;
    /// - an event committed late is found all the same: what counts is that it is undelivered, never a position.
    async fn undelivered(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<OutboxEvent>, StoreError>;

    /// All events, delivered or not, by aggregate and number.
    async fn events(&self, page: Page<EventNumber>) -> Result<Vec<OutboxEvent>, StoreError>;
}

/// An event and how its delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEvent {
    /// The event.
    pub event: NumberedEvent,
    /// How often its delivery was claimed or tried.
    pub attempts: u32,
    /// Nobody tries before then.
    pub retry_at: Option<DateTime<Utc>>,
    /// When the listener had it.
    pub delivered_at: Option<DateTime<Utc>>,
    /// What the listener said when it last failed.
    pub last_error: Option<String>,
}

impl OutboxEvent {
    /// An event that nobody has tried to deliver.
    pub const fn new(event: NumberedEvent) -> Self {
        Self { event, attempts: 0, retry_at: None, delivered_at: None, last_error: None }
    }
}
