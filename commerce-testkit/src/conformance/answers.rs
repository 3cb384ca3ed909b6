use std::fmt::Debug;

use commerce_core::{
    domain::{
        ids::ReservationId,
        inventory::{StockLevel, StockProblem},
    },
    storage::{ChangeSet, Refusal, Store, StoreError},
};

use crate::fixtures::sku;

/// Why it was refused.
pub(super) fn refusal<T: Debug>(answer: Result<T, StoreError>) -> Refusal {
    match answer {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("a refusal was expected: {other:?}"),
    }
}

/// Why a stock level could not change like that.
pub(super) fn stock_problem<T: Debug>(answer: Result<T, StoreError>) -> StockProblem {
    match refusal(answer) {
        Refusal::Stock { problem, .. } => problem,
        other => panic!("a stock problem was expected: {other:?}"),
    }
}

/// Another writer was first.
pub(super) fn assert_conflict<T: Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Conflict { .. })), "a conflict was expected: {answer:?}");
}

/// The change set contradicts itself.
pub(super) fn assert_corrupt<T: Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Corrupt { .. })), "corrupt was expected: {answer:?}");
}

/// It was refused because the reservation is not held.
pub(super) fn assert_not_held<T: Debug>(answer: Result<T, StoreError>, reservation: ReservationId) {
    assert_eq!(refusal(answer), Refusal::NotHeld { reservation });
}

/// Commits each change set by itself.
pub(super) async fn commit_all(
    store: &dyn Store,
    sets: impl IntoIterator<Item = ChangeSet>,
) -> Result<(), StoreError> {
    for changes in sets {
        store.commit(changes).await?;
    }
    Ok(())
}

/// The only level of a SKU.
pub(super) async fn level(store: &dyn Store, code: &str) -> Result<StockLevel, StoreError> {
    let mut levels = store.stock_levels(&[sku(code)]).await?;
    match (levels.pop(), levels.is_empty()) {
        (Some(level), true) => Ok(level),
        other => panic!("{code} should have one level: {other:?}"),
    }
}

/// What is on hand, reserved and committed of a SKU with one level.
pub(super) async fn counts(store: &dyn Store, code: &str) -> Result<(i64, i64, i64), StoreError> {
    let level = level(store, code).await?;
    Ok((level.on_hand, level.reserved, level.committed))
}
