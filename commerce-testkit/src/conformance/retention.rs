//! What is over is forgotten by its age; what is not, never.

use commerce_core::{
    domain::{
        event::{Aggregate, DomainEvent, EventNumber},
        inventory::ReleaseReason,
    },
    storage::{
        ChangeSet, Cutoffs, DeliveryChange, DeliveryOutcome, Forget, Page, Put, Refusal, SagaRecord,
        SagaStatus, Signal, StockChange, Store, StoreError, Version,
    },
};

use super::{
    Kept,
    answers::{commit_all, counts, refusal},
};
use crate::fixtures::*;

/// Sagas are answered that were over before the time asked for, the longest first, as many as asked for.
pub async fn sagas_that_are_over_come_by_their_age(store: &dyn Store) -> Kept {
    for (number, seconds) in [(1, 30), (2, 10), (3, 20)] {
        store.commit(changes().with(Put::new(ended_saga(number, after_noon(seconds))))).await?;
    }
    assert_eq!(forgettable(store, 10, 9).await?, []);
    assert_eq!(forgettable(store, 30, 9).await?, [over(2), over(3)]);
    assert_eq!(forgettable(store, 31, 9).await?, [over(2), over(3), over(1)]);
    assert_eq!(forgettable(store, 31, 2).await?, [over(2), over(3)]);
    Ok(())
}

/// A saga that runs, is stuck, will look once more, or has a wish to hear is neither answered nor forgotten.
pub async fn a_saga_that_is_not_over_stays(store: &dyn Store) -> Kept {
    let stuck = SagaRecord { wake_at: None, ..saga(2, NOON) };
    let late = SagaRecord {
        status: SagaStatus::TurnedBack,
        wake_at: Some(after_noon(60)),
        ..ended_saga(3, after_noon(1))
    };
    let working = SagaRecord { lease: Some(lease(1, after_noon(60))), ..ended_saga(4, after_noon(1)) };
    let sagas = [saga(1, NOON), stuck, late, working, ended_saga(5, after_noon(1))];
    let put = sagas.into_iter().map(Put::new).fold(changes(), ChangeSet::with);
    store.commit(put.with(Put::new(signal(5)))).await?;
    assert_eq!(forgettable(store, 1_000, 9).await?, []);
    store.commit((1..=5).map(over).fold(changes(), ChangeSet::with)).await?;
    assert_eq!(store.sagas(Page::first(9)).await?.len(), 5);

    let heard = Signal { pending: false, ..signal(5) };
    store.commit(changes().with(Put::over(version(1), heard))).await?;
    assert_eq!(forgettable(store, 1_000, 9).await?, [over(5)]);
    Ok(())
}

/// Whoever read another version of a saga than there is does not forget it.
pub async fn a_saga_is_forgotten_at_the_version_that_was_read(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(saga(1, NOON)))).await?;
    store.commit(changes().with(Put::over(version(1), ended_saga(1, NOON)))).await?;
    store.commit(changes().with(over(1))).await?;
    assert!(store.saga(saga_id(1)).await?.is_some());
    let read = Forget::Saga { id: saga_id(1), version: version(2) };
    assert_eq!(forgettable(store, 1, 9).await?, std::slice::from_ref(&read));
    store.commit(changes().with(read)).await?;
    assert_eq!(store.saga(saga_id(1)).await?, None);
    Ok(())
}

/// A saga is gone with its signal, and its id can be used again.
pub async fn a_forgotten_saga_leaves_nothing(store: &dyn Store) -> Kept {
    let heard = Signal { pending: false, ..signal(1) };
    store.commit(changes().with(Put::new(ended_saga(1, NOON))).with(Put::new(heard))).await?;
    store.commit(changes().with(over(1))).await?;
    assert_eq!(store.saga(saga_id(1)).await?, None);
    assert_eq!(store.signal(saga_id(1)).await?, None);
    assert_eq!(store.sagas(Page::first(9)).await?, []);
    assert_eq!(forgettable(store, 1_000, 9).await?, []);

    store.commit(changes().with(Put::new(saga(1, NOON))).with(Put::new(signal(1)))).await?;
    let found = store.saga(saga_id(1)).await?;
    assert_eq!(found.map(|found| found.version), Some(version(1)));
    assert_eq!(store.due(NOON, 9).await?, [saga_id(1)]);
    Ok(())
}

/// One change set may end a saga, forget it, and begin it anew.
pub async fn what_is_forgotten_is_gone_for_the_next_write(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(saga(1, NOON)))).await?;
    let ended = Put::over(version(1), ended_saga(1, NOON));
    let forget = Forget::Saga { id: saga_id(1), version: version(2) };
    let anew = saga(1, after_noon(7));
    store.commit(changes().with(ended).with(forget).with(Put::new(anew.clone()))).await?;
    let found = store.saga(saga_id(1)).await?;
    assert_eq!(found.map(|found| ((*found.value).clone(), found.version)), Some((anew, version(1))));
    Ok(())
}

