//! From a product to an order, through the public API only.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use commerce_kit::{
    Error,
    checkout::{Buyer, CheckoutRefusal, RequestProblem},
    domain::{
        cart::Quantity,
        customer::Customer,
        ids::{CustomerId, MarketId, RefundId, ShipmentId},
        money::{Currency, Money},
        order::{OrderStatus, ShipmentLine},
        payment::{PaymentMethod, PaymentStatus},
    },
    refund::RefundOrder,
    service::{CheckoutStatus, NewCart, NewShipment, ReservePolicy},
    storage::{ChangeSet, Page, Receipt, Store, StoreError},
};
use commerce_testkit::{
    delegate_readers,
    invariants::{Moment, check},
    mocks::{MockFraudScreen, MockPaymentGateway},
    shop::{TestShop, sku},
};
use uuid::Uuid;

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

/// Lets the task that finishes a checkout after its answer run to its end.
async fn rest(shop: &TestShop) {
    for _ in 0..1_000 {
        if shop.store.due(chrono::DateTime::<chrono::Utc>::MAX_UTC, 1).await.unwrap().is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the shop does not come to rest");
}

#[tokio::test]
async fn a_product_becomes_an_order() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 2)]).await;
    let checkout = shop.buy(cart, "ok").await;
    assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }), "{:?}", checkout.status);
    rest(&shop).await;

    let order = shop.commerce.orders().get(checkout.id.into()).await.unwrap();
    assert_eq!((order.total(), order.status()), (euro(2_580), OrderStatus::Confirmed));
    assert_eq!(shop.commerce.orders().by_number(&order.number).await.unwrap().id, order.id);
    let payments = shop.commerce.payments().of_order(order.id).await.unwrap();
    assert_eq!(payments[0].status(), PaymentStatus::Captured);
    assert_eq!(shop.available("MUG").await, 3);
    assert!(shop.commerce.carts().get(cart).await.unwrap().lines.is_empty());
    assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_checkout_sent_twice_buys_once() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let request = shop.request(cart, "ok").await;
    let first = shop.commerce.checkouts().start(request.clone()).await.unwrap();
    rest(&shop).await;
    let second = shop.commerce.checkouts().start(request.clone()).await.unwrap();
    assert_eq!(first.status, second.status);
    assert_eq!((shop.available("MUG").await, shop.gateway.books().len()), (4, 1));

    let mut other = request;
    other.expected_total = euro(1);
    let reused = shop.commerce.checkouts().start(other).await.unwrap_err();
    assert_eq!(reused.code(), "id_reused");
}

#[tokio::test]
async fn a_total_the_buyer_did_not_see_is_not_charged() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let mut request = shop.request(cart, "ok").await;
    request.expected_total = euro(1);
    let checkout = shop.commerce.checkouts().start(request).await.unwrap();
    let why = CheckoutRefusal::PriceChanged { expected: euro(1), now: euro(1_290) };
    assert_eq!(checkout.status, CheckoutStatus::Refused { why, settled: true });
    assert_eq!((shop.gateway.calls().authorize, shop.available("MUG").await), (0, 5));
}

#[tokio::test]
async fn a_checkout_in_another_currency_is_refused() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let mut request = shop.request(cart, "ok").await;
    request.expected_total = Money::from_minor(1_290, Currency::USD);
    let checkout = shop.commerce.checkouts().start(request).await.unwrap();
    assert!(matches!(
        checkout.status,
        CheckoutStatus::Refused { why: CheckoutRefusal::PriceChanged { .. }, settled: true }
    ));
}

#[tokio::test]
async fn a_second_tender_is_refused_by_name_before_anything_is_written() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let request = shop.request(cart, "ok").await.with_tender(PaymentMethod::new("card", "ok").unwrap());
    let refused = shop.commerce.checkouts().start(request.clone()).await.unwrap_err();
    assert!(matches!(refused, Error::Request(RequestProblem::SplitPayment)));
    assert_eq!(shop.commerce.checkouts().get(request.id).await.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn a_sold_out_item_never_reaches_the_fraud_screen_or_the_gateway() {
    let mut screen = MockFraudScreen::new();
    screen.expect_screen().never();
    let mut gateway = MockPaymentGateway::new();
    gateway.expect_authorize().never();
    let shop = TestShop::with(|parts| parts.fraud(Arc::new(screen)).payments(Arc::new(gateway)));
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 2)]).await;
    let checkout = shop.buy(cart, "ok").await;
    let CheckoutStatus::Refused { why, settled: true } = checkout.status else { panic!("{checkout:?}") };
    assert_eq!(why.code(), "insufficient_stock");
}

