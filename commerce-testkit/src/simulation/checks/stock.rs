use commerce_core::{
    domain::{ids::SagaId, inventory::StockLevel},
    storage::{SagaStatus, Store},
};
use futures_util::FutureExt;

use super::super::{
    judge::State,
    model::{Counts, Touched},
};

/// S1, S4, S5, S7: nothing below zero, nothing oversold, nothing taken from a checkout that goes forward, and what is
/// committed is what orders wait for.
pub(super) fn check(state: &mut State, touched: &Touched) {
    for checkout in &touched.undone {
        let saga = state.model.sagas.get(&SagaId::from(*checkout)).map(|(_, saga)| saga.status);
        let back = matches!(saga, Some(SagaStatus::TurningBack | SagaStatus::TurnedBack));
        state.expect("S5", back, || format!("the stock of checkout {checkout} was given back amid {saga:?}"));
    }
    for key in &touched.levels {
        let counts = state.model.levels.get(key).copied().unwrap_or_default();
        let Counts { on_hand, reserved, committed } = counts;
        let at = || format!("{} at {} has {counts:?}", key.sku, key.location);
        state.expect("S1", on_hand >= 0 && reserved >= 0 && committed >= 0, at);
        // Nobody in the simulated shop allows backorder.
        state.expect("S4", on_hand >= reserved + committed, || format!("oversold: {}", at()));
        let waited = state.model.unfulfilled.get(key).copied().unwrap_or_default();
        state.expect("S7", committed == waited, || format!("orders wait for {waited}, but {}", at()));
    }
}

/// S2, S3, S7: the store says what the committed change sets add up to.
pub(in super::super) fn levels(state: &mut State, touched: &Touched, store: &dyn Store) {
    if touched.levels.is_empty() {
        return;
    }
    let mut skus: Vec<_> = touched.levels.iter().map(|key| key.sku.clone()).collect();
    skus.dedup();
    let read = store.stock_levels(&skus).now_or_never();
    for level in read.and_then(Result::ok).unwrap_or_default() {
        same(state, &level);
    }
}

/// Compares one level with the model.
pub(in super::super) fn same(state: &mut State, level: &StockLevel) {
    let expected = state.model.levels.get(&level.key).copied().unwrap_or_default();
    let there = counts(level);
    state.expect("S2", there == expected, || {
        format!("{} at {}: {there:?} instead of {expected:?}", level.key.sku, level.key.location)
    });
}

pub(super) fn counts(level: &StockLevel) -> Counts {
    Counts { on_hand: level.on_hand, reserved: level.reserved, committed: level.committed }
}
