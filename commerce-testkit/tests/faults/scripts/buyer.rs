//! What buyers do: they pay, change their minds, come too late.

use std::time::Duration;

use commerce_core::{
    Commerce, Error,
    checkout::{Buyer, CheckoutRefusal, CheckoutRequest},
    domain::{
        cart::Quantity,
        customer::{Address, Email},
        ids::{CartId, CheckoutId},
        money::Money,
        payment::PaymentMethod,
    },
    gateway::PaymentNotice,
    memory::BuyerAnswer,
    service::{Checkout, CheckoutStatus},
    storage::Refusal,
};

use super::{Stock, checkout_id, id, merchant::cancel_order};
use crate::{client::Client, run::expect};

/// Presses "buy" for this cart with this token, and asks until the checkout has something to say.
pub(super) async fn buy(client: &Client<'_>, id: CheckoutId, cart: CartId, token: Option<&str>) -> Checkout {
    let request = request(client, id, cart, token).await;
    send(client, &request).await
}

/// What a buyer sends who has seen the price of this cart.
pub(super) async fn request(
    client: &Client<'_>,
    id: CheckoutId,
    cart: CartId,
    token: Option<&str>,
) -> CheckoutRequest {
    let quote = client.ask(move |shop| async move { shop.carts().quote(cart, Buyer::default()).await });
    let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse().unwrap());
    let email = Email::new("ann@example.com").unwrap();
    let total = quote.await.unwrap().total;
    let request = CheckoutRequest::new(id, cart, email, address, total);
    match token {
        Some(token) => request.with_tender(PaymentMethod::new("card", token).unwrap()),
        None => request,
    }
}

/// Sends a request, and asks until the checkout has something to say.
pub(super) async fn send(client: &Client<'_>, request: &CheckoutRequest) -> Checkout {
    let id = request.id;
    client
        .ask(move |shop| {
            let request = request.clone();
            async move { shop.checkouts().start(request).await }
        })
        .await
        .unwrap();
    settled(client, id).await
}

/// Polls until a checkout is no longer under way.
pub(super) async fn settled(client: &Client<'_>, id: CheckoutId) -> Checkout {
    loop {
        let checkout = client.ask(move |shop| async move { shop.checkouts().get(id).await }).await.unwrap();
        let under_way = matches!(
            checkout.status,
            CheckoutStatus::Processing | CheckoutStatus::Refused { settled: false, .. }
        );
        if !under_way {
            client.work().await;
            return checkout;
        }
        client.wait(Duration::from_secs(2)).await;
    }
}

pub(super) fn is_placed(checkout: &Checkout) -> Result<(), String> {
    match checkout.status {
        CheckoutStatus::Placed { .. } => Ok(()),
        ref other => Err(format!("not placed: {other:?}")),
    }
}

pub(super) fn is_refused(checkout: &Checkout, is_why: fn(&CheckoutRefusal) -> bool) -> Result<(), String> {
    match &checkout.status {
        CheckoutStatus::Refused { why, settled: true } if is_why(why) => Ok(()),
        other => Err(format!("not refused like that: {other:?}")),
    }
}

pub(super) async fn happy(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    is_placed(&buy(client, checkout_id(), stock.cart, Some("ok")).await)
}

pub(super) async fn sale(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    is_placed(&buy(client, checkout_id(), stock.cart, Some("sale")).await)
}

pub(super) async fn declined(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, Some("decline")).await;
    expect("after the decline", checkout.status, CheckoutStatus::AwaitingTender)?;
    pay(client, "ok").await
}

pub(super) async fn pays_later(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, None).await;
    expect("without a tender", checkout.status, CheckoutStatus::AwaitingTender)?;
    pay(client, "ok").await
}

pub(super) async fn pay(client: &Client<'_>, token: &'static str) -> Result<(), String> {
    let paid = client
        .ask(move |shop| async move {
            shop.checkouts().pay(checkout_id(), PaymentMethod::new("card", token).unwrap()).await
        })
        .await;
    // The first answer may have been lost: then the tender is there already.
    if let Err(error) = paid
        && !matches!(error, Error::NotWaiting)
    {
        return Err(error.to_string());
    }
    is_placed(&settled(client, checkout_id()).await)
}

pub(super) async fn notify(client: &Client<'_>) {
    let notice = PaymentNotice { checkout: checkout_id() };
    client.ask(move |shop| async move { shop.checkouts().notify(notice).await }).await.unwrap();
}

pub(super) async fn action(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy_with_action(client, stock).await?;
    approved(client).await
}

/// The hold of the cart is the checkout's by now: what the cart needs is held beside it.
pub(super) async fn changed_meanwhile(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy_with_action(client, stock).await?;
    let (cart, two) = (stock.cart, Quantity::new(2).unwrap());
    let line = client.ask(move |shop| async move { shop.carts().get(cart).await }).await.unwrap().lines[0].id;
    // Three mugs are there: one is bought already, the other is in the other cart.
    let changed =
        client.ask(move |shop| async move { shop.carts().set_quantity(cart, line, two).await }).await;
    if !matches!(changed, Ok(_) | Err(Error::Refused(Refusal::InsufficientStock { .. }))) {
        return Err(format!("the cart cannot be changed: {changed:?}"));
    }
    approved(client).await
}

