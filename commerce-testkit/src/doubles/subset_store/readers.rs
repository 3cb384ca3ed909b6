use std::{collections::BTreeSet, fmt::Debug, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        catalog::{Listing, Product},
        customer::{Customer, Email},
        event::EventNumber,
        ids::{
            CheckoutId, CouponCode, CustomerId, OrderId, OrderNumber, PaymentId, ProductId, PromotionId,
            ReservationId, SagaId, Sku,
        },
        inventory::{Holder, MovementKey, Reservation, StockKey, StockLevel, StockMovement},
        order::Order,
        payment::Payment,
        pricing::Promotion,
    },
    storage::{
        CatalogReader, Counter, CounterHold, CounterKey, CustomerReader, Cutoffs, Forget, HoldKey,
        InventoryReader, OrderReader, Outbox, OutboxEvent, Page, PaymentReader, RetentionReader, SagaQueue,
        SagaRecord, Signal, StoreError, UniqueName, Versioned,
        apply::{Record, Table},
    },
};

use super::SubsetStore;

type Read<T> = Result<T, StoreError>;

#[async_trait]
impl CatalogReader for SubsetStore {
    async fn product(&self, id: ProductId) -> Read<Option<Versioned<Product>>> {
        one(&self.rows.lock().await.products, id)
    }

    async fn products(&self, page: Page<ProductId>) -> Read<Vec<Versioned<Product>>> {
        Ok(page_of(&self.rows.lock().await.products, page))
    }

    async fn listings(&self, skus: &[Sku]) -> Read<Vec<Option<Listing>>> {
        let rows = self.rows.lock().await;
        let listing = |sku| values(&rows.products).find_map(|product| Listing::of(product.value, sku));
        Ok(skus.iter().map(listing).collect())
    }

