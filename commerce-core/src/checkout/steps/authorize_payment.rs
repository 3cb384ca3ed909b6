use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::return_payment;
use crate::{
    capture,
    checkout::{
        CheckoutFlow, CheckoutRefusal, CheckoutRequest, CheckoutState, Decline, Promise, Tender, Waiting,
    },
    domain::{ids::CustomerId, money::Money, payment::Payment},
    gateway::{
        Authorization, AuthorizeRequest, GatewayError, IdempotencyKey, Lookup, ScreeningRequest, TryAgain,
        Verdict,
    },
    saga::{Context, Next, Reach, Step, Trouble, Undoable},
    storage::{ChangeSet, Reason},
};

/// How often a gateway is asked about a payment that waits, when no webhook comes.
const POLL: Duration = Duration::from_secs(60);

/// Lets the fraud screen look at the buyer, then asks for a promise of money.
pub(crate) struct AuthorizePayment;

#[async_trait]
impl Step<CheckoutFlow> for AuthorizePayment {
    fn name(&self) -> &'static str {
        "authorize_payment"
    }

    fn reach(&self) -> Reach {
        Reach::Keyed
    }

    async fn run(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let Some(amount) = state.total else {
            return Ok(Next::TurnBack(CheckoutRefusal::EmptyCart.reason()));
        };
        if amount.is_zero() {
            return Ok(Next::Done(ChangeSet::new(cx.now)));
        }
        if cx.now >= state.deadline {
            return Ok(Next::TurnBack(CheckoutRefusal::PaymentDeadline.reason()));
        }
        let Some(tender) = state.tender.clone() else {
            state.waiting = Some(Waiting::Tender);
            return Ok(Next::WaitUntil(state.deadline));
        };
        let charge = Charge { sent: state.request()?, tender: &tender, amount };
        // Who was let through to the bank is not looked at again while the bank waits: a verdict is given once.
        let review = if waits(state.waiting.as_ref()) {
            state.review.clone()
        } else {
            match screen(cx, state.customer, &charge).await? {
                Verdict::Allow => None,
                Verdict::Review { reason } => Some(reason),
                Verdict::Refuse { .. } => return Ok(Next::TurnBack(CheckoutRefusal::FraudRefused.reason())),
            }
        };
        let answer = match ask(cx, state.waiting.as_ref(), &charge).await {
            // Nothing happened and nothing will: the same as a bank that declines.
            Err(GatewayError::Rejected { message, .. }) => {
                Authorization::Declined { reason: message, retry: TryAgain::OtherMethod }
            }
            answer => answer?.ok_or_else(|| forgotten(&tender))?,
        };
        state.review = review;
        Ok(note(cx, state, &tender, answer))
    }
}

#[async_trait]
impl Undoable<CheckoutFlow> for AuthorizePayment {
    async fn undo(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        return_payment::undo(cx, state).await
    }
}

/// The key under which a tender is authorised.
pub(super) fn key(cx: &Context<'_, CheckoutFlow>, tender: &Tender) -> IdempotencyKey {
    IdempotencyKey::new(cx.saga, "authorize_payment", tender.attempt, "authorize")
}

/// The payment of a tender that was promised and not collected yet.
pub(super) fn promised(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    tender: &Tender,
    authorized: Money,
    reference: String,
) -> Payment {
    Payment {
        id: CheckoutState::payment_id(state.id, tender.attempt),
        checkout: state.id,
        method: tender.method.kind.clone(),
        reference,
        key: key(cx, tender).as_str().into(),
        authorized,
        captured: Money::zero(authorized.currency()),
        refunds: Vec::new(),
        voided_at: None,
        authorized_at: state.promise.as_ref().map_or(cx.now, |promise| promise.at),
        captured_at: None,
    }
}

/// What to ask for: this amount, with this tender, as the buyer sent it.
pub(super) struct Charge<'a> {
    pub(super) sent: &'a CheckoutRequest,
    pub(super) tender: &'a Tender,
    pub(super) amount: Money,
}

