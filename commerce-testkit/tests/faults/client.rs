//! A buyer who does not give up: sends the same request again when the answer is lost or the server is gone.

use std::{cell::Cell, future::Future, time::Duration};

use commerce_core::{Commerce, Error, Retry, environment::Clock};
use commerce_testkit::{
    stage::Process,
    world::{Died, World},
};
use futures_util::future::{Either, select};

/// The process that fails, and the one that does not.
pub(crate) const FAULTY: Process = Process(1);
pub(crate) const HEALTHY: Process = Process(2);

/// How long a client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a client tries.
const TRIES: u32 = 60;

pub(crate) struct Client<'a> {
    pub(crate) world: &'a World,
    pub(crate) faulty: Commerce,
    pub(crate) healthy: Commerce,
    /// Whether the faulty process has let this client down.
    moved: Cell<bool>,
}

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World, faulty: Commerce, healthy: Commerce) -> Self {
        Self { world, faulty, healthy, moved: Cell::new(false) }
    }

    /// Asks until there is an answer that trying again would not change.
    pub(crate) async fn ask<T, F>(&self, question: impl Fn(Commerce) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let mut last = None;
        for _ in 0..TRIES {
            match self.once(&question).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) if error.retry() == Retry::Never => return Err(error),
                Ok(Err(error)) => last = Some(error),
                Err(Died) => self.moved.set(true),
            }
            self.world.clock.sleep(Duration::from_secs(1)).await;
        }
        panic!("no answer after {TRIES} tries: {last:?}")
    }

    /// One pass of the faulty process's own worker, so that its port calls are tried as well.
    pub(crate) async fn work(&self) {
        if !self.moved.get() {
            let passed = self.once(&|commerce: Commerce| async move { commerce.run_due(100).await }).await;
            self.moved.set(passed.is_err());
        }
    }

    /// Lets time pass.
    pub(crate) async fn wait(&self, pause: Duration) {
        self.world.clock.sleep(pause).await;
    }

    async fn once<T, F>(&self, question: &impl Fn(Commerce) -> F) -> Result<Result<T, Error>, Died>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (process, commerce) = match self.moved.get() {
            false => (FAULTY, &self.faulty),
            true => (HEALTHY, &self.healthy),
        };
        let asked = std::pin::pin!(self.world.ask(process, commerce, question));
        match select(asked, self.world.clock.sleep(PATIENCE)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(Died),
        }
    }
}
