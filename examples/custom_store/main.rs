//! A store of one's own, over any database that can write several values by key at once; `pairs.rs` stands in for one.
//!
//! `cargo run --example custom_store`. `tests/custom_store.rs` proves it with the rules that every store has to keep. No
//! guard is written here: the engine judges what [`Transactional`] loads, and says what has to be saved. Readers look
//! through whole tables where a real store has an index.

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

mod pairs;

use std::{collections::BTreeSet, error::Error, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_kit::{
    domain::{
        catalog::*, customer::*, event::*, ids::*, inventory::*, order::Order, payment::Payment,
        pricing::Promotion,
    },
    environment::TokioSpawner,
    storage::{apply::Rows, *},
};
use commerce_testkit::shop::TestShop;
use futures_util::lock::Mutex;
use pairs::{Key, Pairs, Read, values};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A shop in key-value pairs.
#[derive(Debug)]
pub(crate) struct KeyValueStore {
    group: GroupCommit<Database>,
}

#[derive(Debug, Default)]
struct Database(Mutex<Pairs>);

impl KeyValueStore {
    pub(crate) fn new() -> Self {
        Self { group: GroupCommit::new(Database::default(), Arc::new(TokioSpawner)) }
    }

    async fn pairs(&self) -> impl std::ops::Deref<Target = Pairs> + '_ {
        self.group.store().0.lock().await
    }

    /// One record.
    async fn one<T: DeserializeOwned>(&self, table: &str, key: impl Key) -> Read<Option<Versioned<T>>> {
        self.pairs().await.record(table, &key)
    }

    /// Records by key.
    async fn page<K: Key, T: DeserializeOwned>(&self, table: &str, page: Page<K>) -> Read<Vec<Versioned<T>>> {
        self.pairs().await.records(table, page.after.as_ref(), page.limit)
    }

    /// Every record.
    async fn every<T: DeserializeOwned>(&self, table: &str) -> Read<Vec<Versioned<T>>> {
        self.pairs().await.records(table, None::<&String>, usize::MAX)
    }

    /// Rows by key, each with its key.
    async fn rows<K: Key + DeserializeOwned, V: DeserializeOwned>(
        &self,
        table: &str,
        page: Page<K>,
    ) -> Read<Vec<(K, V)>> {
        self.pairs().await.page(table, page.after.as_ref(), page.limit)
    }

    /// Every row, each with its key.
    async fn all<K: Key + DeserializeOwned, V: DeserializeOwned>(&self, table: &str) -> Read<Vec<(K, V)>> {
        self.rows(table, Page { after: None, limit: usize::MAX }).await
    }
}

#[async_trait]
impl Store for KeyValueStore {
    async fn commit(&self, changes: ChangeSet) -> Read<Receipt> {
        self.group.commit(changes).await
    }
}

#[async_trait]
impl Transactional for Database {
    /// Whoever has the pairs is alone; a real database would open a transaction, and commit it in the end.
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        let mut pairs = self.0.lock().await;
        let mut rows = load(&pairs, batch.keys())?;
        let answers = batch.judge(&mut rows);
        save(&mut pairs, &rows)?;
        Ok(answers)
    }
}

fn load(pairs: &Pairs, keys: &Keys) -> Read<Rows> {
    let (mut rows, expected) = (Rows::subset(), &keys.expected);
    pairs.load("stock", &keys.stock, &mut rows.stock)?;
    pairs.load("reservation", keys.reservations.union(&expected.reservations), &mut rows.reservations)?;
    pairs.load("counter", &keys.counters, &mut rows.counters)?;
    pairs.load("hold", &keys.counter_holds, &mut rows.counter_holds)?;
    pairs.load("name", &keys.names, &mut rows.names)?;
    pairs.load("event", &keys.events, &mut rows.events)?;
    pairs.load_records("product", expected.products.keys(), &mut rows.products)?;
    pairs.load_records("promotion", expected.promotions.keys(), &mut rows.promotions)?;
    pairs.load_records("customer", expected.customers.keys(), &mut rows.customers)?;
    pairs.load_records("order", expected.orders.keys(), &mut rows.orders)?;
    pairs.load_records("payment", expected.payments.keys(), &mut rows.payments)?;
    pairs.load_records("saga", expected.sagas.keys().chain(&keys.forgotten), &mut rows.sagas)?;
    pairs.load_records("signal", expected.signals.keys().chain(&keys.forgotten), &mut rows.signals)?;
    Ok(rows)
}

fn save(pairs: &mut Pairs, rows: &Rows) -> Read<()> {
    pairs.save("stock", &rows.stock)?;
    pairs.save("reservation", &rows.reservations)?;
    pairs.save("movement", &rows.movements)?;
    pairs.save("counter", &rows.counters)?;
    pairs.save("hold", &rows.counter_holds)?;
    pairs.save("name", &rows.names)?;
    pairs.save("event", &rows.events)?;
    pairs.save_records("product", &rows.products)?;
    pairs.save_records("promotion", &rows.promotions)?;
    pairs.save_records("customer", &rows.customers)?;
    pairs.save_records("order", &rows.orders)?;
    pairs.save_records("payment", &rows.payments)?;
    pairs.save_records("saga", &rows.sagas)?;
    pairs.save_records("signal", &rows.signals)?;
    Ok(())
}

