use super::Rows;
use crate::storage::{Counter, CounterChange, CounterHold, HoldKey, HoldState, Refusal, StoreError};

/// Holds, settles or gives back a part of a limited count.
pub(super) fn change(rows: &mut Rows, change: &CounterChange) -> Result<(), StoreError> {
    let (CounterChange::Hold { counter, holder, .. }
    | CounterChange::Settle { counter, holder }
    | CounterChange::Release { counter, holder }) = change;
    let count = rows.counters.get(counter)?.copied().unwrap_or_default();
    let key = HoldKey { counter: counter.clone(), holder: *holder };
    let held = rows.counter_holds.get(&key)?.copied();

    let (count, hold) = match (change, held) {
        (CounterChange::Hold { .. }, Some(_)) => return Ok(()),
        (CounterChange::Hold { amount, limit, .. }, None) => {
            let left = limit.saturating_sub(count.used + count.held);
            if *amount > left {
                return Err(Refusal::LimitReached { counter: counter.clone(), left }.into());
            }
            let hold = CounterHold { amount: *amount, state: HoldState::Held };
            (Counter { held: count.held + amount, ..count }, Some(hold))
        }
        (CounterChange::Settle { .. }, Some(CounterHold { state: HoldState::Settled, .. })) => return Ok(()),
        (CounterChange::Settle { .. }, Some(CounterHold { amount, state: HoldState::Held })) => {
            let hold = CounterHold { amount, state: HoldState::Settled };
            (Counter { held: count.held - amount, used: count.used + amount }, Some(hold))
        }
        (CounterChange::Settle { .. }, None) => {
            return Err(Refusal::NothingHeld { counter: counter.clone() }.into());
        }
        (CounterChange::Release { .. }, Some(CounterHold { amount, state: HoldState::Held })) => {
            (Counter { held: count.held - amount, ..count }, None)
        }
        (CounterChange::Release { .. }, _) => return Ok(()),
    };
    rows.counters.put(counter.clone(), count);
    match hold {
        Some(hold) => rows.counter_holds.put(key, hold),
        None => rows.counter_holds.remove(key),
    }
    Ok(())
}
