//! Calling off what has not been shipped: the order and its stock in one commit, then the money.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    capture::{CaptureFlow, MoneyPorts, contradiction},
    domain::{
        event::DomainEvent,
        ids::{OrderId, RefundId, SagaId},
        order::Order,
        payment::Payment,
    },
    gateway::{IdempotencyKey, VoidOutcome, VoidRequest},
    refund::{Giving, give_back, next_void, note_void, void_purpose},
    saga::{Context, Kind, Next, Plan, Reach, Step, Trouble},
    storage::{ChangeSet, Put, Reason, StockChange, StoreError, Versioned},
};

/// The saga that calls an order off.
#[derive(Debug)]
pub struct CancellationFlow;

/// What a cancellation remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationState {
    /// Which order.
    pub order: OrderId,
    /// Why.
    pub reason: String,
    /// How often the bank could not stop the payment yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voids: Option<NonZeroU32>,
}

impl CancellationFlow {
    /// The n-th attempt to call this order off.
    pub fn id(order: OrderId, attempt: u32) -> SagaId {
        SagaId::of_order(order, &format!("cancellation/{attempt}"))
    }
}

impl Kind for CancellationFlow {
    type State = CancellationState;
    type Ports = MoneyPorts;

    const NAME: &'static str = "cancellation";
    const DEFINITION: u16 = 1;

    fn plan() -> Plan<Self> {
        Plan { undoable: Vec::new(), pivot: Box::new(CancelOrder), retriable: vec![Box::new(ReturnMoney)] }
    }
}

/// How long to wait for a capture that is under way.
const CAPTURE: Duration = Duration::from_secs(1);

struct CancelOrder;

#[async_trait]
impl Step<CancellationFlow> for CancelOrder {
    fn name(&self) -> &'static str {
        "cancel_order"
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    async fn run(
        &self,
        cx: &Context<'_, CancellationFlow>,
        state: &mut CancellationState,
    ) -> Result<Next, Trouble> {
        let Some(found) = cx.ports.store.order(state.order).await? else {
            return Ok(Next::TurnBack(Reason::new("no_such_order", "there is no such order", &())));
        };
        match money_in_motion(cx, state.order).await? {
            Motion::None => {}
            Motion::Moving => return Ok(Next::WaitUntil(cx.now + CAPTURE)),
            Motion::Stuck => {
                let message = "it is not known whether the money was collected: resume the capture first";
                return Ok(Next::TurnBack(Reason::new("capture_uncertain", message, &())));
            }
        }
        let mut order = Order::clone(&found);
        let stock = match order.cancel(&state.reason, cx.now) {
            Ok(stock) => stock.to_vec(),
            Err(problem) => return Ok(Next::TurnBack(Reason::new(problem.code(), &problem, &()))),
        };
        let event = DomainEvent::OrderCancelled { order: order.id, reason: state.reason.clone() };
        let mut changes = ChangeSet::new(cx.now).with_event(event);
        if !stock.is_empty() {
            changes = changes.with(StockChange::Uncommit { lines: stock });
        }
        if let Some(payment) = payment(cx, &order).await? {
            changes = promise_refund(changes, &payment, &order, &state.reason)?;
        }
        Ok(Next::Done(changes.with(Put::over(found.version, order))))
    }
}

/// Gives up the promise of money, or gives the money back.
struct ReturnMoney;

#[async_trait]
impl Step<CancellationFlow> for ReturnMoney {
    fn name(&self) -> &'static str {
        "return_money"
    }

    fn reach(&self) -> Reach {
        Reach::Keyed
    }

    async fn run(
        &self,
        cx: &Context<'_, CancellationFlow>,
        state: &mut CancellationState,
    ) -> Result<Next, Trouble> {
        let done = Next::Done(ChangeSet::new(cx.now));
        let Some(order) = cx.ports.store.order(state.order).await? else { return Ok(done) };
        let Some(payment) = payment(cx, &order).await? else { return Ok(done) };
        let key = |purpose| IdempotencyKey::new(cx.saga, self.name(), 1, purpose);
        if !payment.captured.is_zero() {
            let refund = refund_id(state.order);
            if !payment.refunds.iter().any(|known| known.id == refund) {
                return Ok(done);
            }
            let giving = Giving { payment: payment.id, refund, key: key("refund"), since: cx.started_at };
            let given = give_back(cx, &*cx.ports.store, &*cx.ports.payments, giving).await;
            return given.map(Next::Done);
        }
        if payment.voided_at.is_some() || !order.shipments.is_empty() {
            return Ok(done);
        }
        let request =
            VoidRequest { key: key(&void_purpose(state.voids)), reference: payment.reference.clone() };
        match cx.move_money(cx.ports.payments.void(request)).await? {
            VoidOutcome::Voided => note_void(cx.now, &payment).map(Next::Done),
            VoidOutcome::Pending { until } => {
                state.voids = Some(next_void(state.voids));
                Ok(Next::WaitUntil(until.max(cx.now + CAPTURE)))
            }
            VoidOutcome::Captured => {
                let message = "the gateway collected the money of a cancelled order: refund it there";
                Err(Trouble::Stuck(Reason::new("payment_contradiction", message, &payment.id)))
            }
        }
    }
}

/// Whether anything may be collecting the money of this order right now.
enum Motion {
    None,
    Moving,
    Stuck,
}

async fn money_in_motion(cx: &Context<'_, CancellationFlow>, order: OrderId) -> Result<Motion, StoreError> {
    let checkout = SagaId::from(crate::domain::ids::CheckoutId::from(order));
    let mut motion = Motion::None;
    for saga in [checkout, CaptureFlow::id(order)] {
        match cx.ports.store.saga(saga).await? {
            Some(record) if record.stuck.is_some() => return Ok(Motion::Stuck),
            Some(record) if !record.has_ended() => motion = Motion::Moving,
            _ => {}
        }
    }
    Ok(motion)
}

async fn payment(
    cx: &Context<'_, CancellationFlow>,
    order: &Order,
) -> Result<Option<Versioned<Payment>>, StoreError> {
    match order.payment {
        Some(payment) => cx.ports.store.payment(payment).await,
        None => Ok(None),
    }
}

/// Promises to give back what was collected for the called-off pieces, as far as it was not given back before.
fn promise_refund(
    changes: ChangeSet,
    found: &Versioned<Payment>,
    order: &Order,
    reason: &str,
) -> Result<ChangeSet, Trouble> {
    let mut payment = Payment::clone(found);
    let called_off = order.called_off().map_err(|problem| contradiction(&problem.into()))?;
    let amount = payment.refundable().min(called_off);
    if amount.is_zero() {
        return Ok(changes);
    }
    let promised = payment.promise_refund(refund_id(order.id), amount, reason);
    promised.map_err(|problem| contradiction(&problem))?;
    Ok(changes.with(Put::over(found.version, payment)))
}

fn refund_id(order: OrderId) -> RefundId {
    RefundId::from_uuid(Uuid::new_v5(&order.uuid(), b"cancellation"))
}
