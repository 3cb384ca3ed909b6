use std::{collections::BTreeMap, future::Future, sync::Arc};

use commerce_core::{
    domain::{
        ids::{OrderId, PaymentId, PromotionId, SagaId},
        inventory::{Reservation, StockLevel, StockMovement},
        order::Order,
        payment::Payment,
        pricing::Promotion,
    },
    memory::BookEntry,
    storage::{
        Counter, CounterHold, CounterKey, HoldKey, OutboxEvent, Page, SagaRecord, Store, StoreError,
        Versioned,
    },
};

/// Everything a shop has written down, read once.
#[derive(Debug)]
pub struct View {
    pub(super) levels: Vec<StockLevel>,
    pub(super) movements: Vec<StockMovement>,
    pub(super) reservations: Vec<Arc<Reservation>>,
    pub(super) orders: BTreeMap<OrderId, Versioned<Order>>,
    pub(super) payments: BTreeMap<PaymentId, Versioned<Payment>>,
    pub(super) sagas: BTreeMap<SagaId, Versioned<SagaRecord>>,
    pub(super) promotions: BTreeMap<PromotionId, Versioned<Promotion>>,
    pub(super) counters: BTreeMap<CounterKey, Counter>,
    pub(super) holds: BTreeMap<HoldKey, CounterHold>,
    pub(super) events: Vec<OutboxEvent>,
    pub(super) books: Option<Vec<BookEntry>>,
}

impl View {
    /// Reads the whole store.
    ///
    /// # Errors
    /// As the store fails to read.
    pub async fn read(store: &dyn Store, books: Option<&[BookEntry]>) -> Result<Self, StoreError> {
        Ok(Self {
            levels: all(|page| store.stock(page), |level| level.key.clone()).await?,
            movements: all(|page| store.movements(page), |movement| movement.key.clone()).await?,
            reservations: all(|page| store.reservations(page), |held| held.id).await?,
            orders: keyed(all(|page| store.orders(page), |order| order.id).await?, |order| order.id),
            payments: keyed(all(|page| store.payments(page), |payment| payment.id).await?, |payment| {
                payment.id
            }),
            sagas: keyed(all(|page| store.sagas(page), |saga| saga.id).await?, |saga| saga.id),
            promotions: keyed(all(|page| store.promotions(page), |one| one.id).await?, |one| one.id),
            counters: all(|page| store.counters(page), |(key, _)| key.clone()).await?.into_iter().collect(),
            holds: all(|page| store.counter_holds(page), |(key, _)| key.clone()).await?.into_iter().collect(),
            events: all(|page| store.events(page), |event| event.event.number.clone()).await?,
            books: books.map(<[BookEntry]>::to_vec),
        })
    }

    /// How the checkout of an order stands, unless it is forgotten.
    pub(super) fn checkout(&self, order: OrderId) -> Option<&SagaRecord> {
        let checkout = commerce_core::domain::ids::CheckoutId::from(order);
        self.sagas.get(&SagaId::from(checkout)).map(|saga| &*saga.value)
    }
}

async fn all<T, K: Clone, F>(read: impl Fn(Page<K>) -> F, key: impl Fn(&T) -> K) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Vec<T>, StoreError>>,
{
    let mut found = Vec::new();
    let mut page = Page::first(Page::<K>::LIMIT);
    loop {
        let rows = read(page.clone()).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        page = Page::after(key(last), page.limit);
        found.extend(rows);
    }
}

fn keyed<K: Ord, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> BTreeMap<K, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
