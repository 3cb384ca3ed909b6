use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use commerce_core::environment::Clock;

use super::{coverage::Coverage, plan::Plan, swarm::Swarm, town::Town};
use crate::{
    dice::Dice,
    environment::ManualClock,
    faults::{Call, Fate, Fault, Happening},
};

/// Draws what goes wrong in a whole run, and writes down what did.
pub(super) struct Chance {
    seed: u64,
    swarm: Swarm,
    plan: Plan,
    clock: ManualClock,
    on: AtomicBool,
    calls: AtomicU64,
    record: Mutex<Record>,
}

/// What happened.
#[derive(Default)]
pub(super) struct Record {
    pub(super) coverage: Coverage,
    /// The calls that went wrong, by their number.
    pub(super) faults: Vec<u64>,
    /// Every line of the log, where one is kept.
    pub(super) log: Option<Vec<String>>,
}

impl Chance {
    pub(super) fn new(seed: u64, swarm: Swarm, plan: Plan, clock: ManualClock, log: bool) -> Self {
        let record = Record { log: log.then(Vec::new), ..Record::default() };
        let (on, calls) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { seed, swarm, plan, clock, on, calls, record: Mutex::new(record) }
    }

    /// Lets things go wrong, or lets nothing go wrong any more.
    pub(super) fn set(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Whether things may go wrong.
    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) fn faults(&self) -> usize {
        self.record(|record| record.faults.len())
    }

    pub(super) fn record<T>(&self, look: impl FnOnce(&mut Record) -> T) -> T {
        look(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a line to the log, where one is kept.
    pub(super) fn log(&self, line: impl FnOnce() -> String) {
        let now = self.clock.now();
        self.record(|record| {
            if let Some(log) = &mut record.log {
                log.push(format!("{} {}", stamp(now), line()));
            }
        });
    }

    fn draw(&self, call: Call, who: &str) -> Option<Happening> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let drawn = self.is_on().then(|| {
            let mut dice = Dice::of(self.seed ^ 0xfa17, number);
            self.swarm.happening(&mut dice, call).filter(|_| self.plan.lets(number))
        });
        let drawn = drawn.flatten();
        let now = self.clock.now();
        self.record(|record| {
            record.coverage.saw(call.doing);
            if let Some(happening) = drawn {
                record.coverage.met(call.doing, happening.fault);
                record.faults.push(number);
            }
            if let Some(log) = &mut record.log {
                let what = match drawn {
                    None => String::new(),
                    Some(Happening { fault, lasts }) if is_long(fault) => {
                        format!("  !! {fault:?} for {lasts:?}  [{number}]")
                    }
                    Some(Happening { fault, .. }) => format!("  !! {fault:?}  [{number}]"),
                };
                let doing = if call.name == call.doing { String::new() } else { format!(": {}", call.doing) };
                log.push(format!("{} {who:<5} {}{doing}{what}", stamp(now), call.name));
            }
        });
        drawn
    }
}

/// The fate of one process.
pub(super) struct ProcessFate {
    pub(super) chance: Arc<Chance>,
    pub(super) town: Weak<Town>,
    /// Which server.
    pub(super) server: usize,
    /// Such as `2.3`: the third life of the second server.
    pub(super) name: String,
}

impl Fate for ProcessFate {
    fn at(&self, call: Call) -> Option<Happening> {
        self.chance.draw(call, &self.name)
    }

    fn died(&self) {
        if let Some(town) = self.town.upgrade() {
            town.restart(self.server);
        }
    }
}

const fn is_long(fault: Fault) -> bool {
    matches!(fault, Fault::PauseBefore | Fault::PauseAfter | Fault::Slow | Fault::Late)
}

/// The time of a run, in seconds since it began.
fn stamp(now: DateTime<Utc>) -> String {
    let since = (now - ManualClock::default().now()).num_milliseconds();
    format!("{:>7}.{:03}", since / 1_000, since % 1_000)
}