    async fn promotion(&self, id: PromotionId) -> Read<Option<Versioned<Promotion>>> {
        one(&self.rows.lock().await.promotions, id)
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Read<Vec<Versioned<Promotion>>> {
        Ok(page_of(&self.rows.lock().await.promotions, page))
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Read<Vec<Arc<Promotion>>> {
        let rows = self.rows.lock().await;
        let offered = values(&rows.promotions).map(|promotion| promotion.value);
        Ok(offered.filter(|it| it.code.is_none() || it.code.as_ref() == coupon).collect())
    }
}

#[async_trait]
impl CustomerReader for SubsetStore {
    async fn customer(&self, id: CustomerId) -> Read<Option<Versioned<Customer>>> {
        one(&self.rows.lock().await.customers, id)
    }

    async fn customer_by_email(&self, email: &Email) -> Read<Option<Versioned<Customer>>> {
        Ok(values(&self.rows.lock().await.customers).find(|customer| customer.email == *email))
    }

    async fn customers(&self, page: Page<CustomerId>) -> Read<Vec<Versioned<Customer>>> {
        Ok(page_of(&self.rows.lock().await.customers, page))
    }
}

#[async_trait]
impl InventoryReader for SubsetStore {
    async fn stock_levels(&self, skus: &[Sku]) -> Read<Vec<StockLevel>> {
        let rows = self.rows.lock().await;
        let levels = rows.stock.after(None).map(|(_, level)| level);
        Ok(levels.filter(|level| skus.contains(&level.key.sku)).cloned().collect())
    }

    async fn stock(&self, page: Page<StockKey>) -> Read<Vec<StockLevel>> {
        Ok(rows_of(&self.rows.lock().await.stock, page).map(|(_, level)| level.clone()).collect())
    }

    async fn reservation(&self, id: ReservationId) -> Read<Option<Arc<Reservation>>> {
        Ok(self.rows.lock().await.reservations.get(&id)?.cloned())
    }

    async fn reservations(&self, page: Page<ReservationId>) -> Read<Vec<Arc<Reservation>>> {
        Ok(rows_of(&self.rows.lock().await.reservations, page).map(|(_, row)| Arc::clone(row)).collect())
    }

    async fn expired_holds(
        &self,
        now: DateTime<Utc>,
        skus: Option<&[Sku]>,
        limit: usize,
    ) -> Read<Vec<Arc<Reservation>>> {
        let rows = self.rows.lock().await;
        let expired = rows.reservations.after(None).map(|(_, row)| row).filter(|row| row.is_expired(now));
        let holds = |row: &&Arc<Reservation>| {
            skus.is_none_or(|skus| row.lines.iter().any(|line| skus.contains(&line.key.sku)))
        };
        let mut expired: Vec<_> = expired.filter(holds).cloned().collect();
        expired.sort_by_key(|row| match row.holder {
            Holder::Cart { until, .. } => Some(until),
            Holder::Checkout { .. } => None,
        });
        expired.truncate(limit);
        Ok(expired)
    }

    async fn movements(&self, page: Page<MovementKey>) -> Read<Vec<StockMovement>> {
        Ok(rows_of(&self.rows.lock().await.movements, page).map(|(_, row)| row.clone()).collect())
    }

    async fn counters(&self, page: Page<CounterKey>) -> Read<Vec<(CounterKey, Counter)>> {
        Ok(rows_of(&self.rows.lock().await.counters, page).map(|(key, row)| (key.clone(), *row)).collect())
    }

    async fn counter_holds(&self, page: Page<HoldKey>) -> Read<Vec<(HoldKey, CounterHold)>> {
        let rows = self.rows.lock().await;
        Ok(rows_of(&rows.counter_holds, page).map(|(key, row)| (key.clone(), *row)).collect())
    }
}

#[async_trait]
impl OrderReader for SubsetStore {
    async fn order(&self, id: OrderId) -> Read<Option<Versioned<Order>>> {
        one(&self.rows.lock().await.orders, id)
    }

    async fn order_by_number(&self, number: &OrderNumber) -> Read<Option<Versioned<Order>>> {
        let rows = self.rows.lock().await;
        match rows.names.get(&UniqueName::OrderNumber(number.clone()))? {
            Some(owner) => one(&rows.orders, OrderId::from_uuid(*owner)),
            None => Ok(None),
        }
    }

    async fn orders(&self, page: Page<OrderId>) -> Read<Vec<Versioned<Order>>> {
        Ok(page_of(&self.rows.lock().await.orders, page))
    }

    async fn orders_of(&self, customer: CustomerId, page: Page<OrderId>) -> Read<Vec<Versioned<Order>>> {
        let rows = self.rows.lock().await;
        let orders = rows.orders.after(page.after.as_ref()).filter_map(|(_, record)| record.versioned());
        Ok(orders.filter(|order| order.customer == Some(customer)).take(page.limit).collect())
    }
}

#[async_trait]
impl PaymentReader for SubsetStore {
    async fn payment(&self, id: PaymentId) -> Read<Option<Versioned<Payment>>> {
        one(&self.rows.lock().await.payments, id)
    }

    async fn payments(&self, page: Page<PaymentId>) -> Read<Vec<Versioned<Payment>>> {
        Ok(page_of(&self.rows.lock().await.payments, page))
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Read<Vec<Versioned<Payment>>> {
        let rows = self.rows.lock().await;
        Ok(values(&rows.payments).filter(|payment| payment.checkout == checkout).collect())
    }
}

#[async_trait]
impl SagaQueue for SubsetStore {
    async fn saga(&self, id: SagaId) -> Read<Option<Versioned<SagaRecord>>> {
        one(&self.rows.lock().await.sagas, id)
    }

    async fn signal(&self, id: SagaId) -> Read<Option<Versioned<Signal>>> {
        one(&self.rows.lock().await.signals, id)
    }

    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Read<Vec<SagaId>> {
        let rows = self.rows.lock().await;
        let mut due: Vec<_> = values(&rows.sagas)
            .filter_map(|saga| Some((saga.due_at().filter(|at| *at <= now)?, saga.id)))
            .collect();
        due.sort();
        let mut due: Vec<_> = due.into_iter().map(|(_, id)| id).collect();
        for signal in values(&rows.signals).filter(|signal| signal.pending) {
            if !due.contains(&signal.saga) {
                due.push(signal.saga);
            }
        }
        due.truncate(limit);
        Ok(due)
    }

    async fn sagas(&self, page: Page<SagaId>) -> Read<Vec<Versioned<SagaRecord>>> {
        Ok(page_of(&self.rows.lock().await.sagas, page))
    }
}

#[async_trait]
impl Outbox for SubsetStore {
    async fn undelivered(&self, now: DateTime<Utc>, limit: usize) -> Read<Vec<OutboxEvent>> {
        let rows = self.rows.lock().await;
        let open =
            rows.events.after(None).map(|(_, event)| event).filter(|event| event.delivered_at.is_none());
        let mut waiting = BTreeSet::new();
        let ready = open.filter(|event| {
            let aggregate = &event.event.number.aggregate;
            if event.retry_at.is_some_and(|retry_at| retry_at > now) {
                waiting.insert(aggregate);
            }
            !waiting.contains(aggregate)
        });
        Ok(ready.take(limit).cloned().collect())
    }

    async fn events(&self, page: Page<EventNumber>) -> Read<Vec<OutboxEvent>> {
        Ok(rows_of(&self.rows.lock().await.events, page).map(|(_, row)| row.clone()).collect())
    }
}

#[async_trait]
impl RetentionReader for SubsetStore {
    async fn forgettable(&self, before: Cutoffs, limit: usize) -> Read<Vec<Forget>> {
        let rows = self.rows.lock().await;
        let events: BTreeSet<_> = rows.events.after(None).map(|(number, _)| number.clone()).collect();
        let wished: BTreeSet<_> =
            values(&rows.signals).filter(|signal| signal.pending).map(|signal| signal.saga).collect();
        let sagas = values(&rows.sagas).filter(|saga| !wished.contains(&saga.id));
        let sagas = sagas.filter_map(|saga| {
            Some((saga.over_since()?, Forget::Saga { id: saga.id, version: saga.version }))
        });
        let sagas = sagas.filter(|(since, forget)| {
            *since < before.sagas && forget.held_up_by().is_none_or(|event| !events.contains(&event))
        });
        let reservations = rows.reservations.after(None).map(|(_, row)| row).filter(|row| row.is_over());
        let reservations = reservations.map(|row| (row.made_at, Forget::Reservation(row.id)));
        let events = rows
            .events
            .after(None)
            .filter_map(|(number, row)| Some((row.delivered_at?, Forget::Event(number.clone()))));
        let reservations = reservations.filter(|(made_at, _)| *made_at < before.reservations).collect();
        let events = events.filter(|(delivered_at, _)| *delivered_at < before.events).collect();
        Ok([sagas.collect(), reservations, events].map(|kind| the_oldest(kind, limit)).concat())
    }
}

fn the_oldest(mut found: Vec<(DateTime<Utc>, Forget)>, limit: usize) -> Vec<Forget> {
    found.sort();
    found.into_iter().take(limit).map(|(_, forget)| forget).collect()
}

fn one<K: Ord + Clone + Debug, T>(table: &Table<K, Record<T>>, id: K) -> Read<Option<Versioned<T>>> {
    Ok(table.get(&id)?.and_then(Record::versioned))
}

fn values<K: Ord + Clone + Debug, T>(table: &Table<K, Record<T>>) -> impl Iterator<Item = Versioned<T>> {
    table.after(None).filter_map(|(_, record)| record.versioned())
}

fn page_of<K: Ord + Clone + Debug, T>(table: &Table<K, Record<T>>, page: Page<K>) -> Vec<Versioned<T>> {
    rows_of(table, page).filter_map(|(_, record)| record.versioned()).collect()
}

fn rows_of<K: Ord + Clone + Debug, V>(table: &Table<K, V>, page: Page<K>) -> impl Iterator<Item = (&K, &V)> {
    let rows = table.after(page.after.as_ref()).collect::<Vec<_>>();
    rows.into_iter().take(page.limit.min(Page::<K>::LIMIT))
}
