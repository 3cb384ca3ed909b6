use commerce_core::{
    checkout::CheckoutFlow, domain::pricing::ReplayProblem, saga::Kind, storage::SagaStatus,
};

use super::{Findings, Moment, View};

/// O1 to O3, G2, G3, P1, P3: an order is paid for, adds up, and can be priced once more as it was; its checkout never turned back; every saga ends.
pub(super) fn check(view: &View, moment: Moment, found: &mut Findings) {
    for order in view.orders.values() {
        let id = order.id;
        found.expect("P1", order.quote.adds_up(), || format!("the quote of order {id} does not add up"));
        let replayed = order.quote.replay();
        let same = match &replayed {
            Ok(total) => *total == order.total(),
            Err(problem) => !matches!(problem, ReplayProblem::Money(_)),
        };
        found.expect("P1", same, || format!("order {id} over {} replays as {replayed:?}", order.total()));
        let payment = order.payment.and_then(|payment| view.payments.get(&payment));
        let paid = payment.is_some_and(|payment| payment.authorized == order.total());
        found.expect("O2", paid || order.total().is_zero(), || format!("order {id} is not paid for"));
        let back = view.checkout(id).is_some_and(|saga| {
            matches!(saga.status, SagaStatus::TurningBack | SagaStatus::TurnedBack) || saga.reason.is_some()
        });
        found.expect("G2", !back, || format!("order {id} exists, but its checkout turned back"));
    }
    for saga in view.sagas.values() {
        let kind = &saga.kind;
        if *kind == CheckoutFlow::NAME && saga.status == SagaStatus::Completed {
            let order = commerce_core::domain::ids::OrderId::from_uuid(saga.id.uuid());
            found.expect("O1", view.orders.contains_key(&order), || {
                format!("{kind} {order} ended without its order")
            });
        }
        if moment == Moment::AtRest {
            found.expect("G3", saga.has_ended() || saga.stuck.is_some(), || {
                format!("{kind} {} is still {:?} at step {}", saga.id, saga.status, saga.step)
            });
        }
    }
}

/// G3, for shops whose gateway is healthy: nothing is stuck.
impl View {
    /// The sagas that are stuck, with their reasons.
    pub fn stuck(&self) -> Vec<String> {
        let stuck = self.sagas.values().filter_map(|saga| saga.stuck.as_ref().map(|why| (saga, why)));
        stuck
            .map(|(saga, why)| format!("{} {}: {} ({})", saga.kind, saga.id, why.code, why.message))
            .collect()
    }
}
