//! The undo of a payment: a void while nothing is collected, else a refund.
//!
//! What was begun and never answered is asked for once more under the same key first: "not found" is no proof that a
//! payment does not exist, an answer under its key is.

use super::authorize_payment::{Charge, authorize, forgotten, is_remembered, key, promised};
use crate::{
    checkout::{CheckoutFlow, CheckoutState, Tender},
    domain::{
        event::DomainEvent,
        ids::RefundId,
        money::Money,
        payment::{Payment, PaymentStatus, Refund, RefundState},
    },
    gateway::{Authorization, GatewayError, IdempotencyKey, Lookup, RefundRequest, VoidOutcome, VoidRequest},
    refund::{next_void, void_purpose},
    saga::{Context, Next, Trouble},
    storage::{ChangeSet, Expect, Put},
};
use chrono::{DateTime, Utc};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Before a gateway is asked once more whether it can stop a payment now.
const AGAIN: Duration = Duration::from_secs(60);
/// How long a gateway is believed that still waits though the time it named is over: clocks disagree.
const GRACE: Duration = Duration::from_secs(10 * 60);

/// What is to be returned.
enum Found {
    /// No money, and none will come.
    Nothing,
    /// A promise, or a payment that waits.
    Promise { reference: String, accepted: bool },
    /// Collected money.
    Money { reference: String },
}

pub(super) async fn undo(cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
    let (Some(tender), Some(amount)) = (state.tender.clone(), state.total) else {
        return Ok(Next::Done(ChangeSet::new(cx.now)));
    };
    if amount.is_zero() {
        return Ok(Next::Done(ChangeSet::new(cx.now)));
    }
    let mut changes = ChangeSet::new(cx.now);
    let is_given_back = is_given_back(cx, state, &tender).await?;
    let (mut money, mut late_until) = (None, None);
    match find(cx, state, &tender, amount).await? {
        Found::Nothing => {}
        Found::Money { reference } => money = Some(reference),
        Found::Promise { reference, accepted } => match void(cx, state, &tender, &reference).await? {
            VoidOutcome::Voided if accepted => {
                changes = voided(cx, state, &tender, amount, reference).await?;
            }
            VoidOutcome::Voided => {}
            VoidOutcome::Captured => money = Some(reference),
            VoidOutcome::Pending { until } => {
                // The answer may be an old one, given again: whoever has not asked since the end asks once more.
                let asked = state.late_until.is_some_and(|asked| asked >= until + GRACE);
                late_until = (!asked).then(|| until.max(cx.now + AGAIN));
                state.voids = Some(next_void(state.voids));
                state.late_reference = Some(reference);
            }
        },
    }
    if let Some(reference) = money.filter(|_| !is_given_back) {
        // The refund is journaled before it is sent, so that the age of its key is known however late this is repeated.
        let Some(since) = state.refund_since else {
            state.refund_since = Some(cx.now);
            return Ok(Next::WaitUntil(cx.now));
        };
        give_back(cx, &tender, &reference, amount, since).await?;
        changes = refunded(cx, state, &tender, amount, reference).await?;
    }
    state.payment_undone = true;
    state.late_until = late_until;
    Ok(Next::Done(changes))
}

/// Whether our books say that all of it went back already.
async fn is_given_back(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    tender: &Tender,
) -> Result<bool, Trouble> {
    if !state.payment_undone {
        return Ok(false);
    }
    let known = cx.ports.store.payment(CheckoutState::payment_id(state.id, tender.attempt)).await?;
    Ok(known.is_some_and(|payment| payment.status() == PaymentStatus::Refunded))
}

