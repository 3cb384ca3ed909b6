//! The engine in a world where everything goes wrong, by seeds. In an optimised build 20,000 of them, or as many as ten
//! minutes allow: `just simulate-all`. Otherwise a few, to notice a breach early.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop")]

use std::{thread, time::Duration};

use commerce_testkit::simulation::{Simulation, Tally, many, planted::BUGS, report};

/// Enough runs to reach everything, which an unoptimised build has no time for.
const THOROUGH: bool = !cfg!(debug_assertions);
const SEEDS: u64 = if THOROUGH { 20_000 } else { 200 };
const TIME: Duration = Duration::from_secs(600);
const REPLAYS: u64 = if THOROUGH { 200 } else { 10 };
const THREADS: usize = 2;

#[test]
fn no_seed_breaks_a_rule() {
    let told = |tally: &Tally| println!("{} seeds, {} failed", tally.runs, tally.failures);
    let tally = many(1..SEEDS + 1, THREADS, TIME, Simulation::of, told);
    println!(
        "{} seeds: {} port calls, {} orders, {} faults, at least {} in each, {} violations",
        tally.runs, tally.calls, tally.orders, tally.faults, tally.fewest, tally.failures
    );
    if let Some(first) = tally.failed.first() {
        panic!(
            "{} of {} seeds fail\n{}",
            tally.failures,
            tally.runs,
            report(&Simulation::of(first.seed), first)
        );
    }
    assert!(tally.fewest >= 60, "a run had only {} faults", tally.fewest);
    if THOROUGH {
        println!("{}", tally.coverage.table());
        assert_eq!(tally.coverage.gaps(), [""; 0], "never reached");
    }
}

#[test]
fn a_seed_is_the_same_run_every_time() {
    thread::scope(|scope| {
        for seed in 1..=REPLAYS {
            let again = scope.spawn(move || Simulation::of(seed).logged().run());
            let (here, there) = (Simulation::of(seed).logged().run(), again.join().unwrap());
            assert_eq!(here.log, there.log, "seed {seed}");
            assert_eq!((here.calls, here.faults), (there.calls, there.faults), "seed {seed}");
        }
    });
}

#[test]
fn every_planted_bug_is_found() {
    /// Within so many seeds; most are found by the first.
    const MOST: u64 = 2_000;
    assert!(BUGS.len() >= 15);
    for bug in BUGS {
        let planted = |seed| Simulation::of(seed).with_bug(bug.planted);
        let found = commerce_testkit::simulation::first_failure(1..MOST + 1, planted);
        let found = found.unwrap_or_else(|| panic!("{} went unnoticed through {MOST} seeds", bug.name));
        println!("{}: seed {}, {}", bug.name, found.seed, found.violations[0]);
    }
}
