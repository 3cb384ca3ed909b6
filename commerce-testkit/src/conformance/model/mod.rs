//! Random change sets, given to a store and to the one in memory: both have to answer alike.

mod draw;

use std::{fmt::Debug, sync::Arc};

use commerce_core::{
    domain::inventory::Reservation,
    memory::MemoryStore,
    storage::{ChangeSet, Page, Receipt, Store, StoreError},
};

use super::Kept;
use crate::fixtures::*;
use draw::Draw;

/// A store answers random change sets as the one in memory does, and shows the same afterwards.
pub async fn it_answers_as_the_store_in_memory_does(store: &dyn Store) -> Kept {
    answers_alike(store, 1, 300).await
}

/// Gives the store and a fresh one in memory the same so many random change sets, drawn from this seed.
///
/// # Panics
/// At the first answer that differs.
pub async fn answers_alike(store: &dyn Store, seed: u64, change_sets: u32) -> Kept {
    let memory = MemoryStore::new();
    let mut draw = Draw::new(seed);
    for number in 1..=change_sets {
        let changes = draw.change_set(&memory).await?;
        let expected = verdict(memory.commit(changes.clone()).await);
        let answered = verdict(store.commit(changes.clone()).await);
        let place = || format!("seed {seed}, change set {number}: {changes:#?}");
        assert_eq!(answered, expected, "{}", place());
        if number % 50 == 0 || number == change_sets {
            assert_eq!(
                everything(store, &changes).await?,
                everything(&memory, &changes).await?,
                "{}",
                place()
            );
        }
    }
    Ok(())
}

/// The answer without the words of whoever gave it.
fn verdict(answer: Result<Receipt, StoreError>) -> Result<Receipt, String> {
    answer.map_err(|error| match error {
        StoreError::Conflict { .. } => "conflict".into(),
        StoreError::Refused(refusal) => format!("{refusal:?}"),
        StoreError::Corrupt { .. } => "corrupt".into(),
        other => format!("{other:?}"),
    })
}

/// What all readers show. Lists whose order is only partly promised are sorted.
async fn everything(store: &dyn Store, changes: &ChangeSet) -> Result<Vec<String>, StoreError> {
    let (all, now) = (Page::<()>::LIMIT, changes.at);
    let mut seen = vec![
        shown(store.products(Page::first(all)).await?),
        shown(store.promotions(Page::first(all)).await?),
        shown(store.customers(Page::first(all)).await?),
        shown(store.orders(Page::first(all)).await?),
        shown(store.payments(Page::first(all)).await?),
        shown(store.sagas(Page::first(all)).await?),
        shown(store.stock(Page::first(all)).await?),
        shown(store.reservations(Page::first(all)).await?),
        shown(store.movements(Page::first(all)).await?),
        shown(store.counters(Page::first(all)).await?),
        shown(store.counter_holds(Page::first(all)).await?),
        shown(store.events(Page::first(all)).await?),
        shown(store.listings(&draw::skus()).await?),
        shown(store.stock_levels(&draw::skus()).await?),
        shown(store.offers(None).await?),
        sorted(store.due(now, all).await?),
        sorted(store.forgettable(draw::cutoffs(now), all).await?),
        sorted(store.undelivered(now, all).await?.into_iter().map(|event| event.event.number).collect()),
        sorted(ids(store.expired_holds(now, None, all).await?)),
        sorted(ids(store.expired_holds(now, Some(&draw::skus()[..1]), all).await?)),
    ];
    for number in 1..=draw::RECORDS {
        seen.push(shown(store.offers(Some(&draw::code(number))).await?));
        seen.push(shown(store.customer_by_email(&draw::address(number)).await?));
        seen.push(shown(store.order_by_number(&order_number(number)).await?));
        seen.push(shown(store.orders_of(customer_id(number), Page::first(all)).await?));
        seen.push(shown(store.payments_of(checkout_id(number)).await?));
        seen.push(shown(store.signal(saga_id(number)).await?));
    }
    Ok(seen)
}

fn ids(holds: Vec<Arc<Reservation>>) -> Vec<String> {
    holds.iter().map(|hold| hold.id.to_string()).collect()
}

fn shown(found: impl Debug) -> String {
    format!("{found:?}")
}

fn sorted<T: Ord + Debug>(mut found: Vec<T>) -> String {
    found.sort();
    shown(found)
}
