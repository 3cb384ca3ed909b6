use std::{
    fmt,
    future::{Future, pending, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use commerce_core::{
    environment::{Clock, Spawner},
    gateway::GatewayError,
    storage::StoreError,
};

use super::{Call, Fault, Port};
use crate::{
    environment::ManualClock,
    stage::{Process, Stage},
};

/// Decides what goes wrong with the port calls of one process.
pub trait Fate: Send + Sync {
    /// What goes wrong with this call, the next one of the process.
    fn at(&self, call: Call) -> Option<Happening>;

    /// A write or a gateway has just had its effect.
    fn after_effect(&self) {}

    /// The process has just died of a fault.
    fn died(&self) {}
}

/// A fault, and how long it lasts, if it is one that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happening {
    /// What goes wrong.
    pub fault: Fault,
    /// How long a pause is, a call hangs, or an effect is late.
    pub lasts: Duration,
}

/// Where the port calls of one process go through: asks its [`Fate`] at each of them, and makes it come true.
#[derive(Clone)]
pub struct Course {
    stage: Stage,
    clock: ManualClock,
    process: Process,
    fate: Arc<dyn Fate>,
    interleaves: bool,
    abroad: bool,
}

impl Course {
    /// The calls of this process, with this fate.
    pub fn new(stage: Stage, clock: ManualClock, process: Process, fate: Arc<dyn Fate>) -> Self {
        Self { stage, clock, process, fate, interleaves: false, abroad: false }
    }

    /// The same with another fate.
    #[must_use]
    pub fn fated(self, fate: Arc<dyn Fate>) -> Self {
        Self { fate, ..self }
    }

    /// The same; others get their turn before each call and before each reply.
    #[must_use]
    pub fn interleaved(self) -> Self {
        Self { interleaves: true, ..self }
    }

    /// The same, to ports that are woken by threads of their own.
    #[must_use]
    pub fn abroad(self) -> Self {
        Self { abroad: true, ..self }
    }

    /// Makes a port call, or what fate makes of it. `again` is the same request once more, where it can come twice.
    pub(super) async fn through<T, E>(
        &self,
        call: Call,
        effect: impl Future<Output = Result<T, E>> + Send + 'static,
        again: Option<impl Future<Output = Result<T, E>> + Send>,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let happening = self.fate.at(call);
        if self.interleaves {
            turn().await;
        }
        let Some(Happening { fault, lasts }) = happening else {
            let answer = self.watched(call, effect).await;
            if self.interleaves {
                turn().await;
            }
            return answer;
        };
        match fault {
            Fault::ErrorBefore => Err(E::unavailable()),
            Fault::LostRequest => Err(E::uncertain()),
            Fault::Conflict => Err(E::conflict()),
            Fault::ErrorAfter => {
                drop(self.watched(call, effect).await);
                Err(E::uncertain())
            }
            Fault::Late => {
                self.later(lasts, call, effect);
                Err(E::uncertain())
            }
            Fault::CrashBefore => self.crash().await,
            Fault::CrashAfter => {
                drop(self.watched(call, effect).await);
                self.crash().await
            }
            Fault::PauseBefore => {
                self.freeze(lasts).await;
                self.watched(call, effect).await
            }
            Fault::PauseAfter => {
                let answer = self.watched(call, effect).await;
                self.freeze(lasts).await;
                answer
            }
            Fault::Slow => {
                self.clock.sleep(lasts).await;
                self.watched(call, effect).await
            }
            Fault::Twice => {
                let answer = self.watched(call, effect).await;
                if let Some(again) = again {
                    turn().await;
                    drop(again.await);
                    self.fate.after_effect();
                }
                answer
            }
        }
    }

    /// The effect, seen by fate; time stands still while another thread is busy with it.
    async fn watched<T: Send + 'static>(
        &self,
        call: Call,
        effect: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let answer = match self.abroad {
            false => effect.await,
            true => match self.stage.abroad(effect).await {
                Ok(answer) => answer,
                // Everything has been stopped for good.
                Err(_) => pending().await,
            },
        };
        if call.port != Port::Read {
            self.fate.after_effect();
        }
        answer
    }

    /// The effect is on its way and nobody can stop it, not even the death of the process.
    fn later<T: Send + 'static>(
        &self,
        lasts: Duration,
        call: Call,
        effect: impl Future<Output = T> + Send + 'static,
    ) {
        let course = self.clone();
        let work = async move {
            course.clock.sleep(lasts).await;
            drop(course.watched(call, effect).await);
        };
        self.stage.spawner(Stage::WIRE).spawn(Box::pin(work));
    }

    /// The whole process stands still, its timers too.
    async fn freeze(&self, lasts: Duration) {
        self.stage.freeze(self.process, self.clock.now() + lasts);
        turn().await;
    }

    async fn crash<T>(&self) -> T {
        // The task that runs this is off the stage while it is polled; it is dropped as soon as it waits.
        self.stage.kill(self.process);
        self.fate.died();
        pending().await
    }
}

/// Lets everybody else have a turn.
async fn turn() {
    let mut taken = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut taken, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl fmt::Debug for Course {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Course({:?})", self.process)
    }
}

/// How a port's error says what happened.
pub(super) trait Failure: Send + 'static {
    fn unavailable() -> Self;
    fn uncertain() -> Self;
    fn conflict() -> Self;
}

impl Failure for StoreError {
    fn unavailable() -> Self {
        Self::unavailable("a fault was planned here")
    }

    fn uncertain() -> Self {
        Self::uncertain("a fault was planned here")
    }

    fn conflict() -> Self {
        Self::Conflict { record: "a planned fault".into() }
    }
}

impl Failure for GatewayError {
    fn unavailable() -> Self {
        Self::unavailable("a fault was planned here")
    }

    fn uncertain() -> Self {
        Self::uncertain("a fault was planned here")
    }

    fn conflict() -> Self {
        Self::unavailable("a fault was planned here")
    }
}
