//! Reservations per second, and how long each took, through `Arc<dyn Store>`: `cargo bench --bench reservation`.
//!
//! A part of a row's name behind `--` measures only such rows. Each caller is a task that waits for its answer before
//! it asks again; the time includes building the change set. Each figure is the median of three runs on fresh stores.
//! SQLite waits for the disk before it answers; compare it with the rows of the same run that write one change set in
//! each transaction through the same driver, or a batch through another.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints a table, and stops when anything fails"
)]

mod load;
mod sqlx_sqlite;
mod stores;

#[path = "../stored/mod.rs"]
mod stored;

use std::{env, time::Duration};

use load::{Figures, Ids, Load, measure};
use stores::Kind;

const RUNS: usize = 3;
const CALLERS: [usize; 5] = [1, 8, 64, 256, 1_024];

fn main() {
    // As a test it only shows that it works.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let lasting = Duration::from_millis(if is_bench { 1_500 } else { 5 });
    let callers = CALLERS.map(|callers| format!("{callers} callers"));
    println!(
        "resv/s · p50 µs · p99 µs\n\n| | {} |\n|---|{}",
        callers.join(" | "),
        "---|".repeat(CALLERS.len())
    );
    for (name, kind, skus, ids) in [
        ("memory, one hot SKU", Kind::Memory, 1, Ids::InOrder),
        ("memory, 10,000 SKUs", Kind::Memory, 10_000, Ids::InOrder),
        ("memory, one hot SKU, random ids", Kind::Memory, 1, Ids::Random),
        ("memory, `inventory().reserve`, one hot SKU", Kind::MemoryHandle, 1, Ids::InOrder),
        ("memory, `inventory().reserve`, 10,000 SKUs", Kind::MemoryHandle, 10_000, Ids::InOrder),
        ("SQLite, one hot SKU", Kind::Sqlite, 1, Ids::InOrder),
        ("SQLite, one a transaction", Kind::SqliteOneByOne, 1, Ids::InOrder),
        ("SQLite, 10,000 SKUs", Kind::Sqlite, 10_000, Ids::InOrder),
        ("SQLite, 10,000 SKUs, one a transaction", Kind::SqliteOneByOne, 10_000, Ids::InOrder),
        ("SQLite through sqlx, one hot SKU", Kind::SqliteBySqlx, 1, Ids::InOrder),
        ("SQLite through sqlx, 10,000 SKUs", Kind::SqliteBySqlx, 10_000, Ids::InOrder),
        ("SQLite, one hot SKU, random ids", Kind::Sqlite, 1, Ids::Random),
    ] {
        if !name.contains(&wanted) {
            continue;
        }
        let cells = CALLERS.map(|callers| median(&Load { kind, callers, lasting, skus, ids }).to_string());
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn median(load: &Load) -> Figures {
    let mut runs: Vec<Figures> = (0..RUNS).map(|_| measure(load)).collect();
    runs.sort_by_key(|figures| figures.per_second);
    runs.swap_remove(RUNS / 2)
}
