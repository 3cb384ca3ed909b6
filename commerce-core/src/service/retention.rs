use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, commerce::Engine, commit_each};
use crate::storage::Cutoffs;

/// How long a shop remembers what is over; the worker forgets it then. `Duration::MAX` is for ever.
///
/// Orders, payments, the ledger of stock and everything in the catalogue are never forgotten. Who asks again for what
/// was forgotten is answered from these: an order is placed once, and money is given back once, however late they ask.
///
/// ```
/// use std::time::Duration;
///
/// use commerce_core::{Commerce, service::Retention};
///
/// let a_week = Duration::from_secs(7 * 24 * 60 * 60);
/// let builder = Commerce::builder().retention(Retention { events: a_week, ..Retention::default() });
/// # drop(builder);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Sagas that have ended, counted from their end; 90 days by default. They are kept at least as long as the gateway
    /// remembers its keys, and as long as one of their own events.
    pub sagas: Duration,
    /// Events, counted from their delivery; 30 days by default. What nobody listens to is never delivered, and stays.
    pub events: Duration,
    /// Carts, counted from their latest change; 90 days by default.
    pub carts: Duration,
    /// Reservations that were sold or given back, counted from when they were made; 90 days by default.
    pub reservations: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self { sagas: DAY * 90, events: DAY * 30, carts: DAY * 90, reservations: DAY * 90 }
    }
}

/// The pause after a look that found less than it might have: what is months old can wait for minutes.
const PAUSE: TimeDelta = TimeDelta::minutes(10);

/// What a process knows of its own forgetting.
#[derive(Debug)]
pub(super) struct Forgetting {
    pub(super) retention: Retention,
    /// When to look again, in milliseconds of the clock.
    look_at: AtomicI64,
}

impl Forgetting {
    pub(super) const fn new(retention: Retention) -> Self {
        Self { retention, look_at: AtomicI64::new(i64::MIN) }
    }
}

/// Forgets at most `limit` of each kind of thing that is over; answers how many in all. The guards look again: what
/// somebody uses meanwhile stays.
pub(super) async fn forget(engine: &Engine, limit: usize) -> Result<usize, Error> {
    let now = engine.environment.clock.now();
    let look_at = &engine.forgetting.look_at;
    if now.timestamp_millis() < look_at.load(Ordering::Relaxed) {
        return Ok(0);
    }
    look_at.store((now + PAUSE).timestamp_millis(), Ordering::Relaxed);
    let records = forget_records(engine, now, limit).await;
    let carts = before(now, engine.forgetting.retention.carts);
    let carts = engine.ports.carts.forget_carts(carts, limit).await;
    let (records, carts) = (records?, carts?);
    if records >= limit || carts >= limit {
        look_at.store(now.timestamp_millis(), Ordering::Relaxed);
    }
    Ok(records + carts)
}

async fn forget_records(engine: &Engine, now: DateTime<Utc>, limit: usize) -> Result<usize, Error> {
    let Retention { sagas, events, reservations, carts: _ } = engine.forgetting.retention;
    // A request that comes again finds its saga for as long as the gateway could still answer under its key.
    let sagas = sagas.max(engine.ports.payments.capabilities().key_retention);
    let cutoffs = Cutoffs {
        sagas: before(now, sagas),
        events: before(now, events),
        reservations: before(now, reservations),
    };
    let over = engine.ports.store.forgettable(cutoffs, limit).await?;
    let found = over.len();
    commit_each(engine, now, over).await?;
    Ok(found)
}

fn before(now: DateTime<Utc>, age: Duration) -> DateTime<Utc> {
    let past = TimeDelta::from_std(age).ok().and_then(|age| now.checked_sub_signed(age));
    past.unwrap_or(DateTime::<Utc>::MIN_UTC)
}
