use std::collections::BTreeMap;

use commerce_core::{
    domain::ids::SagaId,
    storage::{CounterKey, HoldState},
};

use super::{Findings, Moment, View};

/// K1: a count is the sum of what was taken from it and never exceeds its limit; at rest nobody holds any.
pub(super) fn check(view: &View, moment: Moment, found: &mut Findings) {
    let mut sums: BTreeMap<&CounterKey, (u64, u64)> = BTreeMap::new();
    for (key, hold) in &view.holds {
        let (held, used) = sums.entry(&key.counter).or_default();
        match hold.state {
            HoldState::Held => *held += hold.amount,
            HoldState::Settled => *used += hold.amount,
        }
        if moment == Moment::AtRest && hold.state == HoldState::Held {
            let live = view.sagas.get(&SagaId::from(key.holder)).is_some_and(|saga| !saga.has_ended());
            found.expect("K1", live, || {
                format!("{} is held by an ended checkout {}", key.counter, key.holder)
            });
        }
    }
    for (key, counter) in &view.counters {
        let sum = sums.get(key).copied().unwrap_or_default();
        let count = (counter.held, counter.used);
        found.expect("K1", sum == count, || {
            format!("{key} has (held, used) {count:?}, but the sum is {sum:?}")
        });
    }
    let of_codes = view.counters.iter().filter(|(key, _)| key.as_str().contains("/code/"));
    for (key, count) in of_codes {
        let taken = count.held + count.used;
        found.expect("K1", taken <= 1, || format!("{key} was used {taken} times"));
    }
    for promotion in view.promotions.values() {
        let count = view.counters.get(&CounterKey::promotion(promotion.id));
        if let (Some(limit), Some(count)) = (promotion.limit, count) {
            let taken = count.held + count.used;
            found.expect("K1", taken <= limit, || {
                format!("{} was used {taken} times of {limit}", promotion.name)
            });
        }
    }
}
