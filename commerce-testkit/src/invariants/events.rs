use std::collections::BTreeMap;

use commerce_core::domain::{event::Aggregate, ids::OrderId};

use super::{Findings, Moment, View};

/// E1 to E3: one event per transition, numbered without a gap, delivered in order; at rest all are delivered. The first
/// ones of an aggregate may be forgotten.
pub(super) fn check(view: &View, moment: Moment, found: &mut Findings) {
    let mut last: BTreeMap<&Aggregate, (u64, bool)> = BTreeMap::new();
    let mut forgotten: BTreeMap<&Aggregate, u64> = BTreeMap::new();
    for event in &view.events {
        let number = &event.event.number;
        let gone = *forgotten.entry(&number.aggregate).or_insert(number.number.saturating_sub(1));
        let (before, delivered) = last.get(&number.aggregate).copied().unwrap_or((gone, true));
        found.expect("E3", number.number == before + 1, || format!("{number} comes after number {before}"));
        let done = event.delivered_at.is_some();
        found.expect("E3", delivered || !done, || format!("{number} was delivered before the one before it"));
        found.expect("E2", done || moment == Moment::Anytime, || format!("{number} was never delivered"));
        last.insert(&number.aggregate, (number.number, done));
    }
    let mut counts: BTreeMap<(&str, &Aggregate), usize> = BTreeMap::new();
    for event in view.events.iter().map(|event| &event.event) {
        *counts.entry((event.event.name(), &event.number.aggregate)).or_default() += 1;
    }
    let mut expect = |name: &'static str, aggregate: Aggregate, written: u64, expected: bool| {
        let events = counts.get(&(name, &aggregate)).copied().unwrap_or_default();
        let forgotten = forgotten.get(&aggregate).copied().unwrap_or(written) > 0;
        let holds = events == usize::from(expected) || (events == 0 && forgotten);
        found.expect("E1", holds, || format!("{aggregate} has {events} times {name}"));
    };
    for order in view.orders.values() {
        let (aggregate, written) = (Aggregate::Order(order.id), order.version.events);
        expect("order_placed", aggregate.clone(), written, true);
        expect("order_cancelled", aggregate, written, order.cancelled.is_some());
    }
    for payment in view.payments.values() {
        let (aggregate, written) = (Aggregate::Payment(payment.id), payment.version.events);
        expect("payment_voided", aggregate.clone(), written, payment.voided_at.is_some());
        if view.orders.contains_key(&OrderId::from(payment.checkout)) {
            expect("payment_captured", aggregate, written, !payment.captured.is_zero());
        }
    }
}
