use std::{thread, time::Duration};

use commerce_testkit::simulation::{Simulation, many, planted::BUGS};

/// Plants each bug and prints the first seed that finds it, and how many of the seeds do.
pub(crate) fn run(seeds: u64) -> bool {
    let threads = thread::available_parallelism().map_or(1, Into::into);
    println!("| bug | first seed | share of seeds | first rule |\n|---|---|---|---|");
    let mut all = true;
    for bug in BUGS {
        let planted = |seed| Simulation::of(seed).with_bug(bug.planted);
        let share = many(1..201, threads, Duration::MAX, planted, |_| ());
        let tally = if share.failed.is_empty() {
            many(201..seeds + 1, threads, Duration::MAX, planted, |_| ())
        } else {
            share.clone()
        };
        let found = tally.failures;
        match tally.failed.first() {
            Some(first) => {
                let rule = first.violations.first().map_or("", |violation| violation.rule);
                println!("| {} | {} | {found} of {} | {rule} |", bug.name, first.seed, tally.runs);
            }
            None => println!("| {} | none of {seeds} | 0 | |", bug.name),
        }
        all &= found > 0;
    }
    all
}
