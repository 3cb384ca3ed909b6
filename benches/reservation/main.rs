//! Reservations per second, and how long each took, through `Arc<dyn Store>`: `cargo bench --bench reservation`.
//!
//! A part of a row's name behind `--` measures only such rows. Each caller is a task that waits for its answer before
//! it asks again; the time includes building the change set. Each figure is the median of three runs on fresh stores.
//! What is settled or released was reserved just before, for as long, and that is not counted. In bulk one caller writes
//! as many rows as there are callers in one statement, and no stock: more than that no reservation can reach.
//! SQLite waits for the disk before it answers; compare it with the rows of the same run that write one change set in
//! each transaction through the same driver, or a batch through another.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints a table, and stops when anything fails"
)]

mod load;
mod postgres;
mod sqlx_sqlite;
mod stores;

#[path = "../stored/mod.rs"]
mod stored;

use std::{env, time::Duration};

use load::{Asked, Figures, Ids, Load, measure};
use mimalloc::MiMalloc;
use postgres::Reference;
use stores::Kind;

/// As in the storefront.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const RUNS: usize = 3;
const CALLERS: [usize; 5] = [1, 8, 64, 256, 1_024];
const CALLERS_OF_A_SERVER: [usize; 5] = [1, 8, 32, 256, 1_024];

type Row = (&'static str, Kind, u64, Ids, Asked);

const IN_PROCESS: [Row; 12] = [
    ("memory, one hot SKU", Kind::Memory, 1, Ids::InOrder, Asked::Reserve),
    ("memory, 10,000 SKUs", Kind::Memory, 10_000, Ids::InOrder, Asked::Reserve),
    ("memory, one hot SKU, random ids", Kind::Memory, 1, Ids::Random, Asked::Reserve),
    ("memory, `inventory().reserve`, one hot SKU", Kind::MemoryHandle, 1, Ids::InOrder, Asked::Reserve),
    ("memory, `inventory().reserve`, 10,000 SKUs", Kind::MemoryHandle, 10_000, Ids::InOrder, Asked::Reserve),
    ("SQLite, one hot SKU", Kind::Sqlite, 1, Ids::InOrder, Asked::Reserve),
    ("SQLite, one a transaction", Kind::SqliteOneByOne, 1, Ids::InOrder, Asked::Reserve),
    ("SQLite, 10,000 SKUs", Kind::Sqlite, 10_000, Ids::InOrder, Asked::Reserve),
    ("SQLite, 10,000 SKUs, one a transaction", Kind::SqliteOneByOne, 10_000, Ids::InOrder, Asked::Reserve),
    ("SQLite through sqlx, one hot SKU", Kind::SqliteBySqlx, 1, Ids::InOrder, Asked::Reserve),
    ("SQLite through sqlx, 10,000 SKUs", Kind::SqliteBySqlx, 10_000, Ids::InOrder, Asked::Reserve),
    ("SQLite, one hot SKU, random ids", Kind::Sqlite, 1, Ids::Random, Asked::Reserve),
];

/// References before and after, because the disk is not the same all the time.
const IN_POSTGRES: [Row; 10] = [
    (
        "PostgreSQL without the engine, naive, one hot SKU",
        Kind::PostgresBy(Reference::Naive),
        1,
        Ids::InOrder,
        Asked::Reserve,
    ),
    ("PostgreSQL, one hot SKU", Kind::Postgres, 1, Ids::InOrder, Asked::Reserve),
    (
        "without the engine, one statement, one hot SKU",
        Kind::PostgresBy(Reference::OneStatement),
        1,
        Ids::InOrder,
        Asked::Reserve,
    ),
    (
        "PostgreSQL without the engine, the same rows in bulk",
        Kind::PostgresInBulk,
        1,
        Ids::InOrder,
        Asked::Reserve,
    ),
    ("PostgreSQL, one hot SKU, settled", Kind::Postgres, 1, Ids::InOrder, Asked::Settle),
    ("PostgreSQL, one hot SKU, released", Kind::Postgres, 1, Ids::InOrder, Asked::Release),
    ("PostgreSQL, 10,000 SKUs", Kind::Postgres, 10_000, Ids::InOrder, Asked::Reserve),
    (
        "without the engine, one statement, 10,000 SKUs",
        Kind::PostgresBy(Reference::OneStatement),
        10_000,
        Ids::InOrder,
        Asked::Reserve,
    ),
    ("PostgreSQL, one hot SKU, random ids", Kind::Postgres, 1, Ids::Random, Asked::Reserve),
    (
        "without the engine, naive, one hot SKU, once more",
        Kind::PostgresBy(Reference::Naive),
        1,
        Ids::InOrder,
        Asked::Reserve,
    ),
];

fn main() {
    // As a test it only shows that it works.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let wanted = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let lasting = Duration::from_millis(if is_bench { 1_500 } else { 5 });
    table("in process", CALLERS, &IN_PROCESS, lasting, &wanted);
    table("PostgreSQL", CALLERS_OF_A_SERVER, &IN_POSTGRES, lasting, &wanted);
}

fn table(title: &str, callers: [usize; 5], rows: &[Row], lasting: Duration, wanted: &str) {
    let heads = callers.map(|callers| format!("{callers} callers")).join(" | ");
    println!("\n{title}: resv/s · p50 µs · p99 µs\n\n| | {heads} |\n|---|{}", "---|".repeat(callers.len()));
    for (name, kind, skus, ids, asked) in rows.iter().copied().filter(|(name, ..)| name.contains(wanted)) {
        let cells =
            callers.map(|callers| median(&Load { kind, callers, lasting, skus, ids, asked }).to_string());
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn median(load: &Load) -> Figures {
    let mut runs: Vec<Figures> = (0..RUNS).map(|_| measure(load)).collect();
    runs.sort_by_key(|figures| figures.per_second);
    runs.swap_remove(RUNS / 2)
}
