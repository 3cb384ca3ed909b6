use std::{
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use commerce_testkit::simulation::{Simulation, Tally, many, report};

/// Runs many seeds on all cores, with progress and the time left.
pub(crate) fn run(seeds: Range<u64>) -> bool {
    let (begun, all) = (Instant::now(), seeds.end - seeds.start);
    let threads = thread::available_parallelism().map_or(1, Into::into);
    let progress = |tally: &Tally| {
        let passed = begun.elapsed();
        let left = passed.as_secs() * (all - tally.runs) / tally.runs.max(1);
        println!("{} of {all} seeds, {} failed, {left} s left", tally.runs, tally.failures);
    };
    let tally = many(seeds, threads, Duration::MAX, Simulation::of, progress);
    println!("{}", tally.coverage.table());
    tally.coverage.gaps().iter().for_each(|gap| println!("{gap}"));
    println!(
        "{} seeds in {} s on {threads} threads: {} port calls, {} orders, {} faults, at least {} in each",
        tally.runs,
        begun.elapsed().as_secs(),
        tally.calls,
        tally.orders,
        tally.faults,
        tally.fewest,
    );
    for failed in &tally.failed {
        let what = failed.violations.first().map(ToString::to_string).unwrap_or_default();
        println!("seed {}: {what}", failed.seed);
    }
    if let Some(first) = tally.failed.first() {
        println!("{}", report(&Simulation::of(first.seed), first));
    }
    tally.failed.is_empty()
}
