use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::GatewayError;
use crate::domain::event::{DomainEvent, NumberedEvent};

/// Takes events out of the shop.
///
/// # To be correct
/// - `Ok` means the listener has the event for good: it is not sent again;
/// - the same event may come twice; its `id` is then the same.
#[async_trait]
pub trait EventSink: fmt::Debug + Send + Sync + 'static {
    /// Delivers one event.
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError>;
}

/// An event in the envelope of CloudEvents 1.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique for the source: aggregate and number.
    pub id: String,
    /// Which shop.
    pub source: String,
    /// Such as `commerce.order_placed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it happened to, such as `order/0193…`.
    pub subject: String,
    /// 1, 2, 3 … for each subject; the extension attribute for sequences.
    pub sequence: u64,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// What happened.
    pub data: DomainEvent,
}

impl CloudEvent {
    /// The event in its envelope, sent by `source`.
    pub fn new(source: &str, event: &NumberedEvent) -> Self {
        Self {
            specversion: "1.0".into(),
            id: event.number.to_string(),
            source: source.into(),
            kind: format!("commerce.{}", event.event.name()),
            subject: event.number.aggregate.to_string(),
            sequence: event.number.number,
            time: event.at,
            datacontenttype: "application/json".into(),
            data: event.event.clone(),
        }
    }
}

/// Calls closures in this process, in the order they were added.
#[derive(Default)]
pub struct InProcessSink {
    listeners: Vec<Listener>,
}

type Listener = Box<dyn Fn(&CloudEvent) + Send + Sync>;

impl InProcessSink {
    /// The same with one more listener.
    #[must_use]
    pub fn with(mut self, listener: impl Fn(&CloudEvent) + Send + Sync + 'static) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }
}

#[async_trait]
impl EventSink for InProcessSink {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        self.listeners.iter().for_each(|listener| listener(event));
        Ok(())
    }
}

impl fmt::Debug for InProcessSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InProcessSink({} listeners)", self.listeners.len())
    }
}
