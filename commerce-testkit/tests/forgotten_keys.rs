//! A store that forgets to load one kind of row never judges it as absent: it says that something is corrupt.

use commerce_core::{
    domain::{
        event::{Aggregate, DomainEvent, EventNumber},
        inventory::ReleaseReason,
    },
    storage::{
        ChangeSet, CounterChange, CounterKey, DeliveryChange, DeliveryOutcome, Expect, Expected, Forget,
        Keys, Put, Store, StoreError, Version,
        apply::{Rows, apply},
    },
};
use commerce_testkit::{conformance::block_on, doubles::SubsetStore, fixtures::*};

#[test]
fn levels_that_were_forgotten_are_not_empty() {
    assert_corrupt(|keys| keys.stock.clear(), changes().with(receive("MUG", 1)));
    let wanted = reserve(1, held_by_checkout(1), [demand("MUG", 1)]);
    assert_corrupt(|keys| keys.stock.clear(), changes().with(wanted));
}

#[test]
fn reservations_that_were_forgotten_are_not_new() {
    let wanted = reserve(1, held_by_checkout(1), [demand("MUG", 1)]);
    assert_corrupt(|keys| keys.expected.reservations.clear(), changes().with(wanted));
    let given_back = release(1, ReleaseReason::Asked, [line("MUG", 1)]);
    assert_corrupt(|keys| keys.reservations.clear(), changes().with(given_back));
}

#[test]
fn counters_and_their_holds_that_were_forgotten_are_not_unused() {
    let hold = || {
        let counter = CounterKey::promotion(promotion_id(1));
        changes().with(CounterChange::Hold { counter, holder: checkout_id(1), amount: 1, limit: 1 })
    };
    assert_corrupt(|keys| keys.counters.clear(), hold());
    assert_corrupt(|keys| keys.counter_holds.clear(), hold());
}

#[test]
fn names_that_were_forgotten_are_not_free() {
    assert_corrupt(|keys| keys.names.clear(), changes().with(claim_sku("MUG", 1)));
}

#[test]
fn events_that_were_forgotten_are_not_undelivered() {
    let event = EventNumber { aggregate: Aggregate::Order(order_id(1)), number: 1 };
    let placed =
        changes().with(Put::new(order(1))).with_event(DomainEvent::OrderReleased { order: order_id(1) });
    let delivered = DeliveryChange { event, attempts: 0, outcome: DeliveryOutcome::Delivered };
    let store = SubsetStore::that_forgets(|keys| keys.events.clear());
    block_on(store.commit(placed)).unwrap();
    let answer = block_on(store.commit(changes().with(delivered)));
    assert!(matches!(answer, Err(StoreError::Corrupt { .. })), "{answer:?}");
}

#[test]
fn what_shall_be_forgotten_is_not_taken_for_over() {
    let forget = Forget::Saga { id: saga_id(1), version: Version { writes: 1, events: 0 } };
    assert_corrupt(|keys| keys.forgotten.clear(), changes().with(forget));
    let reservation = Forget::Reservation(reservation_id(1));
    assert_corrupt(|keys| keys.reservations.clear(), changes().with(reservation));
    let event = EventNumber { aggregate: Aggregate::Order(order_id(1)), number: 2 };
    assert_corrupt(|keys| keys.events.clear(), changes().with(Forget::Event(event)));
}

#[test]
fn a_saga_of_which_only_the_version_is_known_is_not_judged() {
    let version = Version { writes: 1, events: 0 };
    let mut rows = Rows::subset();
    let sagas = [(saga_id(1), Expect::At(version))].into();
    let signals = [(saga_id(1), Expect::Absent)].into();
    rows.assume(&Expected { sagas, signals, ..Expected::default() });
    let answer = apply(&mut rows, &changes().with(Forget::Saga { id: saga_id(1), version }));
    assert!(matches!(answer, Err(StoreError::Corrupt { .. })), "{answer:?}");
}

#[test]
fn records_that_were_forgotten_are_not_absent() {
    assert_corrupt(|keys| keys.expected.products.clear(), changes().with(Put::new(product(1, "MUG"))));
    assert_corrupt(|keys| keys.expected.promotions.clear(), changes().with(Put::new(promotion(1))));
    assert_corrupt(|keys| keys.expected.customers.clear(), changes().with(Put::new(customer(1))));
    assert_corrupt(|keys| keys.expected.orders.clear(), changes().with(Put::new(order(1))));
    assert_corrupt(|keys| keys.expected.payments.clear(), changes().with(Put::new(payment(1, 1))));
    assert_corrupt(|keys| keys.expected.sagas.clear(), changes().with(Put::new(saga(1, NOON))));
    assert_corrupt(|keys| keys.expected.signals.clear(), changes().with(Put::new(signal(1))));
}

/// The change set is corrupt to a store that forgets these keys, and to no other.
fn assert_corrupt(forget: fn(&mut Keys), changes: ChangeSet) {
    let answer = block_on(SubsetStore::that_forgets(forget).commit(changes.clone()));
    assert!(matches!(answer, Err(StoreError::Corrupt { .. })), "{answer:?}");
    let answer = block_on(SubsetStore::new().commit(changes));
    assert!(!matches!(answer, Err(StoreError::Corrupt { .. })), "{answer:?}");
}
