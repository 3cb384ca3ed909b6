//! Limited counts: uses of a coupon, units per buyer, balances.

use commerce_core::storage::{
    Counter, CounterChange, CounterHold, CounterKey, HoldState, Page, Refusal, Store, StoreError,
};

use super::{
    Kept,
    answers::{commit_all, refusal},
};
use crate::fixtures::*;

/// Whoever wants more than is left of a count gets none of it.
pub async fn a_used_up_counter_refuses(store: &dyn Store) -> Kept {
    store.commit(changes().with(hold(1, 2))).await?;
    let refused = refusal(store.commit(changes().with(hold(2, 2))).await);
    assert_eq!(refused, Refusal::LimitReached { counter: counter(), left: 1 });
    store.commit(changes().with(hold(2, 1))).await?;
    let refused = refusal(store.commit(changes().with(hold(3, 1))).await);
    assert_eq!(refused, Refusal::LimitReached { counter: counter(), left: 0 });
    assert_eq!(count(store).await?, Counter { held: 3, used: 0 });
    Ok(())
}

/// A checkout that asks again has what it had.
pub async fn a_hold_counts_once_however_often_it_is_asked_for(store: &dyn Store) -> Kept {
    store.commit(changes().with(hold(1, 2)).with(hold(1, 2))).await?;
    store.commit(changes().with(hold(1, 2))).await?;
    assert_eq!(count(store).await?, Counter { held: 2, used: 0 });
    store.commit(changes().with(settle(1))).await?;
    store.commit(changes().with(hold(1, 2))).await?;
    assert_eq!(count(store).await?, Counter { held: 0, used: 2 });
    Ok(())
}

/// What is settled is used for good: settling again changes nothing, and it cannot be given back.
pub async fn what_is_settled_stays_used(store: &dyn Store) -> Kept {
    store.commit(changes().with(hold(1, 3))).await?;
    for change in [settle(1), settle(1), release(1)] {
        store.commit(changes().with(change)).await?;
        assert_eq!(count(store).await?, Counter { held: 0, used: 3 });
    }
    refusal(store.commit(changes().with(hold(2, 1))).await);
    let holds = store.counter_holds(Page::first(9)).await?;
    let holds: Vec<_> = holds.into_iter().map(|(key, hold)| (key.holder, hold)).collect();
    assert_eq!(holds, [(checkout_id(1), CounterHold { amount: 3, state: HoldState::Settled })]);
    Ok(())
}

/// What is given back leaves no trace, and is there for the next one.
pub async fn what_is_given_back_can_be_held_again(store: &dyn Store) -> Kept {
    let steps = [hold(1, 3), release(1), release(1), hold(2, 3)].map(|change| changes().with(change));
    commit_all(store, steps).await?;
    assert_eq!(count(store).await?, Counter { held: 3, used: 0 });
    let holders = store.counter_holds(Page::first(9)).await?;
    assert_eq!(holders.into_iter().map(|(key, _)| key.holder).collect::<Vec<_>>(), [checkout_id(2)]);
    let handed_over = changes().with(release(2)).with(hold(3, 3));
    store.commit(handed_over).await?;
    Ok(())
}

/// Nothing that is not held can be used.
pub async fn nothing_held_cannot_be_settled(store: &dyn Store) -> Kept {
    let refused = refusal(store.commit(changes().with(settle(1))).await);
    assert_eq!(refused, Refusal::NothingHeld { counter: counter() });
    store.commit(changes().with(release(1))).await?;
    assert_eq!(store.counters(Page::first(9)).await?, []);
    Ok(())
}

fn counter() -> CounterKey {
    CounterKey::promotion(promotion_id(1))
}

/// Holds so many of three.
fn hold(checkout: u128, amount: u64) -> CounterChange {
    CounterChange::Hold { counter: counter(), holder: checkout_id(checkout), amount, limit: 3 }
}

fn settle(checkout: u128) -> CounterChange {
    CounterChange::Settle { counter: counter(), holder: checkout_id(checkout) }
}

fn release(checkout: u128) -> CounterChange {
    CounterChange::Release { counter: counter(), holder: checkout_id(checkout) }
}

async fn count(store: &dyn Store) -> Result<Counter, StoreError> {
    let counters = store.counters(Page::first(9)).await?;
    Ok(counters.into_iter().find(|(key, _)| *key == counter()).map(|(_, count)| count).unwrap_or_default())
}
