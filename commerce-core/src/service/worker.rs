use std::{future::Future, pin::pin, time::Duration};

use futures_util::{
    StreamExt,
    future::{Either, select},
    stream,
};

use super::{
    Commerce, Error, commerce::Engine, event_relay::relay, retention::forget, sagas::go_on, sweeper::sweep,
};
use crate::{saga::Resume, storage::StoreError};

/// How many sagas one pass goes on with at the same time.
const AT_ONCE: usize = 16;
/// How many of each a pass of the worker takes.
const BATCH: usize = 256;
/// The pause after a pass that found nothing to do.
const IDLE: Duration = Duration::from_millis(500);

/// What one pass did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Sagas that went on.
    pub sagas: usize,
    /// Events delivered.
    pub events: usize,
    /// Expired holds given back.
    pub released: usize,
    /// Sagas, reservations, events and carts forgotten because of their age.
    pub forgotten: usize,
}

impl Commerce {
    /// Does what is due, once: at most `limit` sagas, events and expired holds, and at most `limit` of each kind of
    /// thing that is old enough to be [forgotten](super::Retention). For cron jobs and tests.
    ///
    /// What is old enough is looked for by the first pass, and again ten minutes after a pass that found little.
    ///
    /// # Errors
    /// As one of them fails; the others have been done all the same.
    pub async fn run_due(&self, limit: usize) -> Result<Report, Error> {
        let engine = &*self.engine;
        let sagas = run_sagas(engine, limit).await;
        let released = sweep(engine, limit).await;
        let events = relay(engine, limit).await;
        let forgotten = forget(engine, limit).await;
        Ok(Report { sagas: sagas?, events: events?, released: released?, forgotten: forgotten? })
    }

    /// Does what is due until `stop` is ready, then finishes the pass under way and returns. Any number of workers,
    /// in any number of processes, may run beside each other.
    pub async fn worker(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        loop {
            let pass = self.run_due(BATCH).await;
            if let Err(error) = &pass {
                tracing::warn!(%error, "a pass of the worker failed");
            }
            let idle = !matches!(pass, Ok(report) if report != Report::default());
            let pause = self.engine.environment.clock.sleep(if idle { IDLE } else { Duration::ZERO });
            if let Either::Left(_) = select(&mut stop, pause).await {
                return;
            }
        }
    }
}

async fn run_sagas(engine: &Engine, limit: usize) -> Result<usize, Error> {
    let now = engine.environment.clock.now();
    let due =
        engine.strangers.pass_over(engine.ports.store.due(now, limit + engine.strangers.count(now)).await?);
    let ran = stream::iter(due.into_iter().take(limit)).map(|id| async move {
        let resumed = go_on(engine, id).await;
        if let Err(error) = &resumed {
            tracing::warn!(saga = %id, %error, "a saga could not go on");
        }
        if let Err(StoreError::Corrupt { .. }) = resumed {
            engine.strangers.add(id, now);
        }
        usize::from(matches!(resumed, Ok(Resume::Ran)))
    });
    Ok(ran.buffer_unordered(AT_ONCE).fold(0, |sum, ran| async move { sum + ran }).await)
}
