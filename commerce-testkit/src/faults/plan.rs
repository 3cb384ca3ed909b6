use std::{
    fmt,
    future::{Future, pending, poll_fn},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use commerce_core::{environment::Clock, gateway::GatewayError, storage::StoreError};

use crate::{
    environment::ManualClock,
    stage::{Process, Stage},
};

/// What can go wrong with one port call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It has no effect, and the caller is told so.
    ErrorBefore,
    /// It has no effect, and the caller cannot know.
    LostRequest,
    /// It has its effect, and the caller cannot know: the lost reply.
    ErrorAfter,
    /// It has its effect some seconds after the caller was told that nothing is known.
    Late,
    /// The process dies before the effect.
    CrashBefore,
    /// The process dies after the effect.
    CrashAfter,
    /// The process is silent for longer than its lease, then the effect comes: the zombie.
    PauseBefore,
    /// The effect comes, then the process is silent for longer than its lease.
    PauseAfter,
    /// Another writer was first.
    Conflict,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::ErrorBefore,
        Self::LostRequest,
        Self::ErrorAfter,
        Self::Late,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::PauseBefore,
        Self::PauseAfter,
        Self::Conflict,
    ];
}

/// What a port call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// It reads: its reply can be lost, but there is no effect that could be uncertain.
    Read,
    /// It writes records that others may have written.
    Write,
    /// It asks a gateway.
    Gateway,
}

impl Port {
    /// Whether this fault can happen here and is not the same as another.
    pub fn can(self, fault: Fault) -> bool {
        match fault {
            Fault::Conflict => self == Self::Write,
            Fault::LostRequest | Fault::ErrorAfter | Fault::Late => self != Self::Read,
            Fault::CrashAfter | Fault::PauseAfter => self != Self::Read,
            Fault::ErrorBefore | Fault::CrashBefore | Fault::PauseBefore => true,
        }
    }
}

/// One port call of the watched process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its method.
    pub name: &'static str,
    /// What it does.
    pub port: Port,
}

/// Counts the port calls of one process, and lets faults happen at some of them.
#[derive(Clone)]
pub struct FaultPlan {
    stage: Stage,
    clock: ManualClock,
    process: Process,
    pause: Duration,
    watcher: Arc<dyn Fn() + Send + Sync>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    faults: Vec<(usize, Fault)>,
    happened: usize,
}

impl FaultPlan {
    /// A plan for one process without any fault; a pause is this long.
    pub fn new(stage: Stage, clock: ManualClock, process: Process, pause: Duration) -> Self {
        Self { stage, clock, process, pause, watcher: Arc::new(|| ()), state: Arc::default() }
    }

    /// The same, calling this after every effect.
    #[must_use]
    pub fn watched(self, watcher: impl Fn() + Send + Sync + 'static) -> Self {
        Self { watcher: Arc::new(watcher), ..self }
    }

    /// Lets the fault happen at the call with this index, beside those planned before.
    pub fn at(&self, index: usize, fault: Fault) {
        self.lock().faults.push((index, fault));
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// How many of the faults have happened.
    pub fn happened(&self) -> usize {
        self.lock().happened
    }

    /// Makes a port call, or what the plan makes of it.
    pub(super) async fn through<T, E>(
        &self,
        call: Call,
        effect: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
    {
        let effects = call.port != Port::Read;
        let watcher = Arc::clone(&self.watcher);
        let effect = async move {
            let answer = effect.await;
            if effects {
                watcher();
            }
            answer
        };
        match self.draw(call) {
            None => effect.await,
            Some(Fault::ErrorBefore) => Err(E::unavailable()),
            Some(Fault::LostRequest) => Err(E::uncertain()),
            Some(Fault::Conflict) => Err(E::conflict()),
            Some(Fault::ErrorAfter) => {
                drop(effect.await);
                Err(E::uncertain())
            }
            Some(Fault::Late) => {
                self.later(effect);
                Err(E::uncertain())
            }
            Some(Fault::CrashBefore) => self.crash().await,
            Some(Fault::CrashAfter) => {
                drop(effect.await);
                self.crash().await
            }
            Some(Fault::PauseBefore) => {
                self.freeze().await;
                effect.await
            }
            Some(Fault::PauseAfter) => {
                let answer = effect.await;
                self.freeze().await;
                answer
            }
        }
    }

    /// The whole process stands still, its timers too.
    async fn freeze(&self) {
        self.stage.freeze(self.process, self.clock.now() + self.pause);
        let mut frozen = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut frozen, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    fn draw(&self, call: Call) -> Option<Fault> {
        let mut state = self.lock();
        let index = state.calls.len();
        let here = |(at, fault): &&(usize, Fault)| *at == index && call.port.can(*fault);
        let fault = state.faults.iter().find(here).map(|(_, fault)| *fault);
        state.calls.push(call);
        state.happened += usize::from(fault.is_some());
        fault
    }

    /// The effect is on its way and nobody can stop it, not even the death of the process.
    fn later<T: Send + 'static>(&self, effect: impl Future<Output = T> + Send + 'static) {
        const WIRE: Process = Process(u32::MAX);
        let clock = self.clock.clone();
        commerce_core::environment::Spawner::spawn(
            &self.stage.spawner(WIRE),
            Box::pin(async move {
                clock.sleep(Duration::from_secs(3)).await;
                drop(effect.await);
            }),
        );
    }

    async fn crash<T>(&self) -> T {
        // The task that runs this is off the stage while it is polled; it is dropped as soon as it waits.
        self.stage.kill(self.process);
        pending().await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        write!(f, "FaultPlan({} calls, {:?})", state.calls.len(), state.faults)
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
