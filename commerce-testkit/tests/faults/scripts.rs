//! The flows of a shop as a buyer and a merchant see them. Whatever single fault happens, each ends as it should.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use commerce_core::{
    Commerce, Error,
    checkout::{Buyer, CheckoutRefusal, CheckoutRequest},
    domain::{
        cart::Quantity,
        catalog::{Price, Product, Variant},
        customer::{Address, Email},
        ids::{
            CartId, CheckoutId, CouponCode, LocationId, MarketId, ProductId, PromotionId, RefundId,
            ShipmentId, Sku,
        },
        inventory::StockKey,
        money::{Currency, Money},
        order::{CapturePolicy, OrderStatus, ShipmentLine},
        payment::PaymentMethod,
        pricing::{Benefit, Promotion, Target},
    },
    gateway::{FraudScreen, GatewayError, PaymentNotice, ScreeningRequest, Verdict},
    memory::BuyerAnswer,
    refund::RefundOrder,
    service::{Checkout, CheckoutStatus, NewCart, NewShipment, ReservePolicy},
    storage::Refusal,
};
use commerce_testkit::world::World;
use rust_decimal::dec;
use uuid::Uuid;

use crate::{client::Client, run::expect};

type Played<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// A flow: what the world is like, what happens, and what must have come of it once everything rests.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) arrange: fn(&mut World),
    pub(crate) play: for<'a> fn(&'a Client<'a>, &'a Stock) -> Played<'a>,
    pub(crate) after: fn(&World, &Stock) -> Result<(), String>,
}