#[tokio::test]
async fn a_declined_card_keeps_the_stock_until_another_pays() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let checkout = shop.buy(cart, "decline").await;
    assert_eq!((checkout.status, checkout.declined.len()), (CheckoutStatus::AwaitingTender, 1));
    assert_eq!(shop.available("MUG").await, 0);
    let tender = PaymentMethod::new("card", "ok").unwrap();
    let paid = shop.commerce.checkouts().pay(checkout.id, tender).await.unwrap();
    assert!(matches!(paid.status, CheckoutStatus::Placed { .. }));
}

#[tokio::test]
async fn an_order_for_nothing_is_placed_without_a_payment_call() {
    let shop = TestShop::new();
    shop.sells("LEAFLET", "0.00", 5).await;
    let cart = shop.cart_with(&[("LEAFLET", 1)]).await;
    let checkout = shop.buy(cart, "ok").await;
    assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }));
    rest(&shop).await;
    assert_eq!((shop.gateway.calls().authorize, shop.gateway.calls().capture), (0, 0));
    assert!(shop.commerce.orders().get(checkout.id.into()).await.unwrap().payment.is_none());
}

#[tokio::test]
async fn an_order_is_shipped_delivered_and_no_longer_cancelled() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 2)]).await;
    let order = shop.buy(cart, "ok").await.id.into();
    rest(&shop).await;
    let parcel = ShipmentId::from_uuid(Uuid::from_u128(1));
    let shipment = || NewShipment { id: parcel, lines: None, tracking: Some("1Z".into()) };
    for _ in 0..2 {
        let shipped = shop.commerce.orders().fulfil(order, shipment()).await.unwrap();
        assert_eq!(shipped.status(), OrderStatus::Shipped);
    }
    let late = shop.commerce.orders().cancel(order, "too late").await.unwrap_err();
    assert_eq!(late.code(), "illegal_move");
    let delivered = shop.commerce.orders().deliver(order, parcel).await.unwrap();
    assert_eq!(delivered.status(), OrderStatus::Delivered);
    let level = shop.commerce.inventory().levels(&sku("MUG")).await.unwrap().remove(0);
    assert_eq!((level.on_hand, level.committed), (3, 0));
}

#[tokio::test]
async fn a_cancelled_order_gives_back_its_stock_and_its_money() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 2)]).await;
    let order = shop.buy(cart, "ok").await.id.into();
    rest(&shop).await;
    let cancelled = shop.commerce.orders().cancel(order, "changed my mind").await.unwrap();
    assert_eq!(cancelled.status(), OrderStatus::Cancelled);
    rest(&shop).await;
    assert_eq!(shop.available("MUG").await, 5);
    let payment = shop.commerce.payments().of_order(order).await.unwrap().remove(0);
    assert_eq!(payment.status(), PaymentStatus::Refunded);
}

#[tokio::test]
async fn the_rest_of_a_shipped_order_is_called_off_for_its_share_of_the_price() {
    let shop = TestShop::new();
    shop.sells("PENCIL", "0.35", 5).await;
    let cart = shop.cart_with(&[("PENCIL", 3)]).await;
    let line = shop.commerce.carts().get(cart).await.unwrap().lines[0].id;
    let order = shop.buy(cart, "ok").await.id.into();
    rest(&shop).await;
    let lines = Some(vec![ShipmentLine { line, quantity: Quantity::new(2).unwrap() }]);
    let shipment = NewShipment { id: ShipmentId::from_uuid(Uuid::from_u128(1)), lines, tracking: None };
    shop.commerce.orders().fulfil(order, shipment).await.unwrap();
    let left = shop.commerce.orders().cancel(order, "two are enough").await.unwrap();
    assert_eq!((left.status(), left.called_off().unwrap()), (OrderStatus::Shipped, euro(35)));
    rest(&shop).await;
    assert_eq!(shop.gateway.books()[0].refunded, euro(35));
    let level = shop.commerce.inventory().levels(&sku("PENCIL")).await.unwrap().remove(0);
    assert_eq!((level.on_hand, level.committed, level.available()), (3, 0, 3));
    assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
    let again = shop.commerce.orders().cancel(order, "again").await.unwrap();
    assert_eq!(again.cancelled, left.cancelled, "called off once");
}

