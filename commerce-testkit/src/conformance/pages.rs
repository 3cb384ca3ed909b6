//! Pages by key: nothing is skipped, nothing comes twice.

use std::fmt::Debug;

use commerce_core::{
    domain::{event::DomainEvent, order::Order},
    storage::{CounterChange, CounterKey, Page, Put, Store, StoreError},
};

use super::Kept;
use crate::fixtures::*;

/// Reads everything in pages of two, each after the last key of the one before.
macro_rules! assert_five_in_pages {
    ($store:ident.$reader:ident, $key:expr) => {{
        let mut keys = Vec::new();
        let mut page = Page::first(2);
        loop {
            let found = $store.$reader(page).await?;
            assert!(found.len() <= 2, "{} answers more than asked for", stringify!($reader));
            keys.extend(found.iter().map($key));
            match (found.last().map($key), found.len()) {
                (Some(last), 2) => page = Page::after(last, 2),
                _ => break,
            }
        }
        assert_rising(stringify!($reader), &keys);
        assert_eq!(keys.len(), 5, "{}", stringify!($reader));
    }};
}

/// Everything that comes in pages comes by key, all of it, each once.
pub async fn pages_follow_keys(store: &dyn Store) -> Kept {
    for number in [4, 1, 5, 3, 2] {
        let code = format!("SKU-{number}");
        let counter = CounterKey::promotion(promotion_id(number));
        let one_of_each = changes()
            .with(Put::new(product(number, &code)))
            .with(Put::new(promotion(number)))
            .with(Put::new(customer(number)))
            .with(Put::new(order(number)))
            .with(Put::new(payment(number, number)))
            .with(Put::new(saga(number, NOON)))
            .with(receive(&code, 1))
            .with(reserve(number, held_by_checkout(number), [demand(&code, 1)]))
            .with(CounterChange::Hold { counter, holder: checkout_id(number), amount: 1, limit: 1 })
            .with_event(DomainEvent::OrderReleased { order: order_id(number) });
        store.commit(one_of_each).await?;
    }
    assert_five_in_pages!(store.products, |found| found.id);
    assert_five_in_pages!(store.promotions, |found| found.id);
    assert_five_in_pages!(store.customers, |found| found.id);
    assert_five_in_pages!(store.orders, |found| found.id);
    assert_five_in_pages!(store.payments, |found| found.id);
    assert_five_in_pages!(store.sagas, |found| found.id);
    assert_five_in_pages!(store.stock, |found| found.key.clone());
    assert_five_in_pages!(store.reservations, |found| found.id);
    assert_five_in_pages!(store.movements, |found| found.key.clone());
    assert_five_in_pages!(store.counters, |(key, _)| key.clone());
    assert_five_in_pages!(store.counter_holds, |(key, _)| key.clone());
    assert_five_in_pages!(store.events, |found| found.event.number.clone());
    Ok(())
}

/// A page begins after its key, whether or not anything has that key; what was written between two pages is seen.
pub async fn a_page_begins_after_a_key_that_is_not_there(store: &dyn Store) -> Kept {
    for number in [2, 5] {
        store.commit(changes().with(Put::new(order(number)))).await?;
    }
    let ids = async |page| -> Result<Vec<_>, StoreError> {
        Ok(store.orders(page).await?.iter().map(|order| order.id).collect())
    };
    assert_eq!(ids(Page::after(order_id(3), 9)).await?, [order_id(5)]);
    store.commit(changes().with(Put::new(order(4)))).await?;
    assert_eq!(ids(Page::after(order_id(3), 1)).await?, [order_id(4)]);
    assert_eq!(ids(Page::after(order_id(5), 9)).await?, []);
    assert_eq!(ids(Page::first(0)).await?, []);
    Ok(())
}

/// The orders of one customer come in pages of their own.
pub async fn orders_of_a_customer_come_in_pages(store: &dyn Store) -> Kept {
    for number in 1..=6 {
        let customer = Some(customer_id(number % 2));
        store.commit(changes().with(Put::new(Order { customer, ..order(number) }))).await?;
    }
    let first = store.orders_of(customer_id(1), Page::first(2)).await?;
    assert_eq!(first.iter().map(|order| order.id).collect::<Vec<_>>(), [order_id(1), order_id(3)]);
    let rest = store.orders_of(customer_id(1), Page::after(order_id(3), 2)).await?;
    assert_eq!(rest.iter().map(|order| order.id).collect::<Vec<_>>(), [order_id(5)]);
    let after_another = store.orders_of(customer_id(1), Page::after(order_id(2), 9)).await?;
    assert_eq!(after_another.iter().map(|order| order.id).collect::<Vec<_>>(), [order_id(3), order_id(5)]);
    Ok(())
}

fn assert_rising<K: Ord + Debug>(reader: &str, keys: &[K]) {
    assert!(keys.is_sorted_by(|one, next| one < next), "{reader} is not in the order of its keys: {keys:?}");
}
