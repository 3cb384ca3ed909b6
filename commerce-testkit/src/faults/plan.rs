use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Course, Fate, Happening};
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
    /// The call hangs for longer than a lease, then has its effect; the rest of the process goes on.
    Slow,
    /// The request comes twice.
    Twice,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 11] = [
        Self::ErrorBefore,
        Self::LostRequest,
        Self::ErrorAfter,
        Self::Late,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::PauseBefore,
        Self::PauseAfter,
        Self::Conflict,
        Self::Slow,
        Self::Twice,
    ];
}

impl Fault {
    /// Whether the whole process stands still for a while.
    pub const fn is_a_pause(self) -> bool {
        matches!(self, Self::PauseBefore | Self::PauseAfter)
    }
}

/// What a port call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
            Fault::Twice => self == Self::Gateway,
            Fault::LostRequest | Fault::ErrorAfter | Fault::Late => self != Self::Read,
            Fault::CrashAfter | Fault::PauseAfter => self != Self::Read,
            Fault::ErrorBefore | Fault::CrashBefore | Fault::PauseBefore | Fault::Slow => true,
        }
    }
}

/// One port call of the watched process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Its method.
    pub name: &'static str,
    /// What it does.
    pub port: Port,
    /// What is being done: of a commit what it writes, of any other call its method.
    pub doing: &'static str,
}

/// Counts the port calls of one process, and lets faults happen at some of them.
#[derive(Clone)]
pub struct FaultPlan {
    course: Course,
    planned: Arc<Planned>,
}

/// What is planned, and what has come of it.
struct Planned {
    pause: Duration,
    watcher: Arc<dyn Fn() + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default, Clone)]
struct State {
    calls: Vec<Call>,
    faults: Vec<(usize, Fault)>,
    happened: usize,
}

impl FaultPlan {
    /// A plan for one process without any fault; a pause is this long.
    pub fn new(stage: Stage, clock: ManualClock, process: Process, pause: Duration) -> Self {
        let planned = Arc::new(Planned { pause, watcher: Arc::new(|| ()), state: Mutex::default() });
        Self { course: Course::new(stage, clock, process, planned.clone()), planned }
    }

    /// The same, calling this after every effect.
    #[must_use]
    pub fn watched(self, watcher: impl Fn() + Send + Sync + 'static) -> Self {
        let (pause, state) = (self.planned.pause, Mutex::new(self.planned.lock().clone()));
        let planned = Arc::new(Planned { pause, watcher: Arc::new(watcher), state });
        Self { course: self.course.fated(planned.clone()), planned }
    }

    /// Lets the fault happen at the call with this index, beside those planned before.
    pub fn at(&self, index: usize, fault: Fault) {
        self.planned.lock().faults.push((index, fault));
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.planned.lock().calls.clone()
    }

    /// How many of the faults have happened.
    pub fn happened(&self) -> usize {
        self.planned.lock().happened
    }
}

impl Planned {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fate for Planned {
    fn at(&self, call: Call) -> Option<Happening> {
        let mut state = self.lock();
        let index = state.calls.len();
        let here = |(at, fault): &&(usize, Fault)| *at == index && call.port.can(*fault);
        let fault = state.faults.iter().find(here).map(|(_, fault)| *fault);
        state.calls.push(call);
        state.happened += usize::from(fault.is_some());
        let lasts = match fault? {
            Fault::Late => Duration::from_secs(3),
            _ => self.pause,
        };
        fault.map(|fault| Happening { fault, lasts })
    }

    fn after_effect(&self) {
        (self.watcher)();
    }
}

impl From<FaultPlan> for Course {
    fn from(plan: FaultPlan) -> Self {
        plan.course
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.planned.lock();
        write!(f, "FaultPlan({} calls, {:?})", state.calls.len(), state.faults)
    }
}