#[async_trait]
impl CatalogReader for KeyValueStore {
    async fn product(&self, id: ProductId) -> Read<Option<Versioned<Product>>> {
        self.one("product", id).await
    }

    async fn products(&self, page: Page<ProductId>) -> Read<Vec<Versioned<Product>>> {
        self.page("product", page).await
    }

    async fn listings(&self, skus: &[Sku]) -> Read<Vec<Option<Listing>>> {
        let products: Vec<Versioned<Product>> = self.every("product").await?;
        let listing = |sku| products.iter().find_map(|it| Listing::of(Arc::clone(&it.value), sku));
        Ok(skus.iter().map(listing).collect())
    }

    async fn promotion(&self, id: PromotionId) -> Read<Option<Versioned<Promotion>>> {
        self.one("promotion", id).await
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Read<Vec<Versioned<Promotion>>> {
        self.page("promotion", page).await
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Read<Vec<Arc<Promotion>>> {
        let all = self.every::<Promotion>("promotion").await?.into_iter().map(|it| it.value);
        Ok(all.filter(|it| it.code.is_none() || it.code.as_ref() == coupon).collect())
    }
}

#[async_trait]
impl CustomerReader for KeyValueStore {
    async fn customer(&self, id: CustomerId) -> Read<Option<Versioned<Customer>>> {
        self.one("customer", id).await
    }

    async fn customer_by_email(&self, email: &Email) -> Read<Option<Versioned<Customer>>> {
        Ok(self.every::<Customer>("customer").await?.into_iter().find(|it| it.email == *email))
    }

    async fn customers(&self, page: Page<CustomerId>) -> Read<Vec<Versioned<Customer>>> {
        self.page("customer", page).await
    }
}

#[async_trait]
impl InventoryReader for KeyValueStore {
    async fn stock_levels(&self, skus: &[Sku]) -> Read<Vec<StockLevel>> {
        let all = self.all::<StockKey, StockLevel>("stock").await?.into_iter();
        Ok(all.filter(|(key, _)| skus.contains(&key.sku)).map(|(_, level)| level).collect())
    }

    async fn stock(&self, page: Page<StockKey>) -> Read<Vec<StockLevel>> {
        Ok(values(self.rows("stock", page).await?))
    }

    async fn reservation(&self, id: ReservationId) -> Read<Option<Arc<Reservation>>> {
        let found: Option<(ReservationId, _)> = self.pairs().await.get("reservation", &id)?;
        Ok(found.map(|(_, reservation)| reservation))
    }

    async fn reservations(&self, page: Page<ReservationId>) -> Read<Vec<Arc<Reservation>>> {
        Ok(values(self.rows("reservation", page).await?))
    }

    async fn expired_holds(
        &self,
        now: DateTime<Utc>,
        skus: Option<&[Sku]>,
        limit: usize,
    ) -> Read<Vec<Arc<Reservation>>> {
        let mut holds = values(self.all::<ReservationId, Arc<Reservation>>("reservation").await?);
        let asked = |line: &ReservedLine| skus.is_none_or(|skus| skus.contains(&line.key.sku));
        holds.retain(|hold| hold.is_expired(now) && hold.lines.iter().any(asked));
        holds.sort_by_key(|hold| match hold.holder {
            Holder::Cart { until, .. } => Some(until),
            Holder::Checkout { .. } => None,
        });
        holds.truncate(limit);
        Ok(holds)
    }

    async fn movements(&self, page: Page<MovementKey>) -> Read<Vec<StockMovement>> {
        Ok(values(self.rows("movement", page).await?))
    }

    async fn counters(&self, page: Page<CounterKey>) -> Read<Vec<(CounterKey, Counter)>> {
        self.rows("counter", page).await
    }

    async fn counter_holds(&self, page: Page<HoldKey>) -> Read<Vec<(HoldKey, CounterHold)>> {
        self.rows("hold", page).await
    }
}

#[async_trait]
impl OrderReader for KeyValueStore {
    async fn order(&self, id: OrderId) -> Read<Option<Versioned<Order>>> {
        self.one("order", id).await
    }

    async fn order_by_number(&self, number: &OrderNumber) -> Read<Option<Versioned<Order>>> {
        let name = UniqueName::OrderNumber(number.clone());
        let named: Option<(UniqueName, Uuid)> = self.pairs().await.get("name", &name)?;
        let Some((_, owner)) = named else { return Ok(None) };
        self.one("order", OrderId::from_uuid(owner)).await
    }

    async fn orders(&self, page: Page<OrderId>) -> Read<Vec<Versioned<Order>>> {
        self.page("order", page).await
    }

    async fn orders_of(&self, customer: CustomerId, page: Page<OrderId>) -> Read<Vec<Versioned<Order>>> {
        let rest: Vec<Versioned<Order>> =
            self.page("order", Page { limit: usize::MAX, ..page.clone() }).await?;
        Ok(rest.into_iter().filter(|it| it.customer == Some(customer)).take(page.limit).collect())
    }
}

#[async_trait]
impl PaymentReader for KeyValueStore {
    async fn payment(&self, id: PaymentId) -> Read<Option<Versioned<Payment>>> {
        self.one("payment", id).await
    }

    async fn payments(&self, page: Page<PaymentId>) -> Read<Vec<Versioned<Payment>>> {
        self.page("payment", page).await
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Read<Vec<Versioned<Payment>>> {
        let all = self.every::<Payment>("payment").await?.into_iter();
        Ok(all.filter(|it| it.checkout == checkout).collect())
    }
}

#[async_trait]
impl SagaQueue for KeyValueStore {
    async fn saga(&self, id: SagaId) -> Read<Option<Versioned<SagaRecord>>> {
        self.one("saga", id).await
    }

    async fn signal(&self, id: SagaId) -> Read<Option<Versioned<Signal>>> {
        self.one("signal", id).await
    }

    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Read<Vec<SagaId>> {
        let sagas = self.every::<SagaRecord>("saga").await?;
        let mut due: Vec<_> = sagas.iter().filter_map(|it| Some((it.due_at()?, it.id))).collect();
        due.retain(|(at, _)| *at <= now);
        due.sort_unstable();
        let mut due: Vec<SagaId> = due.into_iter().map(|(_, id)| id).collect();
        let signals = self.every::<Signal>("signal").await?;
        let unheard = signals.iter().filter(|it| it.pending && !due.contains(&it.saga));
        let unheard: Vec<_> = unheard.map(|it| it.saga).collect();
        due.extend(unheard);
        due.truncate(limit);
        Ok(due)
    }

    async fn sagas(&self, page: Page<SagaId>) -> Read<Vec<Versioned<SagaRecord>>> {
        self.page("saga", page).await
    }
}

#[async_trait]
impl Outbox for KeyValueStore {
    /// An event that waits for its next try holds up the later ones of its aggregate.
    async fn undelivered(&self, now: DateTime<Utc>, limit: usize) -> Read<Vec<OutboxEvent>> {
        let mut events = values(self.all::<EventNumber, OutboxEvent>("event").await?);
        let mut waiting = BTreeSet::new();
        events.retain(|it| {
            let aggregate = &it.event.number.aggregate;
            let waits = it.retry_at.is_some_and(|retry_at| retry_at > now);
            if it.delivered_at.is_none() && waits {
                waiting.insert(aggregate.clone());
            }
            it.delivered_at.is_none() && !waiting.contains(aggregate)
        });
        events.truncate(limit);
        Ok(events)
    }

    async fn events(&self, page: Page<EventNumber>) -> Read<Vec<OutboxEvent>> {
        Ok(values(self.rows("event", page).await?))
    }
}

#[async_trait]
impl RetentionReader for KeyValueStore {
    async fn forgettable(&self, before: Cutoffs, limit: usize) -> Read<Vec<Forget>> {
        let events: Vec<(EventNumber, OutboxEvent)> = self.all("event").await?;
        let signals = self.every::<Signal>("signal").await?;
        let mut sagas = Vec::new();
        for saga in self.every::<SagaRecord>("saga").await? {
            let forget = Forget::Saga { id: saga.id, version: saga.version };
            let held_up = forget.held_up_by();
            let is_free = !events.iter().any(|(number, _)| held_up.as_ref() == Some(number))
                && !signals.iter().any(|signal| signal.saga == saga.id && signal.pending);
            sagas.extend(saga.over_since().filter(|_| is_free).map(|at| (at, forget)));
        }
        let reservations = values(self.all::<ReservationId, Arc<Reservation>>("reservation").await?);
        let over = reservations.iter().filter(|it| it.is_over());
        let over = over.map(|it| (it.made_at, Forget::Reservation(it.id))).collect();
        let delivered = events.into_iter();
        let delivered =
            delivered.filter_map(|(number, it)| Some((it.delivered_at?, Forget::Event(number)))).collect();
        let of_age = [(sagas, before.sagas), (over, before.reservations), (delivered, before.events)];
        Ok(of_age.map(|(kind, before)| oldest(kind, before, limit)).concat())
    }
}

fn oldest(mut over: Vec<(DateTime<Utc>, Forget)>, before: DateTime<Utc>, limit: usize) -> Vec<Forget> {
    over.retain(|(at, _)| *at < before);
    over.sort();
    over.into_iter().take(limit).map(|(_, forget)| forget).collect()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(KeyValueStore::new());
    let shop = TestShop::over(store.clone(), |parts| parts);
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    println!("{:?}", shop.buy(cart, "ok").await.status);
    shop.commerce.run_due(100).await?;
    store.pairs().await.keys().for_each(|key| println!("{key}"));
    Ok(())
}
