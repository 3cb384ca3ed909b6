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
        ids::{CartId, CheckoutId, ReservationId, Sku},
        inventory::{Candidates, Demand, Holder, ReleaseReason, ReservedLine, Split, StockKey},
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
    pub(crate) asked: Asked,
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Reserve,
    /// Sells what was reserved.
    Settle,
    /// Gives back what was reserved.
    Release,
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
        let (store, drawn) = (Stored::new(load.kind).await, AtomicU64::new(0));
        let shop = Arc::new(Shop { store, skus, ids: load.ids, asked: load.asked, drawn });
        shop.fill().await;
        // In bulk one caller asks for all.
        let in_bulk = matches!(load.kind, Kind::PostgresInBulk);
        let (callers, at_once) = if in_bulk { (1, load.callers) } else { (load.callers, 1) };
        let mut buyers = JoinSet::new();
        let mut start = Instant::now();
        for _ in 0..callers {
            buyers.spawn(buy(Arc::clone(&shop), start + load.lasting, at_once));
        }
        let bought = buyers.join_all().await;
        let mut waits: Vec<u32> = bought.iter().flatten().map(|(_, wait)| *wait).collect();
        let mut took = start.elapsed();
        assert_eq!(usize::try_from(shop.store.reserved(&shop.skus).await), Ok(waits.len()));
        if load.asked != Asked::Reserve {
            let mut ending = JoinSet::new();
            start = Instant::now();
            for bought in bought {
                ending.spawn(end(Arc::clone(&shop), bought));
            }
            waits = ending.join_all().await.concat();
            took = start.elapsed();
            assert_eq!(shop.store.reserved(&shop.skus).await, 0);
        }
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
    asked: Asked,
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

/// A reservation, and how long it took.
type Bought = ((ReservationId, Sku), u32);

/// Buys one piece after the other, or some at once, until the time is up. At least one is bought.
async fn buy(shop: Arc<Shop>, until: Instant, at_once: usize) -> Vec<Bought> {
    let mut bought = Vec::new();
    let mut last = Instant::now();
    loop {
        let some: Vec<_> = (0..at_once).map(|_| shop.draw()).collect();
        let pieces = some.iter().map(|(id, sku)| one_piece(*id, sku, shop.asked));
        shop.store.commit(pieces.fold(ChangeSet::new(NOON), ChangeSet::with)).await;
        let now = Instant::now();
        let took = u32::try_from((now - last).as_micros()).unwrap_or(u32::MAX);
        bought.extend(some.into_iter().map(|(id, sku)| ((id, sku.clone()), took)));
        last = now;
        if now >= until {
            return bought;
        }
    }
}

/// Settles or releases one reservation after the other; how long each took.
async fn end(shop: Arc<Shop>, bought: Vec<Bought>) -> Vec<u32> {
    let mut waits = Vec::new();
    let mut last = Instant::now();
    for ((id, sku), _) in bought {
        shop.store.commit(ended(id, sku, shop.asked)).await;
        let now = Instant::now();
        waits.push(u32::try_from((now - last).as_micros()).unwrap_or(u32::MAX));
        last = now;
    }
    waits
}

fn one_piece(id: ReservationId, sku: &Sku, asked: Asked) -> StockChange {
    let candidates = Candidates { locations: vec![location("main")], split: Split::Never };
    let holder = if asked == Asked::Settle {
        Holder::Checkout { checkout: CheckoutId::from_uuid(id.uuid()) }
    } else {
        Holder::Cart { cart: CartId::from_uuid(id.uuid()), until: after_noon(600) }
    };
    let demands = vec![Demand { sku: sku.clone(), units: 1, candidates }];
    StockChange::Reserve { id, holder, demands }
}

fn ended(id: ReservationId, sku: Sku, asked: Asked) -> ChangeSet {
    let lines = vec![ReservedLine { key: StockKey { sku, location: location("main") }, units: 1 }];
    ChangeSet::new(NOON).with(if asked == Asked::Settle {
        StockChange::Commit { id, checkout: CheckoutId::from_uuid(id.uuid()), lines }
    } else {
        StockChange::Release { id, why: ReleaseReason::Asked, lines }
    })
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
