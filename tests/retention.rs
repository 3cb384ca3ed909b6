//! What is long over is forgotten, and nobody who asks for it again gets it twice.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{sync::Arc, time::Duration};

use commerce_kit::{
    Error,
    checkout::CheckoutRequest,
    domain::{
        ids::{CartId, CheckoutId, OrderId, RefundId, SagaId, ShipmentId},
        order::CapturePolicy,
        payment::PaymentMethod,
    },
    environment::Clock,
    gateway::PaymentNotice,
    memory::{BuyerAnswer, MemoryStore},
    refund::RefundOrder,
    service::{Checkout, CheckoutStatus, NewShipment, Report, Retention},
    storage::{ChangeSet, Forget, Page, Put, Receipt, Signal, Store, StoreError, Write},
};
use commerce_testkit::{
    delegate_readers,
    invariants::{Moment, check},
    shop::TestShop,
    stage::Process,
    world::World,
};
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MINUTE: Duration = Duration::from_secs(60);

/// A shop with mugs, and what a buyer sends for one of them.
async fn a_shop(token: &str) -> (TestShop, CheckoutRequest) {
    a_shop_that(token, TestShop::new()).await
}

async fn a_shop_that(token: &str, shop: TestShop) -> (TestShop, CheckoutRequest) {
    shop.sells("MUG", "12.90", 9).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let request = shop.request(cart, token).await;
    (shop, request)
}

async fn buy(shop: &TestShop, request: &CheckoutRequest) -> Checkout {
    let checkout = shop.commerce.checkouts().start(request.clone()).await.unwrap();
    shop.commerce.run_due(100).await.unwrap();
    checkout
}

/// The worker passes now, after so many days, and once more.
async fn pass(shop: &TestShop, days: u32) {
    for pause in [Duration::ZERO, DAY * days, MINUTE * 10] {
        shop.clock.advance(pause);
        shop.commerce.run_due(100).await.unwrap();
    }
}

async fn knows_saga(shop: &TestShop, id: impl Into<SagaId>) -> bool {
    shop.store.saga(id.into()).await.unwrap().is_some()
}

async fn knows_cart(shop: &TestShop, id: CartId) -> bool {
    shop.commerce.carts().get(id).await.is_ok()
}