#[tokio::test]
async fn refunds_never_exceed_what_was_paid() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let order = shop.buy(cart, "ok").await.id.into();
    rest(&shop).await;
    let payment = shop.commerce.payments().of_order(order).await.unwrap()[0].id;
    let refund = |n, minor| {
        let id = RefundId::from_uuid(Uuid::from_u128(n));
        RefundOrder { id, payment, amount: euro(minor), reason: "a scratch".into() }
    };
    shop.commerce.payments().refund(refund(1, 1_000)).await.unwrap();
    shop.commerce.payments().refund(refund(1, 1_000)).await.unwrap();
    let too_much = shop.commerce.payments().refund(refund(2, 291)).await.unwrap_err();
    assert_eq!(too_much.to_string(), "only 2.90 EUR can still be refunded");
    let reused = shop.commerce.payments().refund(refund(1, 1)).await.unwrap_err();
    assert_eq!(reused.code(), "id_reused");
    rest(&shop).await;
    assert_eq!(shop.gateway.books()[0].refunded, euro(1_000));
}

#[tokio::test]
async fn an_expired_hold_never_blocks_a_buyer() {
    let hold = Duration::from_secs(600);
    let shop = TestShop::with(|parts| parts.reserve(ReservePolicy::OnAddToCart { hold }));
    shop.sells("MUG", "12.90", 1).await;
    let idle = shop.cart_with(&[("MUG", 1)]).await;
    let eager = shop.commerce.carts().create(NewCart::guest(MarketId::main())).await.unwrap().id;
    let refused = shop.commerce.carts().add(eager, &sku("MUG"), Quantity::ONE).await.unwrap_err();
    assert_eq!(refused.code(), "insufficient_stock");
    shop.clock.advance(hold);
    shop.commerce.carts().add(eager, &sku("MUG"), Quantity::ONE).await.unwrap();
    let placed = shop.buy(eager, "ok").await;
    assert!(matches!(placed.status, CheckoutStatus::Placed { .. }));
    let late = shop.buy(idle, "ok").await;
    assert!(matches!(late.status, CheckoutStatus::Refused { .. }));
}

#[tokio::test]
async fn what_nobody_can_sell_is_not_picked() {
    let shop = TestShop::new();
    let cart = shop.cart_with(&[]).await;
    let unknown = shop.commerce.carts().add(cart, &sku("NOTHING"), Quantity::ONE).await.unwrap_err();
    assert_eq!(unknown.code(), "not_found");
    let empty = shop.commerce.carts().quote(cart, Buyer::default()).await.unwrap_err();
    assert_eq!(empty.code(), "empty_cart");
}

#[tokio::test]
async fn an_email_address_belongs_to_one_customer() {
    let shop = TestShop::new();
    let email = || commerce_kit::domain::customer::Email::new("ann@example.com").unwrap();
    let customer = |n| Customer::new(CustomerId::from_uuid(Uuid::from_u128(n)), email());
    shop.commerce.customers().add(customer(1)).await.unwrap();
    assert_eq!(shop.commerce.customers().add(customer(2)).await.unwrap_err().code(), "name_taken");
    assert_eq!(shop.commerce.customers().by_email(&email()).await.unwrap().unwrap().id, customer(1).id);
}

#[tokio::test]
async fn listeners_hear_of_an_order_in_order() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let order = shop.buy(cart, "ok").await.id;
    rest(&shop).await;
    shop.commerce.run_due(100).await.unwrap();
    let heard = shop.heard.events();
    let of_payment: Vec<_> =
        heard.iter().filter(|event| event.subject == format!("payment/{order}")).collect();
    let kinds: Vec<_> = of_payment.iter().map(|event| (event.kind.as_str(), event.sequence)).collect();
    assert_eq!(kinds, [("commerce.payment_authorized", 1), ("commerce.payment_captured", 2)]);
    let events = shop.store.events(Page::first(100)).await.unwrap();
    assert!(events.iter().all(|event| event.delivered_at.is_some()));
}

/// A store that counts its commits.
#[derive(Debug)]
struct Counting {
    inner: Arc<dyn Store>,
    commits: AtomicUsize,
}

delegate_readers!(Counting, inner);

#[async_trait::async_trait]
impl Store for Counting {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.inner.commit(changes).await
    }
}

#[tokio::test]
async fn a_lone_checkout_costs_three_commits() {
    let inner = Arc::new(commerce_kit::memory::MemoryStore::new());
    let counting = Arc::new(Counting { inner, commits: AtomicUsize::new(0) });
    let shop = TestShop::over(counting.clone(), |parts| parts);
    shop.sells("MUG", "12.90", 5).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let before = counting.commits.load(Ordering::Relaxed);
    shop.buy(cart, "ok").await;
    rest(&shop).await;
    assert_eq!(counting.commits.load(Ordering::Relaxed) - before, 3);
    let violations = check(&*shop.store, Some(&shop.gateway.books()), Moment::Anytime).await.unwrap();
    assert_eq!(violations, []);
}
