//! Collecting promised money later than at the checkout: with the first shipment, or when a held order is released.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        event::DomainEvent,
        ids::{OrderId, PaymentId, SagaId},
        order::OrderStatus,
        payment::{Payment, PaymentProblem},
    },
    gateway::{Authorization, CaptureRequest, IdempotencyKey, Lookup, PaymentGateway},
    saga::{Context, Kind, Next, Plan, Reach, Step, Trouble},
    storage::{ChangeSet, PaymentReader, Put, Reason, Store},
};

/// The saga that collects the money of one order.
#[derive(Debug)]
pub struct CaptureFlow;

/// What a capture remembers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureState {
    /// For which order.
    pub order: OrderId,
    /// Which payment.
    pub payment: PaymentId,
}

/// What moving money for a placed order reaches.
#[derive(Debug, Clone)]
pub struct MoneyPorts {
    /// The shop's records.
    pub store: Arc<dyn Store>,
    /// Moves money.
    pub payments: Arc<dyn PaymentGateway>,
}

impl CaptureFlow {
    /// The one capture of an order.
    pub fn id(order: OrderId) -> SagaId {
        SagaId::of_order(order, "capture")
    }
}

impl Kind for CaptureFlow {
    type State = CaptureState;
    type Ports = MoneyPorts;

    const NAME: &'static str = "capture";
    const DEFINITION: u16 = 1;

    fn plan() -> Plan<Self> {
        Plan { undoable: Vec::new(), pivot: Box::new(CheckOrder), retriable: vec![Box::new(CollectMoney)] }
    }
}

/// Makes sure that the order is still to be paid.
struct CheckOrder;

#[async_trait]
impl Step<CaptureFlow> for CheckOrder {
    fn name(&self) -> &'static str {
        "check_order"
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    async fn run(&self, cx: &Context<'_, CaptureFlow>, state: &mut CaptureState) -> Result<Next, Trouble> {
        let order = cx.ports.store.order(state.order).await?;
        if order.is_none_or(|order| order.status() == OrderStatus::Cancelled) {
            return Ok(Next::TurnBack(Reason::new("cancelled", "the order was cancelled", &())));
        }
        Ok(Next::Done(ChangeSet::new(cx.now)))
    }
}

struct CollectMoney;

#[async_trait]
impl Step<CaptureFlow> for CollectMoney {
    fn name(&self) -> &'static str {
        "collect_money"
    }

    fn reach(&self) -> Reach {
        Reach::Keyed
    }

    async fn run(&self, cx: &Context<'_, CaptureFlow>, state: &mut CaptureState) -> Result<Next, Trouble> {
        let key = IdempotencyKey::new(cx.saga, self.name(), 1, "capture");
        let capture = Capture { payment: state.payment, key, since: cx.started_at };
        collect(cx, &*cx.ports.store, &*cx.ports.payments, capture).await.map(Next::Done)
    }
}

/// One request to collect money.
pub(crate) struct Capture {
    /// Which payment.
    pub(crate) payment: PaymentId,
    /// Under which key.
    pub(crate) key: IdempotencyKey,
    /// When the intent was journaled: the age of the key.
    pub(crate) since: DateTime<Utc>,
}

/// Collects all that was promised and notes it; what is collected already is not asked for again.
pub(crate) async fn collect<K: Kind>(
    cx: &Context<'_, K>,
    store: &dyn Store,
    gateway: &dyn PaymentGateway,
    capture: Capture,
) -> Result<ChangeSet, Trouble> {
    let Some(found) = PaymentReader::payment(store, capture.payment).await? else {
        return Err(Trouble::Stuck(Reason::new(
            "corrupt",
            "the payment of this order is gone",
            &capture.payment,
        )));
    };
    if !found.captured.is_zero() {
        return Ok(ChangeSet::new(cx.now));
    }
    if is_remembered(gateway, capture.since, cx.now) {
        let (reference, amount) = (found.reference.clone(), found.authorized);
        cx.move_money(gateway.capture(CaptureRequest { key: capture.key, reference, amount })).await?;
    } else {
        confirm(cx, gateway, &capture.key, &found).await?;
    }
    let mut payment = Payment::clone(&found);
    payment.capture(cx.now).map_err(|problem| contradiction(&problem))?;
    let (id, order, amount) = (payment.id, OrderId::from(payment.checkout), payment.captured);
    let event = DomainEvent::PaymentCaptured { payment: id, order, amount };
    Ok(ChangeSet::new(cx.now).with(Put::over(found.version, payment)).with_event(event))
}

/// Whether the gateway still remembers a key of this age. An older one is never sent again.
///
/// The last eighth of the time is left out: clocks disagree, and a request may be on its way for a while.
pub(crate) fn is_remembered(gateway: &dyn PaymentGateway, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let retention = gateway.capabilities().key_retention;
    now < since + (retention - retention / 8)
}

/// What our books cannot write down contradicts the gateway: a person has to look.
pub(crate) fn contradiction(problem: &PaymentProblem) -> Trouble {
    Trouble::Stuck(Reason::new("payment_contradiction", problem, &problem.to_string()))
}

/// Looks up whether a capture under a forgotten key took place.
async fn confirm<K: Kind>(
    cx: &Context<'_, K>,
    gateway: &dyn PaymentGateway,
    key: &IdempotencyKey,
    payment: &Payment,
) -> Result<(), Trouble> {
    if cx.call(gateway.lookup(key)).await? == Lookup::Done {
        return Ok(());
    }
    let authorization = IdempotencyKey::from_stored(&payment.key);
    match cx.call(gateway.lookup(&authorization)).await? {
        Lookup::Authorization(Authorization::Captured { .. }) => Ok(()),
        _ => {
            let message =
                "the capture is older than the gateway remembers: collect it by hand, or cancel the order";
            Err(Trouble::Stuck(Reason::new("capture_uncertain", message, &payment.id)))
        }
    }
}
