use std::{thread, time::Duration};

use commerce_testkit::{
    faults::Fault,
    simulation::{Simulation, many},
};

/// Runs some seeds with each pair of faults, and nothing else going wrong.
pub(crate) fn run(seeds: u64) -> bool {
    let threads = thread::available_parallelism().map_or(1, Into::into);
    let mut bad = 0;
    for (place, one) in Fault::ALL.into_iter().enumerate() {
        for other in Fault::ALL.into_iter().skip(place) {
            let only = |seed| Simulation::of(seed).with_only(&[one, other]);
            let tally = many(1..seeds + 1, threads, Duration::MAX, only, |_| ());
            let failed = tally.failures;
            println!("{one:?} and {other:?}: {} runs, {} faults, {failed} failed", tally.runs, tally.faults);
            if let Some(first) = tally.failed.first() {
                let what = first.violations.first().map(ToString::to_string).unwrap_or_default();
                println!("    seed {}: {what}", first.seed);
            }
            bad += failed;
        }
    }
    bad == 0
}
