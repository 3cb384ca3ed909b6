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
use mimalloc::MiMalloc;
use shops::Kind;

/// As in the storefront.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const RUNS: usize = 3;
const IN_FLIGHT: [usize; 5] = [1, 8, 64, 256, 1_024];
const IN_FLIGHT_ON_A_SERVER: [usize; 4] = [1, 8, 32, 256];

/// A name, where the shop is, the lines of a cart, and the SKUs they are drawn from.
type Row = (&'static str, Kind, usize, usize);

const IN_PROCESS: [Row; 6] = [
    ("memory, 1 line", Kind::Memory, 1, 1),
    ("memory, 10 lines", Kind::Memory, 10, 10),
    ("SQLite, 1 line, one hot SKU", Kind::Sqlite, 1, 1),
    ("SQLite, 1 line, one hot SKU, one a transaction", Kind::SqliteOneByOne, 1, 1),
    ("SQLite, 1 line of 1,000 SKUs", Kind::Sqlite, 1, 1_000),
    ("SQLite, 1 line of 1,000 SKUs, one a transaction", Kind::SqliteOneByOne, 1, 1_000),
];

const IN_POSTGRES: [Row; 3] = [
    ("PostgreSQL, 1 line, one hot SKU", Kind::Postgres, 1, 1),
    ("PostgreSQL, 1 line of 1,000 SKUs", Kind::Postgres, 1, 1_000),
    ("PostgreSQL, 10 lines of 1,000 SKUs", Kind::Postgres, 10, 1_000),
];

fn main() {
    // As a test it only shows that it works.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    table("", &IN_FLIGHT, &IN_PROCESS, is_bench, &wanted);
    table(" · CPU ms of the server", &IN_FLIGHT_ON_A_SERVER, &IN_POSTGRES, is_bench, &wanted);
}

fn table(more: &str, in_flight: &[usize], rows: &[Row], is_bench: bool, wanted: &str) {
    let heads: Vec<_> = in_flight.iter().map(|buyers| format!("{buyers} in flight")).collect();
    println!(
        "\norders/s · p50 µs · p99 µs · CPU ms an order{more}\n\n| | {} |\n|---|{}",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for (name, kind, lines, skus) in rows.iter().copied().filter(|(name, ..)| name.contains(wanted)) {
        let cells = in_flight.iter().copied().map(|buyers| {
            let orders = if is_bench { kind.orders(buyers) } else { buyers.min(2) };
            median(&Load { kind, buyers, orders, lines, skus }).to_string()
        });
        println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

fn median(load: &Load) -> Figures {
    let mut runs: Vec<Figures> = (0..RUNS).map(|_| measure(load)).collect();
    runs.sort_by_key(|figures| figures.per_second);
    runs.swap_remove(RUNS / 2)
}
