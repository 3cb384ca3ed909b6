use async_trait::async_trait;

use super::authorize_payment::promised;
use crate::{
    checkout::{CheckoutFlow, CheckoutState, lost},
    domain::{
        event::DomainEvent,
        ids::OrderId,
        inventory::ReservedLine,
        order::{Order, ReviewHold},
        payment::Payment,
    },
    saga::{Context, Next, Reach, Step, Trouble},
    storage::{ChangeSet, CounterChange, Put, StockChange},
};

/// The pivot: order, payment, stock, counters and events in one commit. From here there is only forward.
pub(crate) struct PlaceOrder;

#[async_trait]
impl Step<CheckoutFlow> for PlaceOrder {
    fn name(&self) -> &'static str {
        "place_order"
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    async fn run(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let stock = match state.reservation {
            Some(id) => cx.ports.store.reservation(id).await?.map(|held| held.lines.clone()),
            None => Some(Vec::new()),
        };
        let stock = stock.ok_or_else(|| lost("the reservation"))?;
        let payment = payment(cx, state);
        let order = order(cx, state, &stock, payment.as_ref())?;

        let checkout = state.id;
        let placed =
            DomainEvent::OrderPlaced { order: order.id, number: order.number.clone(), total: order.total() };
        let mut changes = ChangeSet::new(cx.now).with_event(placed);
        if let Some(id) = state.reservation {
            changes = changes.with(StockChange::Commit { id, checkout, lines: stock });
        }
        // Orders are counted, but not limited: only a promotion for the nth one has held its place before.
        let orders = state.buyer()?.orders();
        if !state.counters.contains(&orders) {
            let counter = orders.clone();
            let hold = CounterChange::Hold { counter, holder: checkout, amount: 1, limit: u64::MAX };
            changes = changes.with(hold);
            state.counters.push(orders);
        }
        for counter in &state.counters {
            changes = changes.with(CounterChange::Settle { counter: counter.clone(), holder: checkout });
        }
        if let Some(payment) = payment {
            changes = with_payment(changes, payment, order.id);
        }
        state.placed_at = Some(cx.now);
        state.capture = Some(order.capture);
        // From here on the order has the quote and the addresses; what is left to do needs only what was bought.
        state.bought = order.quote.lines.iter().map(|line| (line.line, line.quantity)).collect();
        (state.quote, state.request, state.tender) = (None, None, None);
        Ok(Next::Done(changes.with(Put::new(order))))
    }
}

fn payment(cx: &Context<'_, CheckoutFlow>, state: &CheckoutState) -> Option<Payment> {
    let (tender, promise) = (state.tender.as_ref()?, state.promise.as_ref()?);
    let authorized = state.total?;
    let promised = promised(cx, state, tender, authorized, promise.reference.clone());
    if !promise.captured {
        return Some(promised);
    }
    Some(Payment { captured: authorized, captured_at: Some(promise.at), ..promised })
}

fn order(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    stock: &[ReservedLine],
    payment: Option<&Payment>,
) -> Result<Order, Trouble> {
    let request = state.request()?;
    Ok(Order {
        id: OrderId::from(request.id),
        number: state.number.clone().ok_or_else(|| lost("the order number"))?,
        customer: state.customer,
        email: request.email.clone(),
        shipping_address: request.shipping_address.clone(),
        billing_address: request.billing_address.clone(),
        quote: state.quote.clone().ok_or_else(|| lost("the quote"))?,
        stock: stock.to_vec(),
        payment: payment.map(|payment| payment.id),
        capture: cx.ports.settings.capture,
        hold: state.review.clone().map(|reason| ReviewHold { reason }),
        shipments: Vec::new(),
        cancelled: None,
        placed_at: cx.now,
        metadata: state.metadata.clone(),
    })
}

fn with_payment(changes: ChangeSet, payment: Payment, order: OrderId) -> ChangeSet {
    let (id, amount, captured) = (payment.id, payment.authorized, payment.captured);
    let changes = changes.with(Put::new(payment)).with_event(DomainEvent::PaymentAuthorized {
        payment: id,
        order,
        amount,
    });
    if captured.is_zero() {
        return changes;
    }
    changes.with_event(DomainEvent::PaymentCaptured { payment: id, order, amount })
}
