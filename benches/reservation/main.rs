//! Reservations per second in memory, through `Arc<dyn Store>`: `cargo bench --bench reservation`.
//!
//! Each caller is a task that waits for its answer before it asks again. The time includes building the change set.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints a table, and stops when anything fails"
)]

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use commerce_core::{
    domain::{
        ids::{CartId, LocationId, ReservationId, Sku},
        inventory::{Candidates, Demand, Holder, Split, StockKey},
    },
    memory::MemoryStore,
    storage::{ChangeSet, StockChange, Store},
};
use commerce_testkit::fixtures::{NOON, after_noon, location, sku, uuid};
use tokio::{runtime::Runtime, task::JoinSet};

const RUNS: usize = 3;

fn main() {
    // As a test it only shows that it works.
    let reservations = if env::args().any(|argument| argument == "--bench") { 400_000 } else { 400 };
    println!("| resv/s | 1 caller | 8 | 32 |\n|---|---|---|---|");
    for (name, skus, ids) in [
        ("one hot SKU", 1, Ids::InOrder),
        ("10,000 SKUs", 10_000, Ids::InOrder),
        ("one hot SKU, random ids", 1, Ids::Random),
    ] {
        let row =
            [1, 8, 32].map(|callers| per_second(&Load { callers, reservations, skus, ids }).to_string());
        println!("| {name} | {} |", row.join(" | "));
    }
}

#[derive(Clone, Copy)]
struct Load {
    callers: u64,
    reservations: u64,
    skus: u64,
    ids: Ids,
}

#[derive(Clone, Copy)]
enum Ids {
    /// As UUIDs of version 7 come.
    InOrder,
    Random,
}

/// The median of a few runs, each on a fresh store.
fn per_second(load: &Load) -> u128 {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| time(load)).collect();
    times.sort();
    u128::from(load.reservations) * 1_000_000_000 / times[RUNS / 2].as_nanos().max(1)
}

fn time(load: &Load) -> Duration {
    let runtime = Runtime::new().unwrap();
    let skus = (0..load.skus).map(|number| sku(&format!("SKU-{number:05}"))).collect();
    let shop =
        Arc::new(Shop { store: Arc::new(MemoryStore::new()), skus, ids: load.ids, drawn: AtomicU64::new(0) });
    runtime.block_on(shop.fill());
    let each = load.reservations / load.callers;
    let took = runtime.block_on(async {
        let mut callers = JoinSet::new();
        let start = Instant::now();
        for _ in 0..load.callers {
            callers.spawn(buy(Arc::clone(&shop), each));
        }
        callers.join_all().await;
        start.elapsed()
    });
    let levels = runtime.block_on(shop.store.stock_levels(&shop.skus)).unwrap();
    let reserved: i64 = levels.iter().map(|level| level.reserved).sum();
    assert_eq!(u64::try_from(reserved), Ok(each * load.callers));
    took
}

struct Shop {
    store: Arc<dyn Store>,
    skus: Vec<Sku>,
    ids: Ids,
    drawn: AtomicU64,
}

impl Shop {
    async fn fill(&self) {
        for sku in &self.skus {
            let stock = StockKey { sku: sku.clone(), location: location("main") };
            let delivery = StockChange::Receive { stock, units: 1_000_000_000 };
            self.store.commit(ChangeSet::new(NOON).with(delivery)).await.unwrap();
        }
    }

    /// An id that was never drawn before, and any of the SKUs.
    fn draw(&self) -> (ReservationId, &Sku) {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        let random = mixed(number);
        let id = match self.ids {
            Ids::InOrder => number,
            Ids::Random => random,
        };
        let place = usize::try_from(random).unwrap() % self.skus.len();
        (ReservationId::from_uuid(uuid(u128::from(id) << 64)), &self.skus[place])
    }
}

async fn buy(shop: Arc<Shop>, count: u64) {
    let main = location("main");
    for _ in 0..count {
        let (id, sku) = shop.draw();
        shop.store.commit(one_piece(id, sku, &main)).await.unwrap();
    }
}

fn one_piece(id: ReservationId, sku: &Sku, main: &LocationId) -> ChangeSet {
    let candidates = Candidates { locations: vec![main.clone()], split: Split::Never };
    let holder = Holder::Cart { cart: CartId::from_uuid(id.uuid()), until: after_noon(600) };
    let demands = vec![Demand { sku: sku.clone(), units: 1, candidates }];
    ChangeSet::new(NOON).with(StockChange::Reserve { id, holder, demands })
}

/// Numbers that look random (the finish of SplitMix64).
const fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
