//! Runs the simulation by hand: `simulate seed 42`, `simulate long 100000`.

#![allow(clippy::print_stdout, reason = "it talks to whoever started it")]

use std::{env, time::Instant};

use commerce_testkit::simulation::{Coverage, Simulation};

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
    match (words.first().map(String::as_str), number(1)) {
        (Some("seed"), Some(seed)) => {
            let outcome = Simulation::of(seed).logged().run();
            for line in &outcome.log {
                println!("{line}");
            }
            println!("{} calls {} faults {} orders", outcome.calls, outcome.faults.len(), outcome.orders);
            for violation in outcome.violations {
                println!("{violation}");
            }
        }
        (Some("long"), Some(seeds)) => {
            let from = number(2).unwrap_or(1);
            let begun = Instant::now();
            let mut coverage = Coverage::default();
            let (mut faults, mut calls, mut orders, mut least, mut bad) = (0, 0, 0, usize::MAX, 0);
            for seed in from..from + seeds {
                let outcome = Simulation::of(seed).run();
                coverage.add(&outcome.coverage);
                faults += outcome.faults.len();
                calls += outcome.calls;
                orders += outcome.orders;
                least = least.min(outcome.faults.len());
                if !outcome.violations.is_empty() {
                    bad += 1;
                    if bad < 30 {
                        println!("seed {seed}: {}", outcome.violations[0]);
                    }
                }
            }
            println!("{}", coverage.table());
            for gap in coverage.gaps() {
                println!("{gap}");
            }
            println!(
                "{seeds} seeds in {:?}, {bad} bad, {faults} faults (least {least}), {calls} calls, {orders} orders",
                begun.elapsed()
            );
        }
        _ => println!("simulate seed N | long N [FROM]"),
    }
}
