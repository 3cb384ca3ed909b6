//! Time, ids and tasks in the hands of a test.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use commerce_core::environment::{Clock, IdSource, Spawner, Work};
use uuid::Uuid;

use crate::conformance::block_on;

/// A clock that stands still until a test moves it.
///
/// ```
/// use std::time::Duration;
///
/// use commerce_core::environment::Clock;
/// use commerce_testkit::environment::ManualClock;
///
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!((clock.now() - before).num_seconds(), 60);
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<Time>>);

struct Time {
    now: DateTime<Utc>,
    sleepers: BTreeMap<(DateTime<Utc>, u64), Waker>,
    drawn: u64,
}

impl ManualClock {
    /// Moves the time on and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let now = self.lock().now + by;
        self.advance_to(now);
    }

    /// Moves the time on to this moment, if it lies ahead.
    pub fn advance_to(&self, then: DateTime<Utc>) {
        let mut time = self.lock();
        time.now = time.now.max(then);
        let now = time.now;
        let later = time.sleepers.split_off(&(now, u64::MAX));
        let woken = std::mem::replace(&mut time.sleepers, later);
        drop(time);
        woken.into_values().for_each(Waker::wake);
    }

    /// When the next sleeper wants to be woken.
    pub fn next_sleeper(&self) -> Option<DateTime<Utc>> {
        self.lock().sleepers.first_key_value().map(|((at, _), _)| *at)
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    /// Noon on the first day of 2026.
    fn default() -> Self {
        let now = Utc.timestamp_opt(1_767_268_800, 0).single().unwrap_or(DateTime::UNIX_EPOCH);
        Self(Arc::new(Mutex::new(Time { now, sleepers: BTreeMap::new(), drawn: 0 })))
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.lock().now
    }

    async fn sleep(&self, duration: Duration) {
        let until = self.now() + duration;
        Sleep { clock: self.clone(), until, place: None }.await;
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ManualClock({})", self.lock().now)
    }
}

/// A clock that goes as another one does, but is ahead of it or behind.
#[derive(Debug, Clone)]
pub struct SkewedClock {
    /// The right time.
    pub clock: ManualClock,
    /// How far ahead; below zero for behind.
    pub ahead: TimeDelta,
}

#[async_trait]
impl Clock for SkewedClock {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now() + self.ahead
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

struct Sleep {
    clock: ManualClock,
    until: DateTime<Utc>,
    place: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (clock, until) = (self.clone_clock(), self.until);
        let mut time = clock.lock();
        if time.now >= until {
            return Poll::Ready(());
        }
        let place = *self.place.get_or_insert_with(|| {
            time.drawn += 1;
            time.drawn
        });
        time.sleepers.insert((until, place), cx.waker().clone());
        Poll::Pending
    }
}

impl Sleep {
    fn clone_clock(&self) -> ManualClock {
        self.clock.clone()
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.lock().sleepers.remove(&(self.until, place));
        }
    }
}

/// Runs each piece of work on a thread of its own, for tests without a runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadSpawner;

impl Spawner for ThreadSpawner {
    fn spawn(&self, work: Work) {
        std::thread::spawn(move || block_on(work));
    }
}

/// Draws 1, 2, 3 … as UUIDs of version 7: never the same twice, and the same in every run.
#[derive(Debug, Default)]
pub struct CountedIds(AtomicU64);

impl IdSource for CountedIds {
    fn draw(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        uuid::Builder::from_unix_timestamp_millis(number, &[0; 10]).into_uuid()
    }
}
