//! Versions, and all or nothing.

use commerce_core::{
    domain::event::DomainEvent,
    storage::{
        ChangeSet, CounterChange, CounterKey, Expect, NameChange, Page, Put, Receipt, Store, UniqueName,
        Version,
    },
};

use super::{
    Kept,
    answers::{assert_conflict, counts, level, refusal},
};
use crate::fixtures::*;

/// A new record is at version 1.
pub async fn a_new_record_is_at_version_one(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1)))).await?;
    let found = store.order(order_id(1)).await?;
    assert_eq!(found.map(|found| found.version), Some(Version { writes: 1, events: 0 }));
    Ok(())
}

/// Of two change sets that place the same order, the second conflicts.
pub async fn an_order_is_written_once(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1)))).await?;
    let mut other = order(1);
    other.email = email("somebody-else");
    assert_conflict(store.commit(changes().with(Put::new(other))).await);
    let found = store.order(order_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(order(1)));
    Ok(())
}

/// Whoever read a record before the latest write cannot write it, whatever kind of record it is.
pub async fn a_stale_version_conflicts(store: &dyn Store) -> Kept {
    let first = Version { writes: 1, events: 0 };
    let all = |expect: Expect| {
        [
            changes().with(Put { expect, ..Put::new(product(1, "MUG")) }),
            changes().with(Put { expect, ..Put::new(promotion(1)) }),
            changes().with(Put { expect, ..Put::new(customer(1)) }),
            changes().with(Put { expect, ..Put::new(order(1)) }),
            changes().with(Put { expect, ..Put::new(payment(1, 1)) }),
            changes().with(Put { expect, ..Put::new(saga(1, NOON)) }),
            changes().with(Put { expect, ..Put::new(signal(1)) }),
        ]
    };
    for ((make, change), stale) in
        all(Expect::Absent).into_iter().zip(all(Expect::At(first))).zip(all(Expect::At(first)))
    {
        store.commit(make).await?;
        store.commit(change).await?;
        assert_conflict(store.commit(stale).await);
    }
    let found = store.payment(payment_id(1)).await?;
    assert_eq!(found.map(|found| found.version.writes), Some(2));
    Ok(())
}

/// A record that is not there cannot be replaced.
pub async fn a_record_that_is_not_there_cannot_be_replaced(store: &dyn Store) -> Kept {
    let never = Version { writes: 1, events: 0 };
    assert_conflict(store.commit(changes().with(Put::over(never, order(1)))).await);
    assert_eq!(store.order(order_id(1)).await?, None);
    Ok(())
}

/// Writes are judged in their order, each against what the writes before it left.
pub async fn what_one_write_leaves_is_what_the_next_one_finds(store: &dyn Store) -> Kept {
    let first = Version { writes: 1, events: 0 };
    let mut renamed = product(1, "MUG");
    renamed.title = "Mug".into();
    let twice = changes().with(Put::new(product(1, "MUG"))).with(Put::over(first, renamed.clone()));
    store.commit(twice).await?;
    let found = store.product(product_id(1)).await?;
    assert_eq!(found.map(|found| ((*found.value).clone(), found.version.writes)), Some((renamed, 2)));

    let other_way_round =
        changes().with(Put::over(first, product(2, "CUP"))).with(Put::new(product(2, "CUP")));
    assert_conflict(store.commit(other_way_round).await);
    Ok(())
}

/// An empty change set changes nothing.
pub async fn an_empty_change_set_changes_nothing(store: &dyn Store) -> Kept {
    assert_eq!(store.commit(changes()).await?, Receipt::default());
    nothing_is_there(store).await
}

