use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Coverage, Outcome, Simulation};

/// What came of many runs.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How many runs there were.
    pub runs: u64,
    /// How many faults happened in all.
    pub faults: u64,
    /// How many happened in the run with the fewest.
    pub fewest: usize,
    /// How many port calls there were.
    pub calls: u64,
    /// How many orders were placed.
    pub orders: u64,
    /// What was reached.
    pub coverage: Coverage,
    /// How many runs failed.
    pub failures: u64,
    /// The first hundred of them.
    pub failed: Vec<Outcome>,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        self.fewest =
            if self.runs == 0 { outcome.faults.len() } else { self.fewest.min(outcome.faults.len()) };
        self.runs += 1;
        self.faults += u64::try_from(outcome.faults.len()).unwrap_or_default();
        self.calls += outcome.calls;
        self.orders += u64::try_from(outcome.orders).unwrap_or_default();
        self.coverage.add(&outcome.coverage);
        if !outcome.violations.is_empty() {
            self.failures += 1;
            if self.failed.len() < 100 {
                self.failed.push(outcome);
            }
        }
    }
}

/// Runs each seed of a range, on so many threads, until the time is up. `progress` is told now and then.
pub fn many(
    seeds: Range<u64>,
    threads: usize,
    time: Duration,
    simulation: impl Fn(u64) -> Simulation + Sync,
    progress: impl Fn(&Tally) + Sync,
) -> Tally {
    const TOLD: u64 = 1_000;
    let (next, begun) = (AtomicU64::new(seeds.start), Instant::now());
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while begun.elapsed() < time {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let outcome = simulation(seed).run();
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.add(outcome);
                    if tally.runs % TOLD == 0 {
                        progress(&tally);
                    }
                }
            });
        }
    });
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.failed.sort_by_key(|failed| failed.seed);
    tally
}

/// The first seed of a range that fails, and how many of the range do.
pub fn first_failure(seeds: Range<u64>, simulation: impl Fn(u64) -> Simulation) -> Option<Outcome> {
    seeds.map(|seed| simulation(seed).run()).find(|outcome| !outcome.violations.is_empty())
}
