use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
};

use commerce_core::domain::ids::ProductId;
use uuid::Uuid;

use super::row::{NO_PRICE, NO_RATING, Row};
use crate::document::Numbers;

/// The numbers of every product, by slot: written in place and seen at once, without a lock for those who read.
#[derive(Debug)]
pub(crate) struct Columns {
    markets: usize,
    chunks: RwLock<Arc<Vec<Arc<Chunk>>>>,
    slots: RwLock<HashMap<ProductId, u32>>,
}

/// The columns for one search. Numbers in it still change; only products that are new since are missing.
#[derive(Debug, Clone)]
pub(crate) struct View(Arc<Vec<Arc<Chunk>>>);

#[derive(Debug)]
struct Chunk {
    ids: Vec<[AtomicU64; 2]>,
    prices: Vec<Vec<AtomicI64>>,
    stock: Vec<AtomicI64>,
    sold: Vec<AtomicU32>,
    rating: Vec<AtomicU32>,
    created: Vec<AtomicI64>,
}

/// How many products a chunk has, as a power of two.
const BITS: u32 = 12;
const SIZE: usize = 1 << BITS;

impl Columns {
    pub(crate) fn new(markets: usize) -> Self {
        Self { markets, chunks: RwLock::default(), slots: RwLock::default() }
    }

    pub(crate) fn view(&self) -> View {
        View(Arc::clone(&self.chunks.read().unwrap_or_else(PoisonError::into_inner)))
    }

    pub(crate) fn slot(&self, product: ProductId) -> Option<u32> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).get(&product).copied()
    }

    /// Writes the row in place. Answers whether a search may see a difference.
    pub(crate) fn set(&self, row: &Row) -> bool {
        let (chunk, at) = place(row.slot);
        let known = self.view().0.len() > chunk;
        if !known {
            self.grow(chunk + 1);
        }
        let view = self.view();
        let Some(chunk) = view.0.get(chunk) else { return false };
        let before = chunk.seen(at);
        let id = row.product.uuid().as_u64_pair();
        chunk.ids[at][0].store(id.0, Relaxed);
        chunk.ids[at][1].store(id.1, Relaxed);
        for (prices, price) in chunk.prices.iter().zip(&row.numbers.prices) {
            prices[at].store(price.unwrap_or(NO_PRICE), Relaxed);
        }
        chunk.stock[at].store(row.numbers.stock, Relaxed);
        chunk.sold[at].store(row.sold, Relaxed);
        chunk.rating[at].store(row.numbers.rating.unwrap_or(NO_RATING).into(), Relaxed);
        chunk.created[at].store(row.numbers.created, Relaxed);
        if self.slot(row.product) != Some(row.slot) {
            let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
            slots.insert(row.product, row.slot);
        }
        before != chunk.seen(at)
    }

    /// The numbers of a product as they are now, and what it sold.
    pub(crate) fn numbers(&self, slot: u32) -> (Numbers, u32) {
        let view = self.view();
        let numbers = Numbers {
            prices: (0..self.markets).map(|market| view.price(slot, market)).collect(),
            stock: view.stock(slot),
            rating: u16::try_from(view.rating(slot)).ok().filter(|rating| *rating != NO_RATING),
            created: view.created(slot),
        };
        (numbers, view.sold(slot))
    }

    fn grow(&self, chunks: usize) {
        let mut held = self.chunks.write().unwrap_or_else(PoisonError::into_inner);
        let mut grown = Vec::clone(&held);
        while grown.len() < chunks {
            grown.push(Arc::new(Chunk::new(self.markets)));
        }
        *held = Arc::new(grown);
    }
}

impl View {
    pub(crate) fn product(&self, slot: u32) -> ProductId {
        let found =
            self.at(slot, |chunk, at| (chunk.ids[at][0].load(Relaxed), chunk.ids[at][1].load(Relaxed)));
        let (high, low) = found.unwrap_or_default();
        ProductId::from_uuid(Uuid::from_u64_pair(high, low))
    }

    pub(crate) fn price(&self, slot: u32, market: usize) -> Option<i64> {
        Some(self.price_or_none(slot, market)).filter(|price| *price != NO_PRICE)
    }

    /// The price, or [`NO_PRICE`].
    pub(crate) fn price_or_none(&self, slot: u32, market: usize) -> i64 {
        let price =
            self.at(slot, |chunk, at| chunk.prices.get(market).map(|prices| prices[at].load(Relaxed)));
        price.flatten().unwrap_or(NO_PRICE)
    }

    pub(crate) fn stock(&self, slot: u32) -> i64 {
        self.at(slot, |chunk, at| chunk.stock[at].load(Relaxed)).unwrap_or_default()
    }

    pub(crate) fn sold(&self, slot: u32) -> u32 {
        self.at(slot, |chunk, at| chunk.sold[at].load(Relaxed)).unwrap_or_default()
    }

    /// In hundredths of a star; [`NO_RATING`] for none.
    pub(crate) fn rating(&self, slot: u32) -> u32 {
        self.at(slot, |chunk, at| chunk.rating[at].load(Relaxed)).unwrap_or_else(|| NO_RATING.into())
    }

    pub(crate) fn created(&self, slot: u32) -> i64 {
        self.at(slot, |chunk, at| chunk.created[at].load(Relaxed)).unwrap_or_default()
    }

    fn at<T>(&self, slot: u32, read: impl Fn(&Chunk, usize) -> T) -> Option<T> {
        let (chunk, at) = place(slot);
        self.0.get(chunk).map(|chunk| read(chunk, at))
    }
}

impl Chunk {
    fn new(markets: usize) -> Self {
        fn column<T>(make: impl Fn() -> T) -> Vec<T> {
            (0..SIZE).map(|_| make()).collect()
        }
        Self {
            ids: column(Default::default),
            prices: (0..markets).map(|_| column(|| AtomicI64::new(NO_PRICE))).collect(),
            stock: column(Default::default),
            sold: column(Default::default),
            rating: column(|| AtomicU32::new(NO_RATING.into())),
            created: column(Default::default),
        }
    }

    /// What answers may depend on: of the stock only whether there is any.
    fn seen(&self, at: usize) -> (Vec<i64>, bool, u32, u32) {
        (
            self.prices.iter().map(|prices| prices[at].load(Relaxed)).collect(),
            self.stock[at].load(Relaxed) > 0,
            self.sold[at].load(Relaxed),
            self.rating[at].load(Relaxed),
        )
    }
}

fn place(slot: u32) -> (usize, usize) {
    let slot = usize::try_from(slot).unwrap_or(usize::MAX);
    (slot >> BITS, slot & (SIZE - 1))
}
