//! What must hold after every single effect, judged on what it touched.

mod money;
mod orders;
mod reads;
mod sagas;
mod stock;

pub(super) use money::{charged, request};
pub(super) use orders::in_the_end;
pub(super) use reads::{read_levels, read_order, read_payment};
pub(super) use stock::levels;

use commerce_core::storage::{ChangeSet, DeliveryOutcome, Write};

use super::{judge::State, model::Touched};

/// Everything that one change set may have broken.
pub(super) fn change_set(state: &mut State, changes: &ChangeSet, touched: &Touched) {
    for (rule, what) in &touched.wrong {
        state.expect(rule, false, || what.clone());
    }
    stock::check(state, touched);
    for (id, before) in &touched.orders {
        orders::check(state, *id, before.as_deref(), changes);
    }
    for (id, before) in &touched.payments {
        money::check(state, *id, before.as_deref(), changes);
    }
    for (put, before) in &touched.sagas {
        sagas::check(state, put, before.as_ref(), changes);
    }
    orders::counters(state, touched);
    delivered(state, changes);
}

/// E2: what the shop takes for delivered has been heard.
fn delivered(state: &mut State, changes: &ChangeSet) {
    for write in &changes.writes {
        let Write::Delivery(mark) = write else { continue };
        if mark.outcome == DeliveryOutcome::Delivered {
            let heard = state.heard.get(&mark.event.aggregate).copied().unwrap_or_default();
            state.expect("E2", mark.event.number <= heard, || {
                format!("{} counts as delivered, but nobody heard it", mark.event)
            });
        }
    }
}
