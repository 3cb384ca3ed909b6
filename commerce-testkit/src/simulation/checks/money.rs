use commerce_core::{
    domain::{
        event::DomainEvent,
        ids::{CheckoutId, OrderId, PaymentId},
        money::Money,
        payment::Payment,
    },
    storage::ChangeSet,
};

use super::super::{bank::BankRequest, judge::State};
use crate::invariants::{Findings, own_books};

/// M1, M5, E1: our own books of one payment that was written just now.
pub(super) fn check(state: &mut State, id: PaymentId, before: Option<&Payment>, changes: &ChangeSet) {
    let Some(payment) = state.model.payments.get(&id).cloned() else { return };
    let mut found = Findings::default();
    own_books(&payment, &mut found);
    for violation in found.0 {
        state.expect(violation.rule, false, || violation.what.clone());
    }
    let promised: i64 = payment.refunds.iter().map(|refund| refund.amount.minor()).sum();
    let covered = promised <= payment.captured.minor();
    state
        .expect("M1", covered, || format!("payment {id}: {promised} are to go back of {}", payment.captured));
    if let Some(before) = before {
        let refunds = |refund| payment.refunds.iter().any(|now: &_| same_refund(now, refund));
        let kept = before.captured <= payment.captured && before.refunds.iter().all(refunds);
        let stays = before.voided_at.is_none() || payment.voided_at.is_some();
        state.expect("M1", kept && stays, || format!("payment {id} went back"));
    }
    let newly = |now: bool, then: bool| now && !then;
    let voided = newly(payment.voided_at.is_some(), before.is_some_and(|it| it.voided_at.is_some()));
    let captured = newly(!payment.captured.is_zero(), before.is_some_and(|it| !it.captured.is_zero()));
    let ordered = state.model.orders.contains_key(&OrderId::from(payment.checkout));
    let has = |wanted: fn(&DomainEvent) -> Option<PaymentId>| {
        changes.events.iter().any(|event| wanted(event) == Some(id))
    };
    let void_event = has(|event| match event {
        DomainEvent::PaymentVoided { payment } => Some(*payment),
        _ => None,
    });
    let capture_event = has(|event| match event {
        DomainEvent::PaymentCaptured { payment, .. } => Some(*payment),
        _ => None,
    });
    state.expect("E1", !voided || void_event, || format!("payment {id} was voided in silence"));
    state.expect("E1", !captured || !ordered || capture_event, || {
        format!("payment {id} was captured in silence")
    });
}

fn same_refund(
    one: &commerce_core::domain::payment::Refund,
    other: &commerce_core::domain::payment::Refund,
) -> bool {
    (one.id, one.amount) == (other.id, other.amount)
}

/// G2: nothing is collected without a live order; a checkout gives nothing back after its own pivot.
pub(in super::super) fn request(state: &mut State, request: &BankRequest, checkout: CheckoutId) {
    let order = state.model.orders.get(&OrderId::from(checkout));
    let (placed, live) = (order.is_some(), order.is_some_and(|order| order.cancelled.is_none()));
    let own = |key: &str| key.starts_with(&format!("{checkout}/"));
    match request {
        BankRequest::Authorize(_) => {}
        BankRequest::Capture(capture) => {
            let shipped = order.is_some_and(|order| !order.shipments.is_empty());
            state.expect("G2", live || shipped, || format!("{} collects without a live order", capture.key));
        }
        BankRequest::Void(void) => {
            let late = placed && own(void.key.as_str());
            state.expect("G2", !late, || format!("{} gives up money of a placed order", void.key));
        }
        BankRequest::Refund(refund) => {
            let late = placed && own(refund.key.as_str());
            state.expect("G2", !late, || format!("{} gives back money of a placed order", refund.key));
        }
    }
}

/// M1, M2: by the bank's books a checkout is charged at most its total, by one payment.
pub(in super::super) fn charged(state: &mut State, net: &[Money], checkout: CheckoutId) {
    let sum: i64 = net.iter().map(|net| net.minor()).sum();
    let payments = net.iter().filter(|net| net.minor() > 0).count();
    let total = state.purchases.get(&checkout).map(|purchase| purchase.total.minor());
    state.expect("M2", payments <= 1, || format!("checkout {checkout} is charged by {payments} payments"));
    state.expect("M2", total.is_some_and(|total| sum <= total), || {
        format!("checkout {checkout} is charged {sum} of {total:?}")
    });
    let below = net.iter().any(|net| net.is_negative());
    state.expect("M1", !below, || format!("checkout {checkout} got more back than was collected"));
}
