use commerce_core::domain::{inventory::StockLevel, money::Money, order::Order, payment::Payment};

use super::{super::judge::State, stock::counts};

/// What a client read of levels was so at some moment since it asked.
pub(in super::super) fn read_levels(state: &mut State, since: u64, levels: &[StockLevel]) {
    for level in levels {
        let read = counts(level);
        let was = since_then(state.model.history.levels.get(&level.key), since).any(|it| *it == read);
        state.expect("S2", was, || {
            format!("a client read {read:?} of {} at {}", level.key.sku, level.key.location)
        });
    }
}

/// The same of the status of an order.
pub(in super::super) fn read_order(state: &mut State, since: u64, order: &Order) {
    let read = order.status();
    let was = since_then(state.model.history.orders.get(&order.id), since).any(|it| *it == read);
    state.expect("O4", was, || format!("a client read that order {} is {read:?}", order.id));
}

/// The same of the sums of a payment.
pub(in super::super) fn read_payment(state: &mut State, since: u64, payment: &Payment) {
    let read: [Money; 2] = [payment.captured, payment.refunded()];
    let was = since_then(state.model.history.payments.get(&payment.id), since).any(|it| *it == read);
    state.expect("M4", was, || format!("a client read {read:?} of payment {}", payment.id));
}

/// What held at that moment, and everything since.
fn since_then<T>(history: Option<&Vec<(u64, T)>>, since: u64) -> impl Iterator<Item = &T> {
    let history = history.map(Vec::as_slice).unwrap_or_default();
    let first = history.partition_point(|(from, _)| *from <= since).saturating_sub(1);
    history[first..].iter().map(|(_, value)| value)
}