#[tokio::test]
async fn what_is_long_over_is_forgotten_and_the_books_stay() {
    let (shop, request) = a_shop("ok").await;
    buy(&shop, &request).await;
    pass(&shop, 91).await;
    let store = &shop.store;
    assert!(!knows_saga(&shop, request.id).await);
    assert!(!knows_cart(&shop, request.cart).await);
    assert_eq!(store.reservations(Page::first(9)).await.unwrap(), []);
    assert_eq!(store.events(Page::first(9)).await.unwrap(), []);
    assert_eq!(store.orders(Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(store.payments(Page::first(9)).await.unwrap().len(), 1);
    assert_eq!(shop.commerce.inventory().audit().await.unwrap(), []);
    let violations = check(&**store, Some(&shop.gateway.books()), Moment::AtRest).await.unwrap();
    assert_eq!(violations, []);
}

#[tokio::test]
async fn nothing_is_forgotten_before_its_time() {
    let (shop, request) = a_shop("ok").await;
    buy(&shop, &request).await;
    pass(&shop, 29).await;
    assert!(!shop.store.events(Page::first(9)).await.unwrap().is_empty());
    pass(&shop, 2).await;
    assert_eq!(shop.store.events(Page::first(9)).await.unwrap(), []);
    pass(&shop, 58).await;
    assert!(knows_saga(&shop, request.id).await && knows_cart(&shop, request.cart).await);
    assert_eq!(shop.store.reservations(Page::first(9)).await.unwrap().len(), 1);
    pass(&shop, 2).await;
    assert!(!knows_saga(&shop, request.id).await && !knows_cart(&shop, request.cart).await);
}

#[tokio::test]
async fn what_is_not_over_is_never_forgotten() {
    let year = |parts: commerce_kit::service::Builder| parts.payment_deadline(DAY * 365);
    let (shop, request) = a_shop_that("decline", TestShop::with(year)).await;
    buy(&shop, &request).await;
    pass(&shop, 200).await;
    let checkout = shop.commerce.checkouts().get(request.id).await.unwrap();
    assert_eq!(checkout.status, CheckoutStatus::AwaitingTender);
    assert_eq!(shop.available("MUG").await, 8);
    let tender = PaymentMethod::new("card", "ok").unwrap();
    let paid = shop.commerce.checkouts().pay(request.id, tender).await.unwrap();
    assert!(matches!(paid.status, CheckoutStatus::Placed { .. }));
}

#[tokio::test]
async fn a_shop_that_shall_never_forget_does_not() {
    let ever = Duration::MAX;
    let all = Retention { sagas: ever, events: ever, carts: ever, reservations: ever };
    let (shop, request) = a_shop_that("ok", TestShop::with(|parts| parts.retention(all))).await;
    buy(&shop, &request).await;
    pass(&shop, 5_000).await;
    assert!(knows_saga(&shop, request.id).await && knows_cart(&shop, request.cart).await);
    assert!(!shop.store.events(Page::first(9)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_saga_is_known_for_as_long_as_the_gateway_knows_its_keys() {
    let at_once = Retention { sagas: Duration::ZERO, ..Retention::default() };
    let (shop, request) = a_shop_that("ok", TestShop::with(|parts| parts.retention(at_once))).await;
    buy(&shop, &request).await;
    shop.clock.advance(DAY - MINUTE);
    shop.commerce.run_due(100).await.unwrap();
    assert!(knows_saga(&shop, request.id).await);
    shop.clock.advance(MINUTE * 11);
    shop.commerce.run_due(100).await.unwrap();
    assert!(!knows_saga(&shop, request.id).await);
}

#[tokio::test]
async fn a_checkout_sent_again_when_it_is_forgotten_buys_nothing() {
    for price in ["12.90", "0.00"] {
        let shop = TestShop::new();
        shop.sells("MUG", price, 9).await;
        let request = shop.request(shop.cart_with(&[("MUG", 1)]).await, "ok").await;
        let first = buy(&shop, &request).await;
        let calls = shop.gateway.calls();
        pass(&shop, 91).await;
        let again = buy(&shop, &request).await;
        assert_eq!((&again.status, again.total), (&first.status, first.total));
        assert_eq!(shop.gateway.calls(), calls);
        assert_eq!((shop.available("MUG").await, knows_saga(&shop, request.id).await), (8, false));
    }
}

#[tokio::test]
async fn another_request_under_a_forgotten_id_is_refused() {
    let (shop, request) = a_shop("ok").await;
    buy(&shop, &request).await;
    pass(&shop, 91).await;
    let mut other = shop.request(shop.cart_with(&[("MUG", 2)]).await, "ok").await;
    other.id = request.id;
    let answer = shop.commerce.checkouts().start(other).await;
    assert!(matches!(answer, Err(Error::Reused { what: "checkout", .. })), "{answer:?}");
}

#[tokio::test]
async fn a_forgotten_checkout_answers_as_its_order() {
    let (shop, request) = a_shop("ok").await;
    let first = buy(&shop, &request).await;
    pass(&shop, 91).await;
    let checkouts = shop.commerce.checkouts();
    assert_eq!(checkouts.get(request.id).await.unwrap().status, first.status);
    assert_eq!(checkouts.cancel(request.id).await.unwrap().status, first.status);
    let notice = PaymentNotice { checkout: request.id };
    assert_eq!(checkouts.notify(notice).await.unwrap().status, first.status);
    let tender = || PaymentMethod::new("card", "ok").unwrap();
    assert!(matches!(checkouts.pay(request.id, tender()).await, Err(Error::NotWaiting)));
    let unknown = CheckoutId::from_uuid(Uuid::nil());
    assert!(matches!(checkouts.get(unknown).await, Err(Error::NotFound { .. })));
    assert!(matches!(checkouts.pay(unknown, tender()).await, Err(Error::NotFound { .. })));
    assert!(!knows_saga(&shop, request.id).await);
}

#[tokio::test]
async fn a_forgotten_checkout_that_moved_money_in_vain_is_not_begun_again() {
    let (shop, request) = a_shop("action").await;
    buy(&shop, &request).await;
    shop.gateway.complete_action(request.id, BuyerAnswer::ApproveAsSale).unwrap();
    shop.commerce.checkouts().cancel(request.id).await.unwrap();
    shop.commerce.run_due(100).await.unwrap();
    assert_eq!(shop.store.payments_of(request.id).await.unwrap().len(), 1);
    pass(&shop, 31).await;
    pass(&shop, 91).await;
    assert!(!knows_saga(&shop, request.id).await);
    let calls = shop.gateway.calls();
    let answer = shop.commerce.checkouts().start(request.clone()).await;
    assert!(matches!(answer, Err(Error::Forgotten { what: "checkout", .. })), "{answer:?}");
    assert_eq!((shop.gateway.calls(), shop.available("MUG").await), (calls, 9));
}

#[tokio::test]
async fn a_refund_asked_for_again_when_it_is_forgotten_is_not_sent_again() {
    let (shop, request) = a_shop("ok").await;
    let total = buy(&shop, &request).await.total.unwrap();
    let payment = shop.commerce.payments().of_order(request.id.into()).await.unwrap()[0].id;
    let id = RefundId::from_uuid(Uuid::from_u128(7));
    let refund = RefundOrder { id, payment, amount: total, reason: "a scratch".into() };
    shop.commerce.payments().refund(refund.clone()).await.unwrap();
    pass(&shop, 91).await;
    assert!(!knows_saga(&shop, id).await);
    let again = shop.commerce.payments().refund(refund.clone()).await.unwrap();
    assert_eq!((again.id, again.amount), (id, total));
    assert_eq!((shop.gateway.calls().refund, knows_saga(&shop, id).await), (1, false));
    let other = RefundOrder { reason: "two scratches".into(), ..refund };
    let answer = shop.commerce.payments().refund(other).await;
    assert!(matches!(answer, Err(Error::Reused { what: "refund", .. })), "{answer:?}");
}

#[tokio::test]
async fn an_order_called_off_again_when_that_is_forgotten_stays_called_off_once() {
    let (shop, request) = a_shop("ok").await;
    buy(&shop, &request).await;
    let order = OrderId::from(request.id);
    let first = shop.commerce.orders().cancel(order, "changed my mind").await.unwrap();
    pass(&shop, 91).await;
    assert_eq!(shop.store.sagas(Page::first(9)).await.unwrap(), []);
    let again = shop.commerce.orders().cancel(order, "really").await.unwrap();
    assert_eq!(again, first);
    assert_eq!((shop.gateway.calls().refund, shop.available("MUG").await), (1, 9));
}

#[tokio::test]
async fn a_parcel_sent_again_when_its_capture_is_forgotten_collects_nothing() {
    let late = |parts: commerce_kit::service::Builder| parts.capture(CapturePolicy::AtFulfilment);
    let shop = TestShop::with(late);
    shop.sells("MUG", "12.90", 9).await;
    let request = shop.request(shop.cart_with(&[("MUG", 2)]).await, "ok").await;
    buy(&shop, &request).await;
    let order = OrderId::from(request.id);
    let line = shop.commerce.orders().get(order).await.unwrap().quote.lines[0].line;
    let one = commerce_kit::domain::cart::Quantity::ONE;
    let parcel = |number| NewShipment {
        id: ShipmentId::from_uuid(Uuid::from_u128(number)),
        lines: Some(vec![commerce_kit::domain::order::ShipmentLine { line, quantity: one }]),
        tracking: None,
    };
    shop.commerce.orders().fulfil(order, parcel(1)).await.unwrap();
    pass(&shop, 91).await;
    assert_eq!(shop.store.sagas(Page::first(9)).await.unwrap(), []);
    for number in [1, 2] {
        shop.commerce.orders().fulfil(order, parcel(number)).await.unwrap();
    }
    assert_eq!(shop.store.sagas(Page::first(9)).await.unwrap(), []);
    assert_eq!(shop.gateway.calls().capture, 1);
}

#[tokio::test]
async fn a_pass_forgets_as_many_as_asked_for_and_the_next_one_goes_on() {
    let shop = TestShop::new();
    for _ in 0..3 {
        shop.cart_with(&[]).await;
    }
    shop.clock.advance(DAY * 91);
    let mut forgotten = Vec::new();
    for _ in 0..3 {
        forgotten.push(shop.commerce.run_due(2).await.unwrap().forgotten);
    }
    assert_eq!(forgotten, [2, 1, 0]);
    assert_eq!(shop.commerce.run_due(2).await.unwrap(), Report::default());
}

#[test]
fn who_finds_nothing_to_forget_looks_again_in_ten_minutes() {
    let world = World::default();
    let plan = world.plan(Process(1));
    let shop = world.faulty_process(Process(1), &plan).unwrap();
    world.start_worker(Process(1), &shop);
    world.stage.run_until(world.clock.now() + MINUTE * 25);
    let looks = |name| plan.calls().iter().filter(|call| call.name == name).count();
    assert_eq!((looks("forgettable"), looks("forget_carts")), (3, 3));
    assert!(looks("due") > 1_000);
}

#[tokio::test]
async fn a_wish_to_a_forgotten_saga_is_not_due_for_ever() {
    let shop = TestShop::new();
    let saga = SagaId::from_uuid(Uuid::from_u128(1));
    let stop = commerce_kit::checkout::CheckoutRefusal::Cancelled;
    let stop = Some(commerce_kit::storage::Reason::new(stop.code(), &stop, &stop));
    let wish = Signal { saga, pending: true, stop };
    shop.store.commit(ChangeSet::new(chrono::Utc::now()).with(Put::new(wish))).await.unwrap();
    shop.commerce.run_due(100).await.unwrap();
    assert_eq!(shop.store.due(chrono::Utc::now(), 9).await.unwrap(), []);
    let heard = shop.store.signal(saga).await.unwrap().unwrap();
    assert_eq!(heard.stop, None, "the next saga with this id must not be stopped");
}

/// A store that cannot read one of its reservations any more.
#[derive(Debug)]
struct Damaged {
    inner: Arc<dyn Store>,
}

delegate_readers!(Damaged, inner);

#[async_trait::async_trait]
impl Store for Damaged {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let forgets_a_reservation = |write: &Write| matches!(write, Write::Forget(Forget::Reservation(_)));
        if changes.writes.iter().any(forgets_a_reservation) {
            return Err(StoreError::corrupt("a reservation", "it does not decode"));
        }
        self.inner.commit(changes).await
    }
}

#[tokio::test]
async fn a_bad_row_does_not_keep_the_others() {
    let damaged = Arc::new(Damaged { inner: Arc::new(MemoryStore::new()) });
    let (shop, request) = a_shop_that("ok", TestShop::over(damaged, |parts| parts)).await;
    buy(&shop, &request).await;
    shop.clock.advance(DAY * 91);
    let answer = shop.commerce.run_due(100).await;
    assert!(matches!(answer, Err(Error::Store(StoreError::Corrupt { .. }))), "{answer:?}");
    assert!(!knows_saga(&shop, request.id).await && !knows_cart(&shop, request.cart).await);
    assert_eq!(shop.store.events(Page::first(9)).await.unwrap(), []);
    assert_eq!(shop.store.reservations(Page::first(9)).await.unwrap().len(), 1);
}
