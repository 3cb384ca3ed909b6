//! Runs the simulation by hand:
//!
//! - `simulate seed 42` replays one seed, and shrinks it if it fails;
//! - `simulate long 1000000` runs a million seeds;
//! - `simulate bugs` plants every bug, and says how soon it is found;
//! - `simulate pairs` runs some seeds with every pair of faults and nothing else.

#![allow(clippy::print_stdout, reason = "it talks to whoever started it")]

mod bugs;
mod long;
mod pairs;

use std::{env, process::ExitCode};

use commerce_testkit::simulation::{Simulation, report};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let number = words.get(1).and_then(|word| word.parse::<u64>().ok());
    let from = words.get(2).and_then(|word| word.parse().ok()).unwrap_or(1);
    let holds = match (words.first().map(String::as_str), number) {
        (Some("seed"), Some(seed)) => replay(seed),
        (Some("long"), Some(seeds)) => long::run(from..from + seeds),
        (Some("bugs"), seeds) => bugs::run(seeds.unwrap_or(2_000)),
        (Some("pairs"), seeds) => pairs::run(seeds.unwrap_or(50)),
        _ => {
            println!("simulate seed SEED | long SEEDS [FROM] | bugs [SEEDS] | pairs [SEEDS]");
            false
        }
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn replay(seed: u64) -> bool {
    let simulation = Simulation::of(seed);
    let outcome = simulation.clone().logged().run();
    if outcome.violations.is_empty() {
        outcome.log.iter().for_each(|line| println!("{line}"));
    } else {
        println!("{}", report(&simulation, &outcome));
    }
    let (faults, calls, orders) = (outcome.faults.len(), outcome.calls, outcome.orders);
    println!("{calls} port calls, {faults} faults, {orders} orders, {} violations", outcome.violations.len());
    outcome.violations.is_empty()
}