/// Reservations that are over are answered by when they were made; one that is held stays.
pub async fn only_a_reservation_that_is_over_is_forgotten(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 4))).await?;
    for number in 1..=4 {
        let at = after_noon(10 * i64::try_from(number).unwrap_or_default());
        let wanted = reserve(number, held_by_checkout(number), [demand("MUG", 1)]);
        store.commit(ChangeSet { at, ..changes().with(wanted) }).await?;
    }
    let lines = vec![line("MUG", 1)];
    let sold = StockChange::Commit { id: reservation_id(2), checkout: checkout_id(2), lines: lines.clone() };
    let back = |number| release(number, ReleaseReason::TurnedBack, lines.clone());
    store.commit(changes().with(back(3)).with(sold).with(back(1))).await?;
    let over = |number| Forget::Reservation(reservation_id(number));
    assert_eq!(forgettable(store, 10, 9).await?, []);
    assert_eq!(forgettable(store, 1_000, 2).await?, [over(1), over(2)]);
    assert_eq!(forgettable(store, 1_000, 9).await?, [over(1), over(2), over(3)]);

    let events: Vec<_> = store.events(Page::first(9)).await?;
    store.commit((1..=4).map(over).fold(changes(), ChangeSet::with)).await?;
    let left = store.reservations(Page::first(9)).await?;
    assert_eq!(left.iter().map(|left| left.id).collect::<Vec<_>>(), [reservation_id(4)]);
    assert_eq!(counts(store, "MUG").await?, (4, 1, 1));
    assert_eq!(store.events(Page::first(9)).await?, events);
    Ok(())
}

/// A reservation's id can be used for something else once it is forgotten.
pub async fn the_id_of_a_forgotten_reservation_is_free(store: &dyn Store) -> Kept {
    let first = reserve(1, held_by_checkout(1), [demand("MUG", 1)]);
    let back = release(1, ReleaseReason::TurnedBack, [line("MUG", 1)]);
    store.commit(changes().with(receive("MUG", 3)).with(receive("CUP", 3)).with(first).with(back)).await?;
    let forget = Forget::Reservation(reservation_id(1));
    let second = reserve(1, held_by_checkout(2), [demand("CUP", 2)]);
    let at = after_noon(9);
    store.commit(ChangeSet { at, ..changes().with(forget).with(second) }).await?;
    let found = store.reservation(reservation_id(1)).await?;
    let found = found.map(|found| (found.holder, found.lines.clone(), found.made_at));
    assert_eq!(found, Some((held_by_checkout(2), vec![line("CUP", 2)], at)));
    Ok(())
}

/// Events that were delivered are answered by when that was, in the order of their numbers; others stay.
pub async fn only_a_delivered_event_is_forgotten(store: &dyn Store) -> Kept {
    store.commit(two_events(1)).await?;
    store.commit(two_events(2)).await?;
    commit_all(store, [delivered(2, 1, 10), delivered(1, 1, 20), delivered(1, 2, 20)]).await?;
    let over = |order, number| Forget::Event(event_of(order, number));
    assert_eq!(forgettable(store, 10, 9).await?, []);
    assert_eq!(forgettable(store, 20, 9).await?, [over(2, 1)]);
    assert_eq!(forgettable(store, 21, 2).await?, [over(2, 1), over(1, 1)]);
    assert_eq!(forgettable(store, 21, 9).await?, [over(2, 1), over(1, 1), over(1, 2)]);

    let all = [over(1, 1), over(1, 2), over(2, 1), over(2, 2)];
    store.commit(all.into_iter().fold(changes(), ChangeSet::with)).await?;
    let left = store.events(Page::first(9)).await?;
    assert_eq!(left.iter().map(|left| left.event.number.clone()).collect::<Vec<_>>(), [event_of(2, 2)]);
    assert_eq!(store.undelivered(after_noon(99), 9).await?, left);
    Ok(())
}

/// The events of an aggregate are forgotten from the first one on, so that what is left has no gap.
pub async fn an_event_is_not_forgotten_before_the_one_before_it(store: &dyn Store) -> Kept {
    store.commit(two_events(1)).await?;
    commit_all(store, [delivered(1, 1, 10), delivered(1, 2, 10)]).await?;
    store.commit(changes().with(Forget::Event(event_of(1, 2)))).await?;
    assert_eq!(store.events(Page::first(9)).await?.len(), 2);
    let both = [1, 2].map(|number| Forget::Event(event_of(1, number)));
    store.commit(both.into_iter().fold(changes(), ChangeSet::with)).await?;
    assert_eq!(store.events(Page::first(9)).await?, []);
    Ok(())
}

/// The next event has the next number, whether or not the ones before it are still there.
pub async fn numbers_go_on_after_forgotten_events(store: &dyn Store) -> Kept {
    store.commit(two_events(1)).await?;
    commit_all(store, [delivered(1, 1, 10), delivered(1, 2, 10)]).await?;
    commit_all(store, [1, 2].map(|number| changes().with(Forget::Event(event_of(1, number))))).await?;
    let over = Put::over(Version { writes: 1, events: 2 }, order(1));
    let receipt = store.commit(changes().with(over).with_event(released(1))).await?;
    assert_eq!(receipt.events[0].number, event_of(1, 3));
    assert_eq!(store.undelivered(NOON, 9).await?.len(), 1);
    Ok(())
}

