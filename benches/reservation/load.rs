use std::{
    fmt,
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
    storage::{ChangeSet, StockChange},
};
use commerce_testkit::fixtures::{NOON, after_noon, location, sku, uuid};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::stores::{Kind, Stored};

#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    pub(crate) callers: usize,
    pub(crate) lasting: Duration,
    pub(crate) skus: u64,
    pub(crate) ids: Ids,
}

#[derive(Clone, Copy)]
pub(crate) enum Ids {
    /// As UUIDs of version 7 come.
    InOrder,
    Random,
}

/// What came of a load; the times are microseconds.
pub(crate) struct Figures {
    pub(crate) per_second: u128,
    p50: u32,
    p99: u32,
}

/// One run on a fresh store.
pub(crate) fn measure(load: &Load) -> Figures {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let skus = (0..load.skus).map(|number| sku(&format!("SKU-{number:05}"))).collect();
        let drawn = AtomicU64::new(0);
        let shop = Arc::new(Shop { store: Stored::new(load.kind).await, skus, ids: load.ids, drawn });
        shop.fill().await;
        let mut callers = JoinSet::new();
        let start = Instant::now();
        for _ in 0..load.callers {
            callers.spawn(buy(Arc::clone(&shop), start + load.lasting));
        }
        let mut waits = callers.join_all().await.concat();
        let took = start.elapsed();
        let reserved = shop.store.reserved(&shop.skus).await;
        assert_eq!(usize::try_from(reserved), Ok(waits.len()));
        waits.sort_unstable();
        let done = u128::try_from(waits.len()).unwrap();
        let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
        Figures { per_second: done * 1_000_000_000 / took.as_nanos(), p50: at(50), p99: at(99) }
    })
}

struct Shop {
    store: Stored,
    skus: Vec<Sku>,
    ids: Ids,
    drawn: AtomicU64,
}

impl Shop {
    async fn fill(&self) {
        for some in self.skus.chunks(1_000) {
            let deliveries = some.iter().map(|sku| {
                let stock = StockKey { sku: sku.clone(), location: location("main") };
                StockChange::Receive { stock, units: 1_000_000_000 }
            });
            let all = deliveries.fold(ChangeSet::new(NOON), |changes, delivery| changes.with(delivery));
            self.store.commit(all).await;
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

/// Buys one piece after the other until the time is up; answers how long each took. At least one is bought.
async fn buy(shop: Arc<Shop>, until: Instant) -> Vec<u32> {
    let main = location("main");
    let mut waits = Vec::new();
    let mut last = Instant::now();
    loop {
        let (id, sku) = shop.draw();
        shop.store.commit(one_piece(id, sku, &main)).await;
        let now = Instant::now();
        waits.push(u32::try_from((now - last).as_micros()).unwrap_or(u32::MAX));
        last = now;
        if now >= until {
            return waits;
        }
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

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} · {}", self.per_second, self.p50, self.p99)
    }
}
