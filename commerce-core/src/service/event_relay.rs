use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};

use super::{Error, commerce::Engine};
use crate::{
    domain::event::Aggregate,
    gateway::{CloudEvent, EventSink, GatewayError},
    storage::{ChangeSet, DeliveryChange, DeliveryOutcome, OutboxEvent, StoreError},
};

/// The longest pause between two tries of one event.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Delivers what is undelivered: at least once, in order for each aggregate. Claims first, then delivers, then marks.
/// An event that fails holds up the later ones of its own aggregate, and no others.
pub(super) async fn relay(engine: &Engine, limit: usize) -> Result<usize, Error> {
    let Some(sink) = &engine.habits.sink else { return Ok(0) };
    let store = &engine.ports.store;
    let now = engine.environment.clock.now();
    let due = store.undelivered(now, limit).await?;
    if due.is_empty() {
        return Ok(0);
    }
    // A relay that is silent for as long as a worker may be is taken for dead as well.
    let until = now + engine.habits.sagas.lease;
    let claim = |event: &OutboxEvent| mark(event, event.attempts, DeliveryOutcome::Claimed { until });
    match store.commit(changes(now, due.iter().map(claim))).await {
        Ok(_) => {}
        // Another relay was first; these are its events.
        Err(StoreError::Conflict { .. }) => return Ok(0),
        Err(error) => return Err(error.into()),
    }
    let marks = deliver(engine, &**sink, &due).await;
    let delivered = marks.iter().filter(|mark| mark.outcome == DeliveryOutcome::Delivered).count();
    match store.commit(changes(engine.environment.clock.now(), marks.into_iter())).await {
        // Too slow: the claim ended and somebody else marked them. They are delivered twice, never lost.
        Ok(_) | Err(StoreError::Conflict { .. }) => Ok(delivered),
        Err(error) => Err(error.into()),
    }
}

async fn deliver(engine: &Engine, sink: &dyn EventSink, due: &[OutboxEvent]) -> Vec<DeliveryChange> {
    let mut failed: BTreeSet<&Aggregate> = BTreeSet::new();
    let mut marks = Vec::with_capacity(due.len());
    for event in due {
        let (aggregate, attempts) = (&event.event.number.aggregate, event.attempts + 1);
        if failed.contains(aggregate) {
            continue;
        }
        let outcome = match in_time(engine, sink, &CloudEvent::new(&engine.habits.source, &event.event)).await
        {
            Ok(()) => DeliveryOutcome::Delivered,
            Err(error) => {
                failed.insert(aggregate);
                let retry_at = engine.environment.clock.now() + pause(attempts);
                tracing::warn!(event = %event.event.number, %error, "not delivered, its aggregate waits");
                DeliveryOutcome::Failed { retry_at, error: error.to_string() }
            }
        };
        marks.push(mark(event, attempts, outcome));
    }
    marks
}

/// A listener that hangs must not stop the worker: what it did not confirm in time is delivered again later.
async fn in_time(engine: &Engine, sink: &dyn EventSink, event: &CloudEvent) -> Result<(), GatewayError> {
    let patience = engine.environment.clock.sleep(engine.habits.sagas.lease / 4);
    match select(sink.deliver(event), patience).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(GatewayError::uncertain("the listener did not answer in time")),
    }
}

fn mark(event: &OutboxEvent, attempts: u32, outcome: DeliveryOutcome) -> DeliveryChange {
    DeliveryChange { event: event.event.number.clone(), attempts, outcome }
}

fn changes(at: DateTime<Utc>, marks: impl Iterator<Item = DeliveryChange>) -> ChangeSet {
    marks.fold(ChangeSet::new(at), ChangeSet::with)
}

/// Doubles with each try: claims and failures both count, so by half of the count.
fn pause(attempts: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempts / 2);
    Duration::from_secs(1).saturating_mul(factor).min(LONGEST_PAUSE)
}