/// A saga stays as long as one of its events: with its id used again, their numbers would meet.
pub async fn a_saga_outlives_its_events(store: &dyn Store) -> Kept {
    let turned_back = DomainEvent::CheckoutTurnedBack { checkout: checkout_id(1), reason: "declined".into() };
    let ended = ended_saga(1, NOON);
    store.commit(changes().with(Put::new(ended)).with_event(turned_back.clone())).await?;
    let aggregate = Aggregate::Checkout(checkout_id(1));
    let event = EventNumber { aggregate, number: 1 };
    let forget = Forget::Saga { id: saga_id(1), version: Version { writes: 1, events: 1 } };
    assert_eq!(forgettable(store, 99, 9).await?, []);
    let delivery = DeliveryChange { event: event.clone(), attempts: 0, outcome: DeliveryOutcome::Delivered };
    store.commit(changes().with(delivery).with(forget.clone())).await?;
    assert!(store.saga(saga_id(1)).await?.is_some());
    assert_eq!(forgettable(store, 99, 9).await?, [Forget::Event(event.clone())]);

    store.commit(changes().with(Forget::Event(event.clone()))).await?;
    assert_eq!(forgettable(store, 99, 9).await?, std::slice::from_ref(&forget));
    store.commit(changes().with(forget)).await?;
    assert_eq!(store.saga(saga_id(1)).await?, None);
    let anew = changes().with(Put::new(saga(1, NOON))).with_event(turned_back);
    assert_eq!(store.commit(anew).await?.events[0].number, event);
    Ok(())
}

/// What is forgotten already is passed over, and so is what never was.
pub async fn what_is_forgotten_twice_is_forgotten_once(store: &dyn Store) -> Kept {
    let all = || {
        let event = Forget::Event(event_of(1, 1));
        changes().with(over(1)).with(Forget::Reservation(reservation_id(1))).with(event)
    };
    store.commit(all()).await?;
    store.commit(changes().with(Put::new(ended_saga(1, NOON)))).await?;
    store.commit(all()).await?;
    store.commit(all()).await?;
    assert_eq!(store.saga(saga_id(1)).await?, None);
    Ok(())
}

/// A refused change set forgets nothing.
pub async fn a_refused_change_set_forgets_nothing(store: &dyn Store) -> Kept {
    store.commit(two_events(1)).await?;
    store.commit(delivered(1, 1, 10)).await?;
    let held = reserve(1, held_by_checkout(1), [demand("MUG", 1)]);
    let back = release(1, ReleaseReason::TurnedBack, [line("MUG", 1)]);
    store.commit(changes().with(receive("MUG", 1)).with(held).with(back)).await?;
    store.commit(changes().with(Put::new(ended_saga(1, NOON)))).await?;
    let (events, sagas) = (store.events(Page::first(9)).await?, store.sagas(Page::first(9)).await?);
    let forget = changes()
        .with(over(1))
        .with(Forget::Reservation(reservation_id(1)))
        .with(Forget::Event(event_of(1, 1)));
    let refused = refusal(store.commit(forget.with(claim_too_much())).await);
    assert!(matches!(refused, Refusal::InsufficientStock { .. }));
    assert_eq!(store.events(Page::first(9)).await?, events);
    assert_eq!(store.sagas(Page::first(9)).await?, sagas);
    assert!(store.reservation(reservation_id(1)).await?.is_some());
    assert_eq!(forgettable(store, 1_000, 9).await?.len(), 3);
    Ok(())
}

fn claim_too_much() -> StockChange {
    reserve(2, held_by_checkout(2), [demand("MUG", 9)])
}

const fn version(writes: u64) -> Version {
    Version { writes, events: 0 }
}

/// A saga as it was put first.
const fn over(number: u128) -> Forget {
    Forget::Saga { id: saga_id(number), version: version(1) }
}

fn two_events(number: u128) -> ChangeSet {
    changes().with(Put::new(order(number))).with_event(released(number)).with_event(released(number))
}

fn released(number: u128) -> DomainEvent {
    DomainEvent::OrderReleased { order: order_id(number) }
}

fn event_of(order: u128, number: u64) -> EventNumber {
    EventNumber { aggregate: Aggregate::Order(order_id(order)), number }
}

/// The event of an order was delivered so many seconds after noon.
fn delivered(order: u128, number: u64, seconds: i64) -> ChangeSet {
    let event = event_of(order, number);
    let delivery = DeliveryChange { event, attempts: 0, outcome: DeliveryOutcome::Delivered };
    ChangeSet { at: after_noon(seconds), ..changes().with(delivery) }
}

/// What was over before so many seconds after noon.
async fn forgettable(store: &dyn Store, seconds: i64, limit: usize) -> Result<Vec<Forget>, StoreError> {
    let before = after_noon(seconds);
    store.forgettable(Cutoffs { sagas: before, reservations: before, events: before }, limit).await
}
