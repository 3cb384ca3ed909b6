//! Many at once. The futures run together, so a store that waits for a database has all of them under way.

use commerce_core::storage::{
    ChangeSet, CounterChange, CounterKey, Put, Receipt, Refusal, Store, StoreError, Version,
};
use futures_util::future::join_all;

use super::{
    Kept,
    answers::{assert_conflict, counts, refusal},
};
use crate::fixtures::*;

/// Of N buyers of M units exactly M get one; the others are told that there are none left.
pub async fn n_buyers_get_m_units(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 7))).await?;
    let buyers =
        (1..=24).map(|number| changes().with(reserve(number, held_by_checkout(number), [demand("MUG", 1)])));
    let (sold, refused) = together(store, buyers).await;
    assert_eq!((sold.len(), refused.len()), (7, 17));
    for answer in refused {
        assert!(matches!(refusal(answer), Refusal::InsufficientStock { .. }));
    }
    assert_eq!(counts(store, "MUG").await?, (7, 7, 0));
    Ok(())
}

/// So many come at once that they fill several transactions, which may overlap: still each unit is sold once.
pub async fn a_rush_is_served_to_the_last_unit(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 1_500)).with(receive("CUP", 1_500))).await?;
    let buyers = (1..=2_000).map(|number| {
        let wanted = [demand("MUG", 1), demand("CUP", 1)];
        changes().with(reserve(number, held_by_checkout(number), wanted))
    });
    let (sold, refused) = together(store, buyers).await;
    assert_eq!((sold.len(), refused.len()), (1_500, 500));
    for answer in refused {
        assert!(matches!(refusal(answer), Refusal::InsufficientStock { .. }));
    }
    for one in ["MUG", "CUP"] {
        assert_eq!(counts(store, one).await?, (1_500, 1_500, 0));
    }
    Ok(())
}

/// Of many who write over the same version one wins; the others are told so.
pub async fn of_two_writers_of_one_version_one_wins(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(order(1)))).await?;
    let writers = (0..8).map(|writer| {
        let mut changed = order(1);
        changed.email = email(&format!("writer-{writer}"));
        changes().with(Put::over(Version { writes: 1, events: 0 }, changed))
    });
    let (won, lost) = together(store, writers).await;
    assert_eq!((won.len(), lost.len()), (1, 7));
    lost.into_iter().for_each(assert_conflict);
    let found = store.order(order_id(1)).await?;
    assert_eq!(found.map(|found| found.version.writes), Some(2));
    Ok(())
}

/// Of many who claim a name one gets it.
pub async fn a_name_claimed_by_many_has_one_owner(store: &dyn Store) -> Kept {
    let claims =
        (1..=8).map(|number| changes().with(Put::new(product(number, "MUG"))).with(claim_sku("MUG", number)));
    let (won, lost) = together(store, claims).await;
    assert_eq!((won.len(), lost.len()), (1, 7));
    for answer in lost {
        assert!(matches!(refusal(answer), Refusal::NameTaken { .. }));
    }
    assert!(store.listings(&[sku("MUG")]).await?[0].is_some());
    Ok(())
}

/// No more than the limit is held, however many come at once.
pub async fn a_limit_holds_however_many_come_at_once(store: &dyn Store) -> Kept {
    let counter = CounterKey::promotion(promotion_id(1));
    let holds = (1..=8).map(|number| {
        let (counter, holder) = (counter.clone(), checkout_id(number));
        changes().with(CounterChange::Hold { counter, holder, amount: 2, limit: 5 })
    });
    let (held, refused) = together(store, holds).await;
    assert_eq!((held.len(), refused.len()), (2, 6));
    for answer in refused {
        assert_eq!(refusal(answer), Refusal::LimitReached { counter: counter.clone(), left: 1 });
    }
    Ok(())
}

/// Commits all change sets at once; answers what was granted, and what was not.
async fn together(
    store: &dyn Store,
    sets: impl Iterator<Item = ChangeSet>,
) -> (Vec<Receipt>, Vec<Result<Receipt, StoreError>>) {
    let answers = join_all(sets.map(|changes| store.commit(changes))).await;
    let (granted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    (granted.into_iter().flatten().collect(), refused)
}
