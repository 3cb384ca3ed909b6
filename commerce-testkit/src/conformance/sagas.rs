//! Sagas, and whom to wake when.

use commerce_core::storage::{Put, SagaRecord, Signal, Store, StoreError, Version};

use super::Kept;
use crate::fixtures::*;

/// Sagas are due when they want to go on, the earliest first; a leased one when its lease ends.
pub async fn due_sagas_come_by_time_and_leased_ones_later(store: &dyn Store) -> Kept {
    for (number, seconds) in [(1, 20), (2, 10), (3, 30), (4, 31)] {
        store.commit(changes().with(Put::new(saga(number, after_noon(seconds))))).await?;
    }
    assert_eq!(due(store, 9).await?, []);
    assert_eq!(due(store, 10).await?, [2]);
    assert_eq!(due(store, 30).await?, [2, 1, 3]);

    let claimed = SagaRecord { lease: Some(lease(1, after_noon(60))), ..saga(2, after_noon(10)) };
    store.commit(changes().with(Put::over(version(1), claimed))).await?;
    assert_eq!(due(store, 59).await?, [1, 3, 4]);
    assert_eq!(due(store, 60).await?, [1, 3, 4, 2]);
    store.commit(changes().with(Put::over(version(2), saga(2, after_noon(25))))).await?;
    assert_eq!(due(store, 30).await?, [1, 2, 3]);
    Ok(())
}

/// A saga with a signal that nobody has heard is due at once, and listed once.
pub async fn a_pending_signal_makes_a_saga_due(store: &dyn Store) -> Kept {
    let sleeping = changes().with(Put::new(saga(1, after_noon(60)))).with(Put::new(saga(2, after_noon(60))));
    store.commit(sleeping).await?;
    store.commit(changes().with(Put::new(signal(2)))).await?;
    assert_eq!(due(store, 0).await?, [2]);
    assert_eq!(due(store, 60).await?, [1, 2]);
    let heard = Signal { pending: false, ..signal(2) };
    store.commit(changes().with(Put::over(version(1), heard))).await?;
    assert_eq!(due(store, 0).await?, []);
    store.commit(changes().with(Put::over(version(2), signal(2)))).await?;
    assert_eq!(due(store, 0).await?, [2]);
    Ok(())
}

/// A saga that has ended wants nothing any more.
pub async fn a_saga_that_has_ended_is_never_due(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(saga(1, NOON)))).await?;
    assert_eq!(due(store, 0).await?, [1]);
    store.commit(changes().with(Put::over(version(1), ended_saga(1, NOON)))).await?;
    assert_eq!(due(store, 1_000_000).await?, []);
    Ok(())
}

/// Of many due sagas the earliest come first, as many as were asked for.
pub async fn no_more_sagas_are_due_than_asked_for(store: &dyn Store) -> Kept {
    for (number, seconds) in [(1, 3), (2, 2), (3, 1)] {
        store.commit(changes().with(Put::new(saga(number, after_noon(seconds))))).await?;
    }
    let due = store.due(after_noon(9), 2).await?;
    assert_eq!(due, [saga_id(3), saga_id(2)]);
    Ok(())
}

/// A wish to a saga is a record of its own: neither writer is in the way of the other.
pub async fn a_signal_and_its_saga_never_conflict(store: &dyn Store) -> Kept {
    store.commit(changes().with(Put::new(saga(1, NOON)))).await?;
    store.commit(changes().with(Put::new(signal(1)))).await?;
    store.commit(changes().with(Put::over(version(1), saga(1, after_noon(5))))).await?;
    let found = store.signal(saga_id(1)).await?;
    assert_eq!(found.map(|found| found.version.writes), Some(1));
    Ok(())
}

const fn version(writes: u64) -> Version {
    Version { writes, events: 0 }
}

/// Who is due so many seconds after noon.
async fn due(store: &dyn Store, seconds: i64) -> Result<Vec<u128>, StoreError> {
    let due = store.due(after_noon(seconds), 9).await?;
    Ok(due.into_iter().map(|id| id.uuid().as_u128()).collect())
}
