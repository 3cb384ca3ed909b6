//! The simulated world around a shop in a file. Its threads answer when they please, so a seed is not the same run
//! twice; what must hold is the same.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop")]

mod fresh;

use std::{sync::Arc, time::Instant};

use commerce_testkit::simulation::{Simulation, Storage};

const SEEDS: u64 = if cfg!(debug_assertions) { 8 } else { 200 };

#[test]
fn no_seed_breaks_a_rule_in_a_file() {
    let (begun, mut faults) = (Instant::now(), 0);
    for seed in 1..=SEEDS {
        let store = fresh::open(&fresh::shop());
        let carts = Arc::new(store.carts());
        let storage = Storage { store: Arc::new(store), carts, abroad: true };
        let outcome = Simulation::of(seed).logged().run_over(storage);
        faults += outcome.faults.len();
        let log = outcome.log.join("\n");
        assert_eq!(outcome.violations, [], "seed {seed}, which may end otherwise next time:\n{log}");
    }
    println!("{SEEDS} seeds over a file: {faults} faults, in {} s", begun.elapsed().as_secs());
}
