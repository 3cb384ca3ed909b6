use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    checkout::{Buyer, CheckoutFlow, CheckoutRefusal, CheckoutState, QuoteProblem, quote},
    domain::{
        cart::Cart,
        ids::{OrderId, OrderNumber},
        pricing::Quote,
    },
    saga::{Context, Next, Reach, Step, Trouble, Undoable},
    storage::{ChangeSet, NameChange, Reason, UniqueName},
};

/// Takes a snapshot of the cart, prices it, and compares the total with what the buyer saw.
pub(crate) struct FreezeQuote;

#[async_trait]
impl Step<CheckoutFlow> for FreezeQuote {
    fn name(&self) -> &'static str {
        "freeze_quote"
    }

    fn reach(&self) -> Reach {
        Reach::Harmless
    }

    async fn run(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let request = state.request()?;
        let Some(cart) = cx.ports.carts.cart(request.cart).await? else {
            return Ok(Next::TurnBack(CheckoutRefusal::NoSuchCart { cart: request.cart }.reason()));
        };
        let quote = match freeze(cx, state, &cart).await? {
            Ok(quote) => quote,
            Err(refusal) => return Ok(Next::TurnBack(refusal.reason())),
        };
        let (expected, now) = (request.expected_total, quote.total);
        if expected != now {
            return Ok(Next::TurnBack(CheckoutRefusal::PriceChanged { expected, now }.reason()));
        }
        let order = OrderId::from(request.id);
        let number = number(cx, order)?;
        let claim = NameChange::Claim { name: UniqueName::OrderNumber(number.clone()), owner: order.uuid() };

        state.customer = cart.customer;
        state.metadata = cart.metadata.clone();
        state.reservation = cart.hold;
        state.total = Some(now);
        state.quote = Some(Arc::new(quote));
        state.number = Some(number);
        Ok(Next::Done(ChangeSet::new(cx.now).with(claim)))
    }
}

#[async_trait]
impl Undoable<CheckoutFlow> for FreezeQuote {
    async fn undo(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let mut changes = ChangeSet::new(cx.now);
        if let Some(number) = &state.number {
            let owner = OrderId::from(state.id).uuid();
            changes = changes.with(NameChange::Free { name: UniqueName::OrderNumber(number.clone()), owner });
        }
        Ok(Next::Done(changes))
    }
}

async fn freeze(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    cart: &Cart,
) -> Result<Result<Quote, CheckoutRefusal>, Trouble> {
    let request = state.request()?;
    let buyer = Buyer { to: Some(&request.shipping_address), shipping: request.shipping.as_deref() };
    // Whoever knows the rates may take as long as a gateway; a lease must not be spent on waiting for them.
    let Some(quoted) = cx.in_time(quote(cx.ports, cart, buyer, cx.now)).await else {
        return Err(Trouble::Again { why: "the rates did not come in time".into() });
    };
    match quoted.map_err(CheckoutRefusal::from_quote) {
        Ok(quote) => Ok(Ok(quote)),
        Err(Ok(refusal)) => Ok(Err(refusal)),
        Err(Err(QuoteProblem::Store(error))) => Err(error.into()),
        Err(Err(failure)) => Err(Trouble::Again { why: failure.to_string() }),
    }
}

/// The order's number; another one when the guards have just refused what was decided.
fn number(cx: &Context<'_, CheckoutFlow>, order: OrderId) -> Result<OrderNumber, Trouble> {
    let number = cx.ports.numbers.number(order, cx.started_at, u32::from(cx.refused));
    number.map_err(|problem| Trouble::Stuck(Reason::new("order_number", problem, &())))
}