/// Asks under the tender's key. The same call, whether for the first time or again.
pub(super) async fn authorize(
    cx: &Context<'_, CheckoutFlow>,
    charge: &Charge<'_>,
) -> Result<Authorization, GatewayError> {
    let request = AuthorizeRequest {
        key: key(cx, charge.tender),
        checkout: charge.sent.id,
        amount: charge.amount,
        method: charge.tender.method.clone(),
        email: charge.sent.email.clone(),
        at: charge.tender.since,
    };
    cx.move_money(cx.ports.payments.authorize(request)).await
}

/// Whether the gateway still remembers a key of this age.
pub(super) fn is_remembered(cx: &Context<'_, CheckoutFlow>, since: DateTime<Utc>) -> bool {
    capture::is_remembered(&*cx.ports.payments, since, cx.now)
}

async fn screen(
    cx: &Context<'_, CheckoutFlow>,
    customer: Option<CustomerId>,
    charge: &Charge<'_>,
) -> Result<Verdict, GatewayError> {
    let request = ScreeningRequest {
        checkout: charge.sent.id,
        customer,
        email: charge.sent.email.clone(),
        shipping_address: charge.sent.shipping_address.clone(),
        method: charge.tender.method.clone(),
        amount: charge.amount,
    };
    cx.call(cx.ports.fraud.screen(&request)).await
}

/// Whether the bank has been asked, and the answer is still to come.
const fn waits(waiting: Option<&Waiting>) -> bool {
    matches!(waiting, Some(Waiting::Action { .. } | Waiting::Confirmation { .. }))
}

/// How the payment stands: what waits, or was asked for so long ago that its key is forgotten, is looked up; anything
/// else is asked for under its key. `None` when the gateway has forgotten it and nobody can tell.
async fn ask(
    cx: &Context<'_, CheckoutFlow>,
    waiting: Option<&Waiting>,
    charge: &Charge<'_>,
) -> Result<Option<Authorization>, GatewayError> {
    let remembered = is_remembered(cx, charge.tender.since);
    if waits(waiting) || !remembered {
        match cx.call(cx.ports.payments.lookup(&key(cx, charge.tender))).await? {
            Lookup::Authorization(answer) => return Ok(Some(answer)),
            Lookup::Closed => {
                let reason = "the payment was closed".into();
                return Ok(Some(Authorization::Declined { reason, retry: TryAgain::SameMethod }));
            }
            Lookup::NotFound | Lookup::Done if !remembered => return Ok(None),
            Lookup::NotFound | Lookup::Done => {}
        }
    }
    authorize(cx, charge).await.map(Some)
}

fn note(
    cx: &Context<'_, CheckoutFlow>,
    state: &mut CheckoutState,
    tender: &Tender,
    answer: Authorization,
) -> Next {
    let poll = (cx.now + POLL).min(state.deadline);
    match answer {
        Authorization::Authorized { reference } => {
            state.waiting = None;
            state.promise = Some(Promise { attempt: tender.attempt, reference, captured: false, at: cx.now });
            Next::Done(ChangeSet::new(cx.now))
        }
        Authorization::Captured { reference } => {
            state.waiting = None;
            state.promise = Some(Promise { attempt: tender.attempt, reference, captured: true, at: cx.now });
            Next::Done(ChangeSet::new(cx.now))
        }
        Authorization::ActionRequired { action, until, .. } => {
            state.waiting = Some(Waiting::Action { action, until });
            Next::WaitUntil(poll)
        }
        Authorization::Pending { until, .. } => {
            state.waiting = Some(Waiting::Confirmation { until });
            Next::WaitUntil(poll)
        }
        Authorization::Declined { reason, retry } => {
            state.declined.push(Decline { attempt: tender.attempt, reason, retry });
            state.tender = None;
            state.waiting = Some(Waiting::Tender);
            Next::WaitUntil(state.deadline)
        }
    }
}

/// A payment that may or may not exist under a key the gateway has forgotten: nobody but a person can tell.
pub(super) fn forgotten(tender: &Tender) -> Trouble {
    let message =
        format!("attempt {} is older than the gateway remembers and cannot be found there", tender.attempt);
    Trouble::Stuck(Reason::new("payment_uncertain", message, &tender.attempt))
}