pub(crate) const SCRIPTS: &[Script] = &[
    Script { name: "happy", arrange: plain, play: |c, s| Box::pin(happy(c, s)), after: one_order },
    Script {
        name: "decline, then a second tender",
        arrange: plain,
        play: |c, s| Box::pin(declined(c, s)),
        after: one_order,
    },
    Script {
        name: "action required, then a webhook",
        arrange: plain,
        play: |c, s| Box::pin(action(c, s)),
        after: one_order,
    },
    Script {
        name: "sold out at reserve",
        arrange: plain,
        play: |c, s| Box::pin(sold_out(c, s)),
        after: no_money_moved,
    },
    Script {
        name: "a coupon for one buyer only",
        arrange: plain,
        play: |c, s| Box::pin(coupon(c, s)),
        after: one_order,
    },
    Script {
        name: "a method that knows only sales",
        arrange: plain,
        play: |c, s| Box::pin(sale(c, s)),
        after: one_order,
    },
    Script {
        name: "a sale called off before the order",
        arrange: plain,
        play: |c, s| Box::pin(sale_called_off(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "action never taken until the deadline",
        arrange: plain,
        play: |c, s| Box::pin(never_acted(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "called off while waiting",
        arrange: plain,
        play: |c, s| Box::pin(called_off(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "money that comes after the deadline",
        arrange: plain,
        play: |c, s| Box::pin(late_money(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "cancelled after placing",
        arrange: plain,
        play: |c, s| Box::pin(cancelled(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "the rest cancelled after a parcel",
        arrange: plain,
        play: |c, s| Box::pin(rest_cancelled(c, s)),
        after: one_order,
    },
    Script {
        name: "refunded in part",
        arrange: plain,
        play: |c, s| Box::pin(refunded(c, s)),
        after: one_order,
    },
    Script {
        name: "collected with the shipment",
        arrange: collected_late,
        play: |c, s| Box::pin(shipped(c, s)),
        after: one_order,
    },
    Script {
        name: "refused by the fraud screen",
        arrange: screened_out,
        play: |c, s| Box::pin(screened(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "held for review, then released",
        arrange: reviewed,
        play: |c, s| Box::pin(released(c, s)),
        after: one_order,
    },
    Script {
        name: "held for review, then cancelled",
        arrange: reviewed,
        play: |c, s| Box::pin(cancelled(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "stock held by the cart",
        arrange: held_by_cart,
        play: |c, s| Box::pin(happy(c, s)),
        after: one_order,
    },
    Script {
        name: "a cart changed while its stock is paid for",
        arrange: held_by_cart,
        play: |c, s| Box::pin(changed_meanwhile(c, s)),
        after: one_order,
    },
    Script {
        name: "no tender until later",
        arrange: plain,
        play: |c, s| Box::pin(pays_later(c, s)),
        after: one_order,
    },
];

/// What the shop sells: three mugs, and a promotion for one buyer.
pub(crate) struct Stock {
    sku: Sku,
    cart: CartId,
    other_cart: CartId,
    coupon: CouponCode,
}

impl Stock {
    pub(crate) async fn prepare(commerce: &Commerce) -> Self {
        let sku = Sku::new("MUG").unwrap();
        let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
        let mug =
            Product::new(ProductId::from_uuid(id(1)), "Mug", Variant::new(sku.clone()).with_price(price));
        commerce.catalog().add_product(mug).await.unwrap();
        let shelf = StockKey { sku: sku.clone(), location: LocationId::main() };
        commerce.inventory().receive(shelf, 3).await.unwrap();
        let coupon = CouponCode::new("FIRST").unwrap();
        let benefit = Benefit::Percent(dec!(10));
        let promotion = Promotion::new(PromotionId::from_uuid(id(2)), "First", benefit, Target::Order);
        let promotion =
            Promotion { limit: Some(1), limit_per_customer: Some(1), ..promotion.with_code(coupon.clone()) };
        commerce.catalog().add_promotion(promotion).await.unwrap();
        let mut carts = Vec::new();
        for _ in 0..2 {
            let cart = commerce.carts().create(NewCart::guest(MarketId::main())).await.unwrap().id;
            commerce.carts().add(cart, &sku, Quantity::ONE).await.unwrap();
            carts.push(cart);
        }
        Self { sku, cart: carts[0], other_cart: carts[1], coupon }
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn checkout_id() -> CheckoutId {
    CheckoutId::from_uuid(id(100))
}

fn plain(_: &mut World) {}

fn collected_late(world: &mut World) {
    world.capture = CapturePolicy::AtFulfilment;
}

fn held_by_cart(world: &mut World) {
    world.reserve = ReservePolicy::OnAddToCart { hold: Duration::from_secs(600) };
}

fn reviewed(world: &mut World) {
    world.fraud = Arc::new(Screen(Verdict::Review { reason: "a new buyer".into() }));
}

fn screened_out(world: &mut World) {
    world.fraud = Arc::new(Screen(Verdict::Refuse { reason: "a known thief".into() }));
}

/// A screen that says the same of everybody.
#[derive(Debug)]
struct Screen(Verdict);

#[async_trait::async_trait]
impl FraudScreen for Screen {
    async fn screen(&self, _: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        Ok(self.0.clone())
    }
}

/// Presses "buy" for this cart with this token, and asks until the checkout has something to say.
async fn buy(client: &Client<'_>, id: CheckoutId, cart: CartId, token: Option<&str>) -> Checkout {
    let quote = client.ask(move |shop| async move { shop.carts().quote(cart, Buyer::default()).await });
    let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse().unwrap());
    let email = Email::new("ann@example.com").unwrap();
    let total = quote.await.unwrap().total;
    let mut request = CheckoutRequest::new(id, cart, email, address, total);
    if let Some(token) = token {
        request = request.with_tender(PaymentMethod::new("card", token).unwrap());
    }
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
async fn settled(client: &Client<'_>, id: CheckoutId) -> Checkout {
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

fn is_placed(checkout: &Checkout) -> Result<(), String> {
    match checkout.status {
        CheckoutStatus::Placed { .. } => Ok(()),
        ref other => Err(format!("not placed: {other:?}")),
    }
}

fn is_refused(checkout: &Checkout, is_why: fn(&CheckoutRefusal) -> bool) -> Result<(), String> {
    match &checkout.status {
        CheckoutStatus::Refused { why, settled: true } if is_why(why) => Ok(()),
        other => Err(format!("not refused like that: {other:?}")),
    }
}

async fn happy(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    is_placed(&buy(client, checkout_id(), stock.cart, Some("ok")).await)
}

async fn sale(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    is_placed(&buy(client, checkout_id(), stock.cart, Some("sale")).await)
}

async fn declined(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, Some("decline")).await;
    expect("after the decline", checkout.status, CheckoutStatus::AwaitingTender)?;
    pay(client, "ok").await
}

async fn pays_later(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, None).await;
    expect("without a tender", checkout.status, CheckoutStatus::AwaitingTender)?;
    pay(client, "ok").await
}

async fn pay(client: &Client<'_>, token: &'static str) -> Result<(), String> {
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

async fn notify(client: &Client<'_>) {
    let notice = PaymentNotice { checkout: checkout_id() };
    client.ask(move |shop| async move { shop.checkouts().notify(notice).await }).await.unwrap();
}

async fn action(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy_with_action(client, stock).await?;
    approved(client).await
}

/// The hold of the cart is the checkout's by now: what the cart needs is held beside it.
async fn changed_meanwhile(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
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

async fn buy_with_action(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, Some("action")).await;
    match checkout.status {
        CheckoutStatus::AwaitingAction { .. } => Ok(()),
        other => Err(format!("not waiting for the buyer: {other:?}")),
    }
}

async fn approved(client: &Client<'_>) -> Result<(), String> {
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

async fn sold_out(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
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

async fn coupon(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    for cart in [stock.cart, stock.other_cart] {
        let code = stock.coupon.clone();
        let coupon = move |shop: Commerce| {
            let code = code.clone();
            async move { shop.carts().set_coupon(cart, Some(code)).await }
        };
        client.ask(coupon).await.unwrap();
    }
    let first = buy(client, checkout_id(), stock.cart, Some("ok")).await;
    is_placed(&first)?;
    expect("with the coupon", first.total.map(Money::minor), Some(1_290 - 129 + 490))?;
    let second = buy(client, CheckoutId::from_uuid(id(101)), stock.other_cart, Some("ok")).await;
    is_refused(&second, |why| {
        matches!(why, CheckoutRefusal::Store { refusal: Refusal::LimitReached { left: 0, .. } })
    })
}

async fn sale_called_off(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
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

async fn never_acted(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    buy(client, checkout_id(), stock.cart, Some("action")).await;
    client.wait(Duration::from_secs(15 * 60)).await;
    client.work().await;
    client.wait(Duration::from_secs(3 * 60)).await;
    let checkout = settled(client, checkout_id()).await;
    is_refused(&checkout, |why| matches!(why, CheckoutRefusal::PaymentDeadline))
}

async fn called_off(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
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

async fn late_money(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
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

async fn cancelled(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    cancel_order(client).await
}

async fn cancel_order(client: &Client<'_>) -> Result<(), String> {
    loop {
        let order = client.ask(move |shop| async move {
            shop.orders().cancel(checkout_id().into(), "changed my mind").await
        });
        let order = order.await.map_err(|error| error.to_string())?;
        client.work().await;
        if order.status() == OrderStatus::Cancelled {
            return Ok(());
        }
        client.wait(Duration::from_secs(5)).await;
    }
}

async fn rest_cancelled(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let cart = stock.cart;
    let line = client.ask(move |shop| async move { shop.carts().get(cart).await }).await.unwrap().lines[0].id;
    let three = Quantity::new(3).unwrap();
    client.ask(move |shop| async move { shop.carts().set_quantity(cart, line, three).await }).await.unwrap();
    happy(client, stock).await?;
    let ship = move |shop: Commerce| async move {
        let lines = Some(vec![ShipmentLine { line, quantity: Quantity::ONE }]);
        let shipment = NewShipment { id: ShipmentId::from_uuid(id(300)), lines, tracking: None };
        shop.orders().fulfil(checkout_id().into(), shipment).await
    };
    client.ask(ship).await.map_err(|error| error.to_string())?;
    loop {
        let cancel = |shop: Commerce| async move {
            shop.orders().cancel(checkout_id().into(), "two are enough").await
        };
        let order = client.ask(cancel).await.map_err(|error| error.to_string())?;
        client.work().await;
        if let Some(cancelled) = &order.cancelled {
            expect("pieces called off", cancelled.lines[0].quantity.get(), 2)?;
            expect("called off", order.called_off().map(Money::minor).ok(), Some(2 * 1_290))?;
            return expect("status", order.status(), OrderStatus::Shipped);
        }
        client.wait(Duration::from_secs(5)).await;
    }
}

async fn refunded(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    let order = checkout_id().into();
    let payment = loop {
        let payments =
            client.ask(move |shop| async move { shop.payments().of_order(order).await }).await.unwrap();
        if !payments[0].captured.is_zero() {
            break payments[0].id;
        }
        client.wait(Duration::from_secs(5)).await;
    };
    for _ in 0..2 {
        let refund = move |shop: Commerce| async move {
            let amount = Money::from_minor(500, Currency::EUR);
            let id = RefundId::from_uuid(id(200));
            shop.payments().refund(RefundOrder { id, payment, amount, reason: "a scratch".into() }).await
        };
        client.ask(refund).await.map_err(|error| error.to_string())?;
    }
    client.work().await;
    Ok(())
}

async fn screened(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let checkout = buy(client, checkout_id(), stock.cart, Some("ok")).await;
    is_refused(&checkout, |why| matches!(why, CheckoutRefusal::FraudRefused))
}

async fn shipped(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    for _ in 0..2 {
        let ship = move |shop: Commerce| async move {
            let shipment = NewShipment { id: ShipmentId::from_uuid(id(300)), lines: None, tracking: None };
            shop.orders().fulfil(checkout_id().into(), shipment).await
        };
        let order = client.ask(ship).await.map_err(|error| error.to_string())?;
        expect("shipped", order.status(), OrderStatus::Shipped)?;
    }
    client.work().await;
    Ok(())
}

async fn released(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    let release = |shop: Commerce| async move { shop.orders().release_hold(checkout_id().into()).await };
    match client.ask(release).await {
        // The first answer may have been lost: then it is released already.
        Ok(_) | Err(Error::Order(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    client.work().await;
    Ok(())
}

/// One order is there, paid once.
fn one_order(world: &World, _: &Stock) -> Result<(), String> {
    let books = world.gateway.books();
    let charged = books.iter().filter(|entry| entry.captured > entry.refunded).count();
    expect("payments kept", charged, 1)
}

/// Nobody asked for money.
fn no_money_moved(world: &World, _: &Stock) -> Result<(), String> {
    expect("calls to authorize", world.gateway.calls().authorize, 0)
}

/// No money was kept.
fn nothing_kept(world: &World, _: &Stock) -> Result<(), String> {
    let books = world.gateway.books();
    expect("payments kept", books.iter().filter(|entry| entry.captured > entry.refunded).count(), 0)
}
