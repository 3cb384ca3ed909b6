//! What can go wrong between "buy" and the parcel, and what the buyer, the shelf and the bank see of it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use commerce_kit::{
    checkout::CheckoutRefusal,
    domain::{
        ids::{CouponCode, OrderId, PromotionId, ShipmentId},
        order::{CapturePolicy, OrderStatus},
        payment::{PaymentMethod, PaymentStatus},
        pricing::{Benefit, Promotion, Target},
    },
    gateway::{
        Authorization, Capabilities, FraudScreen, GatewayError, PaymentNotice, ScreeningRequest, Verdict,
    },
    memory::BuyerAnswer,
    service::{Checkout, CheckoutStatus, NewShipment},
    storage::Page,
};
use commerce_testkit::{
    invariants::{Moment, check},
    mocks::{MockFraudScreen, MockPaymentGateway},
    shop::TestShop,
};
use rust_decimal::dec;
use uuid::Uuid;

const QUARTER: Duration = Duration::from_secs(15 * 60);

async fn one_mug(shop: &TestShop, token: &str) -> Checkout {
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    shop.buy(cart, token).await
}

/// Time passes, and the worker does what is due, until nothing is left to do.
async fn rest(shop: &TestShop) {
    for _ in 0..200 {
        let report = shop.commerce.run_due(100).await.unwrap();
        let far = chrono::DateTime::<chrono::Utc>::MAX_UTC;
        if report == <_>::default() && shop.store.due(far, 1).await.unwrap().is_empty() {
            return;
        }
        shop.clock.advance(Duration::from_secs(5));
        tokio::task::yield_now().await;
    }
    panic!("the shop does not come to rest");
}

async fn look(shop: &TestShop, checkout: &Checkout) -> CheckoutStatus {
    shop.commerce.checkouts().get(checkout.id).await.unwrap().status
}

async fn payment(shop: &TestShop, order: OrderId) -> PaymentStatus {
    shop.commerce.payments().of_order(order).await.unwrap()[0].status()
}

async fn assert_whole(shop: &TestShop) {
    assert_eq!(check(&*shop.store, Some(&shop.gateway.books()), Moment::AtRest).await.unwrap(), []);
}

fn refused(why: CheckoutRefusal) -> CheckoutStatus {
    CheckoutStatus::Refused { why, settled: true }
}

fn card(token: &str) -> PaymentMethod {
    PaymentMethod::new("card", token).unwrap()
}

