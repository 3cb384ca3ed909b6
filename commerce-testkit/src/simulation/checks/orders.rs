use commerce_core::{
    domain::{
        catalog::Price,
        event::DomainEvent,
        ids::{CheckoutId, OrderId, SagaId, Sku},
        order::Order,
    },
    storage::{ChangeSet, CounterKey, SagaStatus},
};

use super::super::{
    judge::State,
    model::{Touched, Use},
};
use crate::invariants::Violation;

/// What must hold of an order that was written just now.
pub(super) fn check(state: &mut State, id: OrderId, before: Option<&Order>, changes: &ChangeSet) {
    let Some(order) = state.model.orders.get(&id).cloned() else { return };
    match before {
        None => placed(state, &order, changes),
        Some(before) => moved(state, &order, before, changes),
    }
}

/// O2, G2, P1, P3, K1, E1: a new order is paid for as the buyer saw it, and everything with it is in its commit.
fn placed(state: &mut State, order: &Order, changes: &ChangeSet) {
    let (id, total, checkout) = (order.id, order.total(), CheckoutId::from(order.id));
    state.expect("P1", order.quote.adds_up(), || format!("the quote of order {id} does not add up"));
    let saw = state.purchases.get(&checkout).map(|purchase| purchase.total);
    state.expect("P3", saw == Some(total), || format!("order {id} is over {total}, the buyer saw {saw:?}"));
    let payment = order.payment.and_then(|payment| state.model.payments.get(&payment));
    let paid = payment.is_some_and(|payment| payment.authorized == total);
    state.expect("O2", paid || total.is_zero(), || format!("order {id} is not paid for"));
    let saga = state.model.sagas.get(&SagaId::from(checkout)).map(|(_, record)| record.status);
    let forward = matches!(saga, Some(SagaStatus::Running | SagaStatus::Completed));
    state.expect("G2", forward, || format!("order {id} is placed, but its checkout is {saga:?}"));
    let event = |event: &DomainEvent| matches!(event, DomainEvent::OrderPlaced { order, .. } if *order == id);
    state
        .expect("E1", changes.events.iter().any(event), || format!("order {id} was placed without an event"));
    for line in &order.quote.lines {
        let (sku, price) = (&line.sku, &line.unit_price);
        let held = was_price(state, sku, checkout, price);
        state.expect("P3", held, || {
            format!("order {id}: {price:?} for {sku} was no price since the buyer pressed \"buy\"")
        });
        let alike = order.quote.lines.iter().filter(|other| other.sku == *sku);
        let enough = alike.map(|line| line.quantity.get()).sum::<u32>() >= price.from_quantity.get();
        state.expect("P3", enough, || format!("order {id}: {price:?} is for more pieces of {sku}"));
    }
    for used in order.quote.uses.iter().filter(|used| used.limit.is_some()) {
        let key = CounterKey::promotion(used.promotion);
        let settled =
            state.model.counters.get(&key).and_then(|uses| uses.get(&checkout)) == Some(&Use::Settled);
        state.expect("K1", settled, || format!("order {id} uses a promotion that does not count it"));
    }
}

/// Whether this was a price of a SKU at any moment since the buyer pressed "buy".
fn was_price(state: &State, sku: &Sku, checkout: CheckoutId, asked: &Price) -> bool {
    let since = state.purchases.get(&checkout).map_or(0, |purchase| purchase.since);
    let Some(prices) = state.model.prices.get(sku) else { return false };
    let first = prices.partition_point(|(from, _)| *from <= since).saturating_sub(1);
    prices[first..].iter().any(|(_, prices)| prices.contains(asked))
}

/// G2, E1, O4: an order only goes forward; it is called off only while nothing collects its money.
fn moved(state: &mut State, order: &Order, before: &Order, changes: &ChangeSet) {
    let id = order.id;
    let kept =
        order.quote == before.quote && order.number == before.number && order.payment == before.payment;
    state.expect("O4", kept, || format!("order {id} was placed differently"));
    let gone = before.cancelled.is_some() && order.cancelled.is_none();
    let fewer = order.shipments.len() < before.shipments.len();
    state.expect("O4", !gone && !fewer, || format!("order {id} went back"));
    if before.cancelled.is_none() && order.cancelled.is_some() {
        let event =
            |event: &DomainEvent| matches!(event, DomainEvent::OrderCancelled { order, .. } if *order == id);
        state.expect("E1", changes.events.iter().any(event), || {
            format!("order {id} was cancelled in silence")
        });
        let collects = [SagaId::from(CheckoutId::from(id)), SagaId::of_order(id, "capture")];
        let busy = collects
            .iter()
            .any(|saga| state.model.sagas.get(saga).is_some_and(|(_, record)| !record.has_ended()));
        state.expect("G2", !busy, || format!("order {id} was cancelled while its money was collected"));
    }
}

/// K1: no more than the limit is held and used.
pub(super) fn counters(state: &mut State, touched: &Touched) {
    for (key, limit) in &touched.counters {
        let uses = state.model.counters.get(key).map_or(0, |uses| uses.len());
        let most = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        state.expect("K1", uses <= most, || format!("{key} has {uses} uses of {most}"));
    }
}

/// O4, E2, K1: what buyers were told is so, every event was heard, and no promotion was used more often than it may be.
pub(in super::super) fn in_the_end(state: &State) -> Vec<Violation> {
    let mut found = Vec::new();
    for (checkout, purchase) in &state.purchases {
        let number = state.model.orders.get(&(*checkout).into()).map(|order| &order.number);
        if purchase.number.is_some() && number != purchase.number.as_ref() {
            let what = format!("{checkout}: a buyer was told {:?}, now it is {number:?}", purchase.number);
            found.push(Violation { rule: "O4", what });
        }
    }
    for (aggregate, written) in &state.model.events {
        let heard = state.heard.get(aggregate).copied().unwrap_or_default();
        if heard != *written {
            let what = format!("nobody ever heard more than {heard} of {written} events of {aggregate}");
            found.push(Violation { rule: "E2", what });
        }
    }
    for promotion in state.model.promotions.values() {
        let uses = |order: &&std::sync::Arc<Order>| {
            order.quote.uses.iter().any(|used| used.promotion == promotion.id)
        };
        let used = state.model.orders.values().filter(uses).count();
        if promotion.limit.is_some_and(|limit| u64::try_from(used).is_ok_and(|used| used > limit)) {
            let what = format!("{} was used by {used} orders of {:?}", promotion.name, promotion.limit);
            found.push(Violation { rule: "K1", what });
        }
    }
    found
}
