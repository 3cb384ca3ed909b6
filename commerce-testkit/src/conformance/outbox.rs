//! Events: numbered, delivered at least once, in order for each aggregate.

use commerce_core::{
    domain::{
        event::{Aggregate, DomainEvent, EventNumber},
        inventory::{ReleaseReason, StockPolicy},
    },
    storage::{
        ChangeSet, DeliveryChange, DeliveryOutcome, Page, Put, StockChange, Store, StoreError, Version,
    },
};

use super::{
    Kept,
    answers::{assert_conflict, assert_corrupt, commit_all, refusal},
};
use crate::fixtures::*;

/// Events of one aggregate are numbered 1, 2, 3 over all change sets, and its record knows the last one.
pub async fn events_are_numbered_without_a_gap(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1))).with_event(event(1)).with_event(event(1))).await?;
    let version = Version { writes: 1, events: 2 };
    let found = store.order(order_id(1)).await?;
    assert_eq!(found.map(|found| found.version), Some(version));

    let unknown = Version { writes: 1, events: 0 };
    assert_conflict(store.commit(changes().with(Put::over(unknown, order(1)))).await);
    let both = changes()
        .with(Put::over(version, order(1)))
        .with(Put::new(order(2)))
        .with_event(event(2))
        .with_event(event(1));
    let receipt = store.commit(both).await?;
    let numbers: Vec<_> = receipt.events.iter().map(|event| event.number.clone()).collect();
    assert_eq!(numbers, [number(2, 1), number(1, 3)]);
    assert_eq!(receipt.events[0].at, NOON);
    let all = store.events(Page::first(9)).await?;
    let all: Vec<_> = all.into_iter().map(|event| event.event.number).collect();
    assert_eq!(all, [number(1, 1), number(1, 2), number(1, 3), number(2, 1)]);
    Ok(())
}

/// The numbers of a change set that was refused are given out again.
pub async fn a_refused_change_set_uses_up_no_number(store: &dyn Store) -> Kept {
    let refused = changes().with(Put::new(order(1))).with_event(event(1));
    refusal(store.commit(refused.with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]))).await);
    let receipt = store.commit(changes().with(Put::new(order(1))).with_event(event(1))).await?;
    assert_eq!(receipt.events[0].number, number(1, 1));
    Ok(())
}

/// An event of something that the change set does not write contradicts it.
pub async fn an_event_needs_its_aggregate_beside_it(store: &dyn Store) -> Kept {
    assert_corrupt(store.commit(changes().with_event(event(1))).await);
    store.commit(changes().with(Put::new(order(1)))).await?;
    assert_corrupt(store.commit(changes().with(Put::new(order(2))).with_event(event(1))).await);
    assert_eq!(store.events(Page::first(9)).await?, []);
    assert_eq!(store.order(order_id(2)).await?, None);
    Ok(())
}

/// A delivered event is kept, and never comes again.
pub async fn a_delivered_event_never_comes_again(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1))).with_event(event(1)).with_event(event(1))).await?;
    assert_eq!(undelivered(store, 0).await?, [number(1, 1), number(1, 2)]);
    let delivery = mark(1, 1, 0, DeliveryOutcome::Delivered);
    store.commit(ChangeSet { at: after_noon(5), ..delivery.clone() }).await?;
    assert_eq!(undelivered(store, 0).await?, [number(1, 2)]);
    let all = store.events(Page::first(9)).await?;
    assert_eq!(all[0].delivered_at, Some(after_noon(5)));
    assert_eq!((all[0].attempts, all[1].delivered_at), (1, None));
    assert_conflict(store.commit(delivery).await);
    assert_conflict(store.commit(mark(1, 1, 1, DeliveryOutcome::Delivered)).await);
    Ok(())
}

/// While somebody delivers an event nobody else is asked to; when the claim ends somebody else is.
pub async fn a_claimed_event_is_left_out_until_its_claim_ends(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1))).with_event(event(1))).await?;
    store.commit(mark(1, 1, 0, DeliveryOutcome::Claimed { until: after_noon(30) })).await?;
    assert_eq!(undelivered(store, 29).await?, []);
    assert_eq!(undelivered(store, 30).await?, [number(1, 1)]);
    store.commit(mark(1, 1, 1, DeliveryOutcome::Delivered)).await?;
    assert_eq!(undelivered(store, 99).await?, []);
    Ok(())
}

/// What comes after a failed event of its aggregate waits with it; other aggregates go on.
pub async fn an_event_behind_a_failed_one_waits(store: &dyn Store) -> Kept {
    for order_number in [1, 2] {
        let placed = changes().with(Put::new(order(order_number)));
        store.commit(placed.with_event(event(order_number)).with_event(event(order_number))).await?;
    }
    let failed = DeliveryOutcome::Failed { retry_at: after_noon(60), error: "no route".into() };
    store.commit(mark(1, 1, 0, failed)).await?;
    assert_eq!(undelivered(store, 59).await?, [number(2, 1), number(2, 2)]);
    let all = [number(1, 1), number(1, 2), number(2, 1), number(2, 2)];
    assert_eq!(undelivered(store, 60).await?, all);
    let failed = &store.events(Page::first(1)).await?[0];
    assert_eq!((failed.attempts, failed.last_error.as_deref()), (1, Some("no route")));

    store.commit(mark(2, 2, 0, DeliveryOutcome::Claimed { until: after_noon(30) })).await?;
    assert_eq!(undelivered(store, 0).await?, [number(2, 1)]);
    Ok(())
}