/// What was committed is what every reader sees, of every kind of record.
pub async fn every_reader_sees_what_was_committed(store: &dyn Store) -> Kept {
    let receipt = store.commit(one_of_everything()).await?;
    assert_eq!(receipt.reservations.len(), 1);

    let found = store.product(product_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(product(1, "MUG")));
    let found = store.promotion(promotion_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(promotion(1)));
    let found = store.customer(customer_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(customer(1)));
    let found = store.order(order_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(order(1)));
    let found = store.payment(payment_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(payment(1, 1)));
    let found = store.saga(saga_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(saga(1, NOON)));
    let found = store.signal(saga_id(1)).await?;
    assert_eq!(found.map(|found| (*found.value).clone()), Some(signal(1)));
    assert_eq!(counts(store, "MUG").await?, (3, 1, 0));
    let found = store.reservation(reservation_id(1)).await?;
    assert_eq!(found.as_ref(), receipt.reservations.first());
    assert_eq!(store.counters(Page::first(9)).await?.len(), 1);
    assert_eq!(store.counter_holds(Page::first(9)).await?.len(), 1);
    assert_eq!(store.movements(Page::first(9)).await?.len(), 1);
    let events = store.events(Page::first(9)).await?;
    let mut of_receipt = receipt.events;
    of_receipt.sort_by(|one, other| one.number.cmp(&other.number));
    assert_eq!(events.into_iter().map(|event| event.event).collect::<Vec<_>>(), of_receipt);
    Ok(())
}

/// When a guard refuses the last write, nothing of the writes before it is left.
pub async fn a_refused_change_set_writes_nothing(store: &dyn Store) -> Kept {
    let too_many = reserve(2, held_by_checkout(2), [demand("MUG", 3)]);
    refusal(store.commit(one_of_everything().with(too_many)).await);
    nothing_is_there(store).await?;
    store.commit(one_of_everything()).await?;
    assert_eq!(level(store, "MUG").await?.events, 1, "numbers start anew");
    Ok(())
}

/// When the last write conflicts, nothing of the writes before it is left.
pub async fn a_conflicting_change_set_writes_nothing(store: &dyn Store) -> Kept {
    assert_conflict(store.commit(one_of_everything().with(Put::new(order(1)))).await);
    nothing_is_there(store).await
}

fn one_of_everything() -> ChangeSet {
    let (counter, holder) = (CounterKey::promotion(promotion_id(1)), checkout_id(1));
    changes()
        .with(Put::new(product(1, "MUG")))
        .with(claim_sku("MUG", 1))
        .with(Put::new(promotion(1)))
        .with(Put::new(customer(1)))
        .with(NameChange::Claim { name: UniqueName::Email(customer(1).email), owner: uuid(1) })
        .with(Put::new(order(1)))
        .with(Put::new(payment(1, 1)))
        .with(Put::new(saga(1, NOON)))
        .with(Put::new(signal(1)))
        .with(receive("MUG", 3))
        .with(reserve(1, held_by_cart(1, NOON), [demand("MUG", 1)]))
        .with(CounterChange::Hold { counter, holder, amount: 1, limit: 1 })
        .with_event(DomainEvent::ProductSaved { product: product_id(1) })
}

async fn nothing_is_there(store: &dyn Store) -> Kept {
    let later = after_noon(1);
    assert_eq!(store.product(product_id(1)).await?, None);
    assert_eq!(store.products(Page::first(1)).await?, []);
    assert_eq!(store.listings(&[sku("MUG")]).await?, [None]);
    assert_eq!(store.promotions(Page::first(1)).await?, []);
    assert_eq!(store.offers(None).await?, []);
    assert_eq!(store.customers(Page::first(1)).await?, []);
    assert_eq!(store.customer_by_email(&customer(1).email).await?, None);
    assert_eq!(store.orders(Page::first(1)).await?, []);
    assert_eq!(store.order_by_number(&order_number(1)).await?, None);
    assert_eq!(store.payments(Page::first(1)).await?, []);
    assert_eq!(store.payments_of(checkout_id(1)).await?, []);
    assert_eq!(store.sagas(Page::first(1)).await?, []);
    assert_eq!(store.signal(saga_id(1)).await?, None);
    assert_eq!(store.due(later, 1).await?, []);
    assert_eq!(store.stock(Page::first(1)).await?, []);
    assert_eq!(store.stock_levels(&[sku("MUG")]).await?, []);
    assert_eq!(store.reservations(Page::first(1)).await?, []);
    assert_eq!(store.expired_holds(later, None, 1).await?, []);
    assert_eq!(store.movements(Page::first(1)).await?, []);
    assert_eq!(store.counters(Page::first(1)).await?, []);
    assert_eq!(store.counter_holds(Page::first(1)).await?, []);
    assert_eq!(store.events(Page::first(1)).await?, []);
    assert_eq!(store.undelivered(later, 1).await?, []);
    Ok(())
}
