//! Giving money back: promised in our books first, so that no two refunds exceed what was collected; then asked for
//! under one key until the gateway has done it.

use std::num::NonZeroU32;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    capture::{MoneyPorts, contradiction, is_remembered},
    domain::{
        event::DomainEvent,
        ids::{PaymentId, RefundId},
        money::Money,
        payment::{Payment, RefundState},
    },
    gateway::{IdempotencyKey, Lookup, PaymentGateway, RefundRequest},
    saga::{Context, Kind, Next, Plan, Reach, Step, Trouble},
    storage::{ChangeSet, PaymentReader, Put, Reason, Store},
};

/// The saga that gives money back.
#[derive(Debug)]
pub struct RefundFlow;

/// What a refund remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundOrder {
    /// Its id, chosen by whoever asked.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

impl Kind for RefundFlow {
    type State = RefundOrder;
    type Ports = MoneyPorts;

    const NAME: &'static str = "refund";
    const DEFINITION: u16 = 1;

    fn plan() -> Plan<Self> {
        Plan { undoable: Vec::new(), pivot: Box::new(PromiseRefund), retriable: vec![Box::new(SendRefund)] }
    }
}

/// Writes the refund down before the gateway hears of it.
struct PromiseRefund;

#[async_trait]
impl Step<RefundFlow> for PromiseRefund {
    fn name(&self) -> &'static str {
        "promise_refund"
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    async fn run(&self, cx: &Context<'_, RefundFlow>, state: &mut RefundOrder) -> Result<Next, Trouble> {
        let Some(found) = cx.ports.store.payment(state.payment).await? else {
            let message = format!("there is no payment {}", state.payment);
            return Ok(Next::TurnBack(Reason::new("no_such_payment", message, &())));
        };
        let mut payment = Payment::clone(&found);
        if let Err(problem) = payment.promise_refund(state.id, state.amount, &state.reason) {
            return Ok(Next::TurnBack(Reason::new(problem.code(), &problem, &())));
        }
        Ok(Next::Done(ChangeSet::new(cx.now).with(Put::over(found.version, payment))))
    }
}

struct SendRefund;

#[async_trait]
impl Step<RefundFlow> for SendRefund {
    fn name(&self) -> &'static str {
        "send_refund"
    }

    fn reach(&self) -> Reach {
        Reach::Keyed
    }

    async fn run(&self, cx: &Context<'_, RefundFlow>, state: &mut RefundOrder) -> Result<Next, Trouble> {
        let key = IdempotencyKey::new(cx.saga, self.name(), 1, "refund");
        let giving = Giving { payment: state.payment, refund: state.id, key, since: cx.started_at };
        give_back(cx, &*cx.ports.store, &*cx.ports.payments, giving).await.map(Next::Done)
    }
}

/// One request to give promised money back.
pub(crate) struct Giving {
    /// Of which payment.
    pub(crate) payment: PaymentId,
    /// By which promised refund.
    pub(crate) refund: RefundId,
    /// Under which key.
    pub(crate) key: IdempotencyKey,
    /// When the intent was journaled: the age of the key.
    pub(crate) since: DateTime<Utc>,
}

/// Gives promised money back and notes it.
pub(crate) async fn give_back<K: Kind>(
    cx: &Context<'_, K>,
    store: &dyn Store,
    gateway: &dyn PaymentGateway,
    giving: Giving,
) -> Result<ChangeSet, Trouble> {
    let found = PaymentReader::payment(store, giving.payment).await?;
    let promised = found.as_ref().and_then(|payment| {
        let refund = payment.refunds.iter().find(|refund| refund.id == giving.refund)?;
        Some((refund.amount, refund.state))
    });
    let (Some(found), Some((amount, state))) = (found, promised) else {
        return Err(Trouble::Stuck(Reason::new("corrupt", "the promised refund is gone", &giving.refund)));
    };
    if state != RefundState::Promised {
        return Ok(ChangeSet::new(cx.now));
    }
    if is_remembered(gateway, giving.since, cx.now) {
        let reference = found.reference.clone();
        cx.move_money(gateway.refund(RefundRequest { key: giving.key, reference, amount })).await?;
    } else if cx.call(gateway.lookup(&giving.key)).await? != Lookup::Done {
        let message = "the refund is older than the gateway remembers: look it up there by hand";
        return Err(Trouble::Stuck(Reason::new("refund_uncertain", message, &giving.refund)));
    }
    let mut payment = Payment::clone(&found);
    payment.settle_refund(giving.refund, cx.now);
    let event = DomainEvent::PaymentRefunded { payment: payment.id, refund: giving.refund, amount };
    Ok(ChangeSet::new(cx.now).with(Put::over(found.version, payment)).with_event(event))
}

/// Gives up a promise that was never collected.
pub(crate) fn note_void(
    now: DateTime<Utc>,
    found: &crate::storage::Versioned<Payment>,
) -> Result<ChangeSet, Trouble> {
    let mut payment = Payment::clone(found);
    payment.void(now).map_err(|problem| contradiction(&problem))?;
    let event = DomainEvent::PaymentVoided { payment: payment.id };
    Ok(ChangeSet::new(now).with(Put::over(found.version, payment)).with_event(event))
}

/// What a void is for. Under a key that was answered "not yet" a bank may answer so for ever.
pub(crate) fn void_purpose(pending: Option<NonZeroU32>) -> String {
    pending.map_or("void".into(), |times| format!("void/{times}"))
}

/// One more void that came too early.
pub(crate) fn next_void(pending: Option<NonZeroU32>) -> NonZeroU32 {
    pending.map_or(NonZeroU32::MIN, |times| times.saturating_add(1))
}
