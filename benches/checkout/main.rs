//! Whole checkouts per second, how long each took and what it cost: `cargo bench --bench checkout`.
//!
//! A part of a row's name behind `--` measures only such rows. A checkout is over for its buyer when `start` answers;
//! the time and the CPU of a run count until the last payment is captured and the last cart closed. Buyers are tasks
//! that wait for their answer before they buy again. Each figure is the median of three runs on fresh shops. SQLite
//! waits for the disk before it answers; compare it with the rows of the same run that write one change set in each
//! transaction through the same driver.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints a table, and stops when anything fails"
)]

mod cpu;
mod load;
mod shops;

#[path = "../stored/mod.rs"]
mod stored;

use std::env;

use load::{Figures, Load, measure};
use shops::Kind;

const RUNS: usize = 3;
const IN_FLIGHT: [usize; 5] = [1, 8, 64, 256, 1_024];

fn main() {
    // As a test it only shows that it works.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let in_flight = IN_FLIGHT.map(|buyers| format!("{buyers} in flight"));
    println!(
        "orders/s · p50 µs · p99 µs · CPU ms an order\n\n| | {} |\n|---|{}",
        in_flight.join(" | "),
        "---|".repeat(IN_FLIGHT.len())
    );
    for (name, kind, lines, skus) in [
        ("memory, 1 line", Kind::Memory, 1, 1),
        ("memory, 10 lines", Kind::Memory, 10, 10),
        ("SQLite, 1 line, one hot SKU", Kind::Sqlite, 1, 1),
        ("SQLite, 1 line, one hot SKU, one a transaction", Kind::SqliteOneByOne, 1, 1),
        ("SQLite, 1 line of 1,000 SKUs", Kind::Sqlite, 1, 1_000),
        ("SQLite, 1 line of 1,000 SKUs, one a transaction", Kind::SqliteOneByOne, 1, 1_000),
    ] {
        if !name.contains(&wanted) {
            continue;
        }
        let cells = IN_FLIGHT.map(|buyers| {
            let orders = if is_bench { kind.orders(buyers) } else { buyers.min(2) };
            median(&Load { kind, buyers, orders, lines, skus }).to_string()
        });
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn median(load: &Load) -> Figures {
    let mut runs: Vec<Figures> = (0..RUNS).map(|_| measure(load)).collect();
    runs.sort_by_key(|figures| figures.per_second);
    runs.swap_remove(RUNS / 2)
}