/// Of two who deliver the same attempt, the second to say so conflicts.
pub async fn whoever_saw_another_count_of_attempts_is_too_late(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1))).with_event(event(1))).await?;
    let claim = || DeliveryOutcome::Claimed { until: after_noon(30) };
    store.commit(mark(1, 1, 0, claim())).await?;
    assert_conflict(store.commit(mark(1, 1, 0, claim())).await);
    assert_conflict(store.commit(mark(1, 1, 0, DeliveryOutcome::Delivered)).await);
    store.commit(mark(1, 1, 1, claim())).await?;
    assert_eq!(store.events(Page::first(1)).await?[0].attempts, 2);
    Ok(())
}

/// Nobody can have delivered an event that never was.
pub async fn an_event_that_never_was_cannot_be_delivered(store: &dyn Store) -> Kept {
    assert_corrupt(store.commit(mark(1, 1, 0, DeliveryOutcome::Delivered)).await);
    Ok(())
}

/// Of many events as many come as were asked for; those that wait take no one's place.
pub async fn no_more_events_come_than_asked_for(store: &dyn Store) -> Kept {
    for number in [3, 1, 2] {
        store.commit(changes().with(Put::new(order(number))).with_event(event(number))).await?;
    }
    assert_eq!(store.undelivered(NOON, 2).await?.len(), 2);
    let claimed = || DeliveryOutcome::Claimed { until: after_noon(30) };
    commit_all(store, [mark(3, 1, 0, claimed()), mark(1, 1, 0, claimed())]).await?;
    let left = store.undelivered(NOON, 1).await?;
    assert_eq!(left.into_iter().map(|event| event.event.number).collect::<Vec<_>>(), [number(2, 1)]);
    Ok(())
}

/// Stock says when it becomes low and when it can be bought again, each time it does and no more often.
pub async fn stock_that_becomes_low_or_comes_back_says_so_once(store: &dyn Store) -> Kept {
    let policy = StockPolicy { low_stock_at: 2, ..StockPolicy::default() };
    let first =
        changes().with(StockChange::SetPolicy { stock: at_main("MUG"), policy }).with(receive("MUG", 4));
    assert_eq!(caused(store, first).await?, [back(4)]);
    let hold = |number, units| changes().with(reserve(number, held_by_checkout(1), [demand("MUG", units)]));
    assert_eq!(caused(store, hold(1, 1)).await?, []);
    assert_eq!(caused(store, hold(2, 1)).await?, [low(2)]);
    assert_eq!(caused(store, hold(3, 1)).await?, []);
    assert_eq!(caused(store, hold(4, 1)).await?, []);
    let give_back = |number| changes().with(release(number, ReleaseReason::TurnedBack, [line("MUG", 1)]));
    assert_eq!(caused(store, give_back(1)).await?, [back(1)]);
    assert_eq!(caused(store, give_back(2)).await?, []);
    assert_eq!(caused(store, give_back(3)).await?, []);
    assert_eq!(caused(store, hold(5, 2)).await?, [low(1)]);
    let events = store.events(Page::first(9)).await?;
    assert_eq!(events.iter().map(|event| event.event.number.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let level = &store.stock(Page::first(1)).await?[0];
    assert_eq!(level.events, 4);
    Ok(())
}

/// A level is compared before and after the whole change set, after the events that it names itself.
pub async fn what_comes_and_goes_in_one_set_says_nothing(store: &dyn Store) -> Kept {
    let flash = changes().with(receive("MUG", 1)).with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]));
    assert_eq!(caused(store, flash).await?, []);
    let mixed = changes().with(receive("MUG", 1)).with(Put::new(order(1))).with_event(event(1));
    assert_eq!(caused(store, mixed).await?, [event(1), back(1)]);
    Ok(())
}

fn event(order: u128) -> DomainEvent {
    DomainEvent::OrderReleased { order: order_id(order) }
}

fn low(available: i64) -> DomainEvent {
    DomainEvent::StockLow { stock: at_main("MUG"), available }
}

fn back(available: i64) -> DomainEvent {
    DomainEvent::StockBack { stock: at_main("MUG"), available }
}

/// Names an event of an order.
const fn number(order: u128, number: u64) -> EventNumber {
    EventNumber { aggregate: Aggregate::Order(order_id(order)), number }
}

fn mark(order: u128, event: u64, attempts: u32, outcome: DeliveryOutcome) -> ChangeSet {
    changes().with(DeliveryChange { event: number(order, event), attempts, outcome })
}

/// The events to deliver so many seconds after noon, by aggregate: what is promised is the order within each.
async fn undelivered(store: &dyn Store, seconds: i64) -> Result<Vec<EventNumber>, StoreError> {
    let events = store.undelivered(after_noon(seconds), 99).await?;
    let mut numbers: Vec<_> = events.into_iter().map(|event| event.event.number).collect();
    numbers.sort_by(|one, other| one.aggregate.cmp(&other.aggregate));
    Ok(numbers)
}

async fn caused(store: &dyn Store, changes: ChangeSet) -> Result<Vec<DomainEvent>, StoreError> {
    let receipt = store.commit(changes).await?;
    Ok(receipt.events.into_iter().map(|event| event.event).collect())
}
