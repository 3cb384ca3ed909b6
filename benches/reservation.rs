//! Reservations per second in memory: `cargo bench --bench reservation`.
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
    Commerce,
    domain::{
        ids::{CartId, LocationId, ReservationId, Sku},
        inventory::{Candidates, Demand, Holder, Split, StockKey},
    },
    memory::MemoryStore,
    storage::{ChangeSet, StockChange, Store},
};
use commerce_testkit::{
    fixtures::{NOON, after_noon, location, sku, uuid},
    shop::TestShop,
};
use tokio::{runtime::Runtime, task::JoinSet};

const RUNS: usize = 3;

fn main() {
    // As a test it only shows that it works.
    let reservations = if env::args().any(|argument| argument == "--bench") { 400_000 } else { 400 };
    println!("| resv/s | 1 caller | 8 | 32 |\n|---|---|---|---|");
    for (name, skus, ids, way) in [
        ("store, one hot SKU", 1, Ids::InOrder, Way::Store),
        ("store, 10,000 SKUs", 10_000, Ids::InOrder, Way::Store),
        ("store, one hot SKU, random ids", 1, Ids::Random, Way::Store),
        ("`inventory().reserve`, one hot SKU", 1, Ids::InOrder, Way::Inventory),
        ("`inventory().reserve`, 10,000 SKUs", 10_000, Ids::InOrder, Way::Inventory),
    ] {
        let load = |callers| Load { callers, reservations, skus, ids, way };
        let row = [1, 8, 32].map(|callers| per_second(&load(callers)).to_string());
        println!("| {name} | {} |", row.join(" | "));
    }
}

#[derive(Clone, Copy)]
struct Load {
    callers: u64,
    reservations: u64,
    skus: u64,
    ids: Ids,
    way: Way,
}

/// What is called.
#[derive(Clone, Copy)]
enum Way {
    /// `Store::commit` with a change set made by the caller.
    Store,
    /// The handle a shop calls, which reads the levels and asks the allocation strategy first.
    Inventory,
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
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let commerce = TestShop::over(Arc::clone(&store), |parts| parts).commerce;
    let shop = Arc::new(Shop { store, commerce, skus, ids: load.ids, drawn: AtomicU64::new(0) });
    runtime.block_on(shop.fill());
    let each = load.reservations / load.callers;
    let took = runtime.block_on(async {
        let mut callers = JoinSet::new();
        let start = Instant::now();
        for _ in 0..load.callers {
            match load.way {
                Way::Store => callers.spawn(commit(Arc::clone(&shop), each)),
                Way::Inventory => callers.spawn(reserve(Arc::clone(&shop), each)),
            };
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
    commerce: Commerce,
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

async fn reserve(shop: Arc<Shop>, count: u64) {
    const HOLD: Duration = Duration::from_secs(600);
    for _ in 0..count {
        let (id, sku) = shop.draw();
        let wanted = [(sku.clone(), 1)];
        shop.commerce.inventory().reserve(id, CartId::from_uuid(id.uuid()), HOLD, &wanted).await.unwrap();
    }
}

async fn commit(shop: Arc<Shop>, count: u64) {
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
