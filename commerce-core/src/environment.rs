//! What the engine needs of its surroundings: the time, fresh ids, and somewhere to run its own work.
//!
//! Nothing else in this crate reads a clock, draws a random number or starts a task, so a test that replaces
//! these three owns time itself.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A future that owns everything it touches.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells the time and waits for it.
///
/// # To be correct
/// - `sleep` returns no earlier than `duration` after it was first polled, by the same clock as `now`.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
    /// Returns when `duration` has passed.
    async fn sleep(&self, duration: Duration);
}

/// Draws ids that were never drawn before.
///
/// # To be correct
/// - no two calls anywhere answer the same; ids that rise with time (version 7) keep stores fast.
pub trait IdSource: fmt::Debug + Send + Sync {
    /// A new id.
    fn draw(&self) -> Uuid;
}

/// Runs work that must not die with the request that caused it.
///
/// # To be correct
/// - `spawn` returns at once, and the work runs to its end unless the process dies.
pub trait Spawner: fmt::Debug + Send + Sync {
    /// Starts the work.
    fn spawn(&self, work: Work);
}

/// The three together.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws ids.
    pub ids: Arc<dyn IdSource>,
    /// Runs the engine's own work.
    pub spawner: Arc<dyn Spawner>,
}

#[cfg(feature = "tokio")]
pub use system::{SystemClock, SystemIds, TokioSpawner};

#[cfg(feature = "tokio")]
mod system {
    use super::*;

    impl Environment {
        /// The system's clock, UUIDs of version 7, and tasks of the surrounding tokio runtime.
        pub fn system() -> Self {
            Self { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds), spawner: Arc::new(TokioSpawner) }
        }
    }

    /// The system's clock and tokio's timer.
    #[derive(Debug, Clone, Copy, Default)]
    pub struct SystemClock;

    #[async_trait]
    impl Clock for SystemClock {
        fn now(&self) -> DateTime<Utc> {
            Utc::now()
        }

        async fn sleep(&self, duration: Duration) {
            tokio::time::sleep(duration).await;
        }
    }

    /// Draws UUIDs of version 7 that rise within the process.
    #[derive(Debug, Clone, Copy, Default)]
    pub struct SystemIds;

    impl IdSource for SystemIds {
        fn draw(&self) -> Uuid {
            Uuid::now_v7()
        }
    }

    /// Runs work as tasks of the surrounding tokio runtime.
    #[derive(Debug, Clone, Copy, Default)]
    pub struct TokioSpawner;

    impl Spawner for TokioSpawner {
        fn spawn(&self, work: Work) {
            drop(tokio::spawn(work));
        }
    }
}