#[tokio::test]
async fn a_buyer_who_calls_off_a_waiting_checkout_gets_nothing_and_pays_nothing() {
    let shop = TestShop::new();
    let checkout = one_mug(&shop, "action").await;
    assert!(matches!(checkout.status, CheckoutStatus::AwaitingAction { .. }), "{checkout:?}");
    assert_eq!(shop.available("MUG").await, 0);
    let cancelled = shop.commerce.checkouts().cancel(checkout.id).await.unwrap();
    assert_eq!(cancelled.status, refused(CheckoutRefusal::Cancelled));
    assert_eq!(shop.available("MUG").await, 1);
    let late = shop.gateway.complete_action(checkout.id, BuyerAnswer::Approve);
    assert!(late.is_err(), "the bank was told that nothing is wanted any more");
    rest(&shop).await;
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_deadline_that_passes_gives_the_stock_back_and_charges_nothing() {
    let shop = TestShop::new();
    let checkout = one_mug(&shop, "action").await;
    shop.clock.advance(QUARTER);
    rest(&shop).await;
    assert_eq!(look(&shop, &checkout).await, refused(CheckoutRefusal::PaymentDeadline));
    assert_eq!((shop.available("MUG").await, shop.gateway.books().len()), (1, 0));
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_promise_that_came_unheard_is_given_back_at_the_deadline() {
    let shop = TestShop::new();
    let checkout = one_mug(&shop, "action").await;
    shop.gateway.complete_action(checkout.id, BuyerAnswer::Approve).unwrap();
    shop.clock.advance(QUARTER);
    rest(&shop).await;
    assert_eq!(look(&shop, &checkout).await, refused(CheckoutRefusal::PaymentDeadline));
    assert!(shop.gateway.books()[0].voided);
    assert_eq!(payment(&shop, checkout.id.into()).await, PaymentStatus::Voided);
    assert_whole(&shop).await;
}

#[tokio::test]
async fn money_that_comes_after_the_deadline_is_refunded() {
    let shop = TestShop::new();
    let checkout = one_mug(&shop, "pending").await;
    assert!(matches!(checkout.status, CheckoutStatus::AwaitingConfirmation { .. }), "{checkout:?}");
    shop.clock.advance(QUARTER);
    rest(&shop).await;
    assert_eq!(look(&shop, &checkout).await, refused(CheckoutRefusal::PaymentDeadline));

    shop.gateway.complete_action(checkout.id, BuyerAnswer::ApproveAsSale).unwrap();
    shop.commerce.checkouts().notify(PaymentNotice { checkout: checkout.id }).await.unwrap();
    rest(&shop).await;
    assert_eq!(look(&shop, &checkout).await, refused(CheckoutRefusal::PaymentDeadline));
    let books = shop.gateway.books();
    assert_eq!((books[0].captured, books[0].refunded), (books[0].amount, books[0].amount));
    assert_eq!(payment(&shop, checkout.id.into()).await, PaymentStatus::Refunded);
    assert_eq!(shop.available("MUG").await, 1);
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_request_that_the_gateway_rejects_is_a_declined_tender() {
    let mut gateway = MockPaymentGateway::new();
    gateway.expect_capabilities().return_const(Capabilities { key_retention: QUARTER * 4 * 24 });
    gateway.expect_capture().returning(|_| Ok(()));
    gateway.expect_authorize().returning(|request| match request.method.token.reveal() {
        "torn" => Err(GatewayError::Rejected { code: "bad_token".into(), message: "no such card".into() }),
        _ => Ok(Authorization::Authorized { reference: "1".into() }),
    });
    let shop = TestShop::with(|parts| parts.payments(Arc::new(gateway)));
    let checkout = one_mug(&shop, "torn").await;
    assert_eq!(checkout.status, CheckoutStatus::AwaitingTender);
    assert_eq!(checkout.declined[0].reason, "no such card");
    assert_eq!(shop.available("MUG").await, 0, "the stock stays held");
    let paid = shop.commerce.checkouts().pay(checkout.id, card("ok")).await.unwrap();
    assert!(matches!(paid.status, CheckoutStatus::Placed { .. }), "{paid:?}");
}

#[tokio::test]
async fn a_coupon_that_is_used_up_is_refused_before_any_money() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 5).await;
    let code = CouponCode::new("FIRST").unwrap();
    let tenth = Benefit::Percent(dec!(10));
    let promotion = Promotion::new(PromotionId::from_uuid(Uuid::from_u128(7)), "First", tenth, Target::Order);
    let once = Promotion { limit: Some(1), ..promotion.with_code(code.clone()) };
    shop.commerce.catalog().add_promotion(once).await.unwrap();
    let mut requests = Vec::new();
    for _ in 0..2 {
        let cart = shop.cart_with(&[("MUG", 1)]).await;
        shop.commerce.carts().set_coupon(cart, Some(code.clone())).await.unwrap();
        requests.push(shop.request(cart, "ok").await);
    }
    let mut bought = Vec::new();
    for request in requests {
        bought.push(shop.commerce.checkouts().start(request).await.unwrap());
    }
    assert_eq!(bought[0].total.unwrap().minor(), 900);
    let CheckoutStatus::Refused { why, settled: true } = &bought[1].status else { panic!("{bought:?}") };
    assert_eq!(why.code(), "limit_reached");
    assert_eq!((shop.gateway.calls().authorize, shop.available("MUG").await), (1, 4));
    rest(&shop).await;
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_lost_reply_ends_in_one_charge() {
    let shop = TestShop::new();
    let checkout = one_mug(&shop, "lost").await;
    assert_eq!(checkout.status, CheckoutStatus::Processing);
    rest(&shop).await;
    assert!(matches!(look(&shop, &checkout).await, CheckoutStatus::Placed { .. }));
    let books = shop.gateway.books();
    assert_eq!((shop.gateway.calls().authorize, books.len()), (2, 1), "asked twice, under one key");
    assert_eq!(books[0].captured, books[0].amount);
    assert_whole(&shop).await;
}

#[derive(Debug)]
struct ReviewEveryone;

#[async_trait]
impl FraudScreen for ReviewEveryone {
    async fn screen(&self, _: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        Ok(Verdict::Review { reason: "a new buyer".into() })
    }
}

#[tokio::test]
async fn a_review_holds_the_parcel_and_the_money_until_it_is_released() {
    let shop = TestShop::with(|parts| parts.fraud(Arc::new(ReviewEveryone)));
    let checkout = one_mug(&shop, "ok").await;
    let order = OrderId::from(checkout.id);
    rest(&shop).await;
    let held = shop.commerce.orders().get(order).await.unwrap();
    assert_eq!(held.status(), OrderStatus::Pending);
    assert_eq!((payment(&shop, order).await, shop.gateway.calls().capture), (PaymentStatus::Authorized, 0));
    let early = shop.commerce.orders().fulfil(order, parcel()).await.unwrap_err();
    assert_eq!(early.code(), "illegal_move");

    shop.commerce.orders().release_hold(order).await.unwrap();
    rest(&shop).await;
    assert_eq!(payment(&shop, order).await, PaymentStatus::Captured);
    let shipped = shop.commerce.orders().fulfil(order, parcel()).await.unwrap();
    assert_eq!(shipped.status(), OrderStatus::Shipped);
    rest(&shop).await;
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_stuck_capture_is_seen_and_resumed_by_a_person() {
    let mut gateway = MockPaymentGateway::new();
    let day = Duration::from_secs(24 * 60 * 60);
    gateway.expect_capabilities().returning(move || Capabilities { key_retention: day });
    gateway.expect_authorize().returning(|_| Ok(Authorization::Authorized { reference: "r-1".into() }));
    let rejected =
        || GatewayError::Rejected { code: "closed".into(), message: "the account is closed".into() };
    gateway.expect_capture().times(1).returning(move |_| Err(rejected()));
    gateway.expect_capture().times(1).returning(|_| Ok(()));
    let shop = TestShop::with(|parts| parts.payments(Arc::new(gateway)));
    let checkout = one_mug(&shop, "ok").await;
    assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }), "the order is safe");
    rest(&shop).await;
    let (stuck, _) = shop.commerce.sagas().stuck(Page::first(10)).await.unwrap();
    assert_eq!((stuck.len(), stuck[0].why.code.as_str()), (1, "gateway_rejected"));
    shop.commerce.sagas().resume(stuck[0].id).await.unwrap();
    rest(&shop).await;
    assert_eq!(payment(&shop, checkout.id.into()).await, PaymentStatus::Captured);
    assert!(shop.commerce.sagas().stuck(Page::first(10)).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn a_buyer_whom_the_screen_refuses_is_never_asked_for_money() {
    let mut screen = MockFraudScreen::new();
    screen.expect_screen().returning(|_| Ok(Verdict::Refuse { reason: "a known thief".into() }));
    let mut gateway = MockPaymentGateway::new();
    gateway.expect_authorize().never();
    let shop = TestShop::with(|parts| parts.fraud(Arc::new(screen)).payments(Arc::new(gateway)));
    let checkout = one_mug(&shop, "ok").await;
    assert_eq!(checkout.status, refused(CheckoutRefusal::FraudRefused));
    assert_eq!(shop.available("MUG").await, 1);
}

#[tokio::test]
async fn a_screen_that_fails_first_and_refuses_then_asks_nobody_for_money() {
    let mut screen = MockFraudScreen::new();
    screen.expect_screen().times(1).returning(|_| Err(GatewayError::unavailable("the screen is down")));
    screen.expect_screen().returning(|_| Ok(Verdict::Refuse { reason: "a known thief".into() }));
    let mut gateway = MockPaymentGateway::new();
    gateway.expect_authorize().never();
    let day = Duration::from_secs(24 * 60 * 60);
    gateway.expect_capabilities().returning(move || Capabilities { key_retention: day });
    let shop = TestShop::with(|parts| parts.fraud(Arc::new(screen)).payments(Arc::new(gateway)));
    let checkout = one_mug(&shop, "ok").await;
    assert_eq!(checkout.status, CheckoutStatus::Processing);
    rest(&shop).await;
    assert_eq!(look(&shop, &checkout).await, refused(CheckoutRefusal::FraudRefused));
    assert_eq!(shop.available("MUG").await, 1);
}

#[tokio::test]
async fn a_shop_that_collects_at_fulfilment_collects_with_the_parcel() {
    let shop = TestShop::with(|parts| parts.capture(CapturePolicy::AtFulfilment));
    let checkout = one_mug(&shop, "ok").await;
    let order = OrderId::from(checkout.id);
    rest(&shop).await;
    assert_eq!((payment(&shop, order).await, shop.gateway.calls().capture), (PaymentStatus::Authorized, 0));
    shop.commerce.orders().fulfil(order, parcel()).await.unwrap();
    rest(&shop).await;
    assert_eq!((payment(&shop, order).await, shop.gateway.calls().capture), (PaymentStatus::Captured, 1));
    assert_whole(&shop).await;
}

fn parcel() -> NewShipment {
    NewShipment { id: ShipmentId::from_uuid(Uuid::from_u128(9)), lines: None, tracking: None }
}