async fn find(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    tender: &Tender,
    amount: Money,
) -> Result<Found, Trouble> {
    if let (Some(promise), false) = (&state.promise, state.payment_undone) {
        let reference = promise.reference.clone();
        let money = Found::Money { reference: reference.clone() };
        return Ok(if promise.captured { money } else { Found::Promise { reference, accepted: true } });
    }
    if let (Some(reference), true) = (&state.late_reference, state.payment_undone) {
        return Ok(Found::Promise { reference: reference.clone(), accepted: false });
    }
    let remembered = is_remembered(cx, tender.since);
    let answer = if remembered && !state.payment_undone {
        let charge = Charge { sent: state.request()?, tender, amount };
        match authorize(cx, &charge).await {
            Err(GatewayError::Rejected { .. }) => return Ok(Found::Nothing),
            answer => answer?,
        }
    } else {
        match cx.call(cx.ports.payments.lookup(&key(cx, tender))).await? {
            Lookup::Authorization(answer) => answer,
            Lookup::Closed => return Ok(Found::Nothing),
            Lookup::NotFound | Lookup::Done if state.payment_undone => return Ok(Found::Nothing),
            Lookup::NotFound | Lookup::Done => return Err(forgotten(tender)),
        }
    };
    Ok(match answer {
        Authorization::Declined { .. } => Found::Nothing,
        Authorization::Authorized { reference } => Found::Promise { reference, accepted: true },
        Authorization::ActionRequired { reference, .. } | Authorization::Pending { reference, .. } => {
            Found::Promise { reference, accepted: false }
        }
        Authorization::Captured { reference } => Found::Money { reference },
    })
}

async fn void(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    tender: &Tender,
    reference: &str,
) -> Result<VoidOutcome, GatewayError> {
    let key = IdempotencyKey::new(cx.saga, "authorize_payment", tender.attempt, &void_purpose(state.voids));
    cx.move_money(cx.ports.payments.void(VoidRequest { key, reference: reference.into() })).await
}

async fn give_back(
    cx: &Context<'_, CheckoutFlow>,
    tender: &Tender,
    reference: &str,
    amount: Money,
    since: DateTime<Utc>,
) -> Result<(), Trouble> {
    let key = IdempotencyKey::new(cx.saga, "authorize_payment", tender.attempt, "refund");
    if is_remembered(cx, since) {
        let request = RefundRequest { key, reference: reference.into(), amount };
        return Ok(cx.move_money(cx.ports.payments.refund(request)).await?);
    }
    match cx.call(cx.ports.payments.lookup(&key)).await? {
        Lookup::Done => Ok(()),
        _ => Err(forgotten(tender)),
    }
}

async fn refunded(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    tender: &Tender,
    amount: Money,
    reference: String,
) -> Result<ChangeSet, Trouble> {
    let id = RefundId::from_uuid(Uuid::new_v5(&state.id.uuid(), b"turned back"));
    let reason = cx.reason.map(|reason| reason.code.clone()).unwrap_or_default();
    let mut payment = promised(cx, state, tender, amount, reference);
    payment.captured = amount;
    payment.captured_at = Some(cx.now);
    payment.refunds = vec![Refund { id, amount, reason, state: RefundState::Done { at: cx.now } }];
    let event = DomainEvent::PaymentRefunded { payment: payment.id, refund: id, amount };
    book(cx, payment, event).await
}

async fn voided(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    tender: &Tender,
    amount: Money,
    reference: String,
) -> Result<ChangeSet, Trouble> {
    let mut payment = promised(cx, state, tender, amount, reference);
    payment.voided_at = Some(cx.now);
    let event = DomainEvent::PaymentVoided { payment: payment.id };
    book(cx, payment, event).await
}

/// Writes down money that came and went; what the books already say is not written twice.
async fn book(
    cx: &Context<'_, CheckoutFlow>,
    payment: Payment,
    event: DomainEvent,
) -> Result<ChangeSet, Trouble> {
    let known = cx.ports.store.payment(payment.id).await?;
    if known.as_ref().is_some_and(|known| known.status() == payment.status()) {
        return Ok(ChangeSet::new(cx.now));
    }
    let expect = known.map_or(Expect::Absent, |known| Expect::At(known.version));
    Ok(ChangeSet::new(cx.now).with(Put { value: Arc::new(payment), expect }).with_event(event))
}