pub(super) async fn buy_with_action(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, Some("action")).await;
    match checkout.status {
        CheckoutStatus::AwaitingAction { .. } => Ok(()),
        other => Err(format!("not waiting for the buyer: {other:?}")),
    }
}

pub(super) async fn approved(client: &Client<'_>) -> Result<(), String> {
    client.world.gateway.complete_action(checkout_id(), BuyerAnswer::Approve).unwrap();
    notify(client).await;
    notify(client).await;
    loop {
        match settled(client, checkout_id()).await.status {
            CheckoutStatus::Placed { .. } => return Ok(()),
            CheckoutStatus::AwaitingAction { .. } => client.wait(Duration::from_secs(5)).await,
            other => return Err(format!("approved, and yet not placed: {other:?}")),
        }
    }
}

pub(super) async fn sold_out(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let (cart, sku) = (stock.cart, stock.sku.clone());
    let line = client.ask(move |shop| async move { shop.carts().get(cart).await }).await.unwrap().lines[0].id;
    let four = Quantity::new(4).unwrap();
    client.ask(move |shop| async move { shop.carts().set_quantity(cart, line, four).await }).await.unwrap();
    let checkout = buy(client, checkout_id(), cart, Some("ok")).await;
    is_refused(&checkout, |why| {
        matches!(why, CheckoutRefusal::Store { refusal: Refusal::InsufficientStock { short } }
            if short[0].wanted == 4 && short[0].available == 3)
    })?;
    let levels = client.ask(move |shop| {
        let sku = sku.clone();
        async move { shop.inventory().levels(&sku).await }
    });
    expect("available", levels.await.unwrap()[0].available(), 3)
}

pub(super) async fn coupon(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    for cart in [stock.cart, stock.other_cart] {
        let code = stock.coupon.clone();
        let coupon = move |shop: Commerce| {
            let code = code.clone();
            async move { shop.carts().set_coupon(cart, Some(code)).await }
        };
        client.ask(coupon).await.unwrap();
    }
    // The second buyer sees the price before the first one has used the coupon up.
    let seen = request(client, CheckoutId::from_uuid(id(101)), stock.other_cart, Some("ok")).await;
    let first = buy(client, checkout_id(), stock.cart, Some("ok")).await;
    is_placed(&first)?;
    expect("with the coupon", first.total.map(Money::minor), Some(1_290 - 129 + 490))?;
    let second = send(client, &seen).await;
    is_refused(&second, |why| {
        matches!(why, CheckoutRefusal::Store { refusal: Refusal::LimitReached { left: 0, .. } })
    })
}

pub(super) async fn sale_called_off(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy(client, checkout_id(), stock.cart, Some("action")).await;
    // Heard before the money is looked at, so the checkout turns back although the money has come.
    client.world.gateway.complete_action(checkout_id(), BuyerAnswer::ApproveAsSale).unwrap();
    let stop = client.ask(move |shop| async move { shop.checkouts().cancel(checkout_id()).await });
    stop.await.unwrap();
    loop {
        match settled(client, checkout_id()).await.status {
            // The worker was faster: then the order is cancelled instead.
            CheckoutStatus::Placed { .. } => return cancel_order(client).await,
            CheckoutStatus::Refused { why: CheckoutRefusal::Cancelled, settled: true } => return Ok(()),
            CheckoutStatus::AwaitingAction { .. } => client.wait(Duration::from_secs(5)).await,
            other => return Err(format!("neither placed nor called off: {other:?}")),
        }
    }
}

pub(super) async fn never_acted(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy(client, checkout_id(), stock.cart, Some("action")).await;
    client.wait(Duration::from_secs(15 * 60)).await;
    client.work().await;
    client.wait(Duration::from_secs(3 * 60)).await;
    let checkout = settled(client, checkout_id()).await;
    is_refused(&checkout, |why| matches!(why, CheckoutRefusal::PaymentDeadline))
}

pub(super) async fn called_off(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy(client, checkout_id(), stock.cart, Some("action")).await;
    client.ask(move |shop| async move { shop.checkouts().cancel(checkout_id()).await }).await.unwrap();
    loop {
        let checkout = settled(client, checkout_id()).await;
        if !matches!(checkout.status, CheckoutStatus::AwaitingAction { .. }) {
            return is_refused(&checkout, |why| matches!(why, CheckoutRefusal::Cancelled));
        }
        client.wait(Duration::from_secs(5)).await;
    }
}

pub(super) async fn late_money(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy(client, checkout_id(), stock.cart, Some("pending")).await;
    client.wait(Duration::from_secs(16 * 60)).await;
    client.work().await;
    client.wait(Duration::from_secs(3 * 60)).await;
    let checkout = settled(client, checkout_id()).await;
    is_refused(&checkout, |why| matches!(why, CheckoutRefusal::PaymentDeadline))?;
    // The bank's transfer comes all the same, and the bank says so.
    client.world.gateway.complete_action(checkout_id(), BuyerAnswer::ApproveAsSale).unwrap();
    notify(client).await;
    client.work().await;
    Ok(())
}

pub(super) async fn screened(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, Some("ok")).await;
    is_refused(&checkout, |why| matches!(why, CheckoutRefusal::FraudRefused))
}
