//! Checkouts that do not end as the buyer wished: nobody is asked for money in vain, and none is lost.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{sync::Arc, time::Duration};

use commerce_kit::{
    Error,
    checkout::CheckoutRefusal,
    domain::{
        ids::{ReservationId, SagaId},
        order::CapturePolicy,
        payment::PaymentMethod,
    },
    gateway::{Authorization, Capabilities, GatewayError, Lookup, Verdict},
    service::{CheckoutStatus, ReservePolicy},
    storage::{
        ChangeSet, Put, Reason, Receipt, SagaRecord, SagaStatus, StockChange, Store, StoreError, Write,
    },
};
use commerce_testkit::{
    delegate_readers,
    mocks::{MockFraudScreen, MockPaymentGateway},
    shop::TestShop,
};

fn card() -> PaymentMethod {
    PaymentMethod::new("card", "ok").unwrap()
}

/// A gateway that remembers keys for a day.
fn gateway() -> MockPaymentGateway {
    let mut gateway = MockPaymentGateway::new();
    let key_retention = Duration::from_secs(24 * 60 * 60);
    gateway.expect_capabilities().return_const(Capabilities { key_retention });
    gateway
}

async fn saga(shop: &TestShop, id: SagaId) -> SagaRecord {
    SagaRecord::clone(&shop.store.saga(id).await.unwrap().unwrap())
}

#[tokio::test]
async fn a_buyer_whom_the_fraud_screen_refuses_is_never_asked_for_money() {
    let mut screen = MockFraudScreen::new();
    screen.expect_screen().returning(|_| Ok(Verdict::Refuse { reason: "a known thief".into() }));
    let shop = TestShop::with(|parts| parts.fraud(Arc::new(screen)));
    shop.sells("MUG", "12.90", 1).await;
    let checkout = shop.buy(shop.cart_with(&[("MUG", 1)]).await, "sale").await;
    let why = CheckoutRefusal::FraudRefused;
    assert_eq!(checkout.status, CheckoutStatus::Refused { why, settled: true });
    assert_eq!((shop.gateway.calls().authorize, shop.available("MUG").await), (0, 1));
}

#[tokio::test]
async fn a_checkout_that_turns_back_takes_no_other_tender() {
    for stuck in [None, Some(Reason::new("corrupt", "a person has to look", &()))] {
        let shop = TestShop::new();
        shop.sells("MUG", "12.90", 1).await;
        let checkout = shop.buy(shop.cart_with(&[("MUG", 1)]).await, "decline").await;
        let id = SagaId::from(checkout.id);
        let found = shop.store.saga(id).await.unwrap().unwrap();
        let status = if stuck.is_some() { SagaStatus::Running } else { SagaStatus::TurningBack };
        let wake_at = stuck.is_none().then_some(found.started_at);
        let record = SagaRecord { status, stuck, wake_at, step: 3, ..saga(&shop, id).await };
        let now = found.started_at;
        shop.store.commit(ChangeSet::new(now).with(Put::over(found.version, record))).await.unwrap();

        let paid = shop.commerce.checkouts().pay(checkout.id, card()).await;
        assert!(matches!(paid, Err(Error::NotWaiting)), "{paid:?}");
        shop.commerce.run_due(9).await.unwrap();
        assert_eq!(shop.gateway.calls().authorize, 1, "only the declined tender");
    }
}

#[tokio::test]
async fn a_tender_after_the_deadline_is_never_charged() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 1).await;
    let checkout = shop.buy(shop.cart_with(&[("MUG", 1)]).await, "decline").await;
    shop.clock.advance(Duration::from_secs(15 * 60));
    let late = shop.commerce.checkouts().pay(checkout.id, PaymentMethod::new("card", "sale").unwrap()).await;
    assert!(matches!(late, Err(Error::NotWaiting)), "{late:?}");
    shop.commerce.run_due(9).await.unwrap();
    assert_eq!((shop.gateway.calls().authorize, shop.available("MUG").await), (1, 1));
}

#[tokio::test]
async fn a_stored_checkout_shows_no_token_and_no_address_in_a_log() {
    let shop = TestShop::new();
    shop.sells("MUG", "12.90", 1).await;
    let checkout = shop.buy(shop.cart_with(&[("MUG", 1)]).await, "action").await;
    let record = saga(&shop, checkout.id.into()).await;
    assert!(record.data.contains(r#""token":"action""#), "it waits, so it still needs the token");
    let shown = format!("{record:?} {:?}", ChangeSet::new(record.started_at).with(Put::new(record.clone())));
    for private in [r#""action""#, "ann@", "Main Street"] {
        assert!(!shown.contains(private), "{private} is in {shown}");
    }
}

#[tokio::test]
async fn a_key_that_the_gateway_has_forgotten_is_never_sent_again() {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let mut payments = gateway();
    let lost = || Err(GatewayError::uncertain("the answer was lost on the way"));
    payments.expect_authorize().times(1).returning(move |_| lost());
    payments.expect_lookup().returning(|_| Ok(Lookup::NotFound));
    let shop = TestShop::with(|parts| parts.payments(Arc::new(payments)).payment_deadline(DAY * 3));
    shop.sells("MUG", "12.90", 1).await;
    let checkout = shop.buy(shop.cart_with(&[("MUG", 1)]).await, "ok").await;
    shop.clock.advance(DAY);
    shop.commerce.run_due(9).await.unwrap();
    let stuck = shop.commerce.checkouts().get(checkout.id).await.unwrap().status;
    assert_eq!(stuck, CheckoutStatus::Stuck { code: "payment_uncertain".into() });
}

#[tokio::test]
async fn an_order_is_collected_as_it_was_placed_whatever_the_shop_does_since() {
    let mut down = gateway();
    let promised = || Ok(Authorization::Authorized { reference: "r".into() });
    down.expect_authorize().returning(move |_| promised());
    down.expect_capture().returning(|_| Err(GatewayError::unavailable("down")));
    let before = TestShop::with(|parts| parts.payments(Arc::new(down)));
    before.sells("MUG", "12.90", 1).await;
    before.buy(before.cart_with(&[("MUG", 1)]).await, "ok").await;

    let mut up = gateway();
    up.expect_capture().times(1).returning(|_| Ok(()));
    let after = TestShop::over(Arc::clone(&before.store), |parts| {
        parts.payments(Arc::new(up)).capture(CapturePolicy::AtFulfilment)
    });
    after.clock.advance(Duration::from_secs(60 * 60));
    for _ in 0..100 {
        tokio::task::yield_now().await;
        after.commerce.run_due(9).await.unwrap();
    }
}

/// A store with one hold that cannot be given back, whatever is wrong with it.
#[derive(Debug)]
struct Poisoned {
    inner: Arc<dyn Store>,
    hold: std::sync::Mutex<Option<ReservationId>>,
}

delegate_readers!(Poisoned, inner);

#[async_trait::async_trait]
impl Store for Poisoned {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let hold = *self.hold.lock().unwrap();
        let poisoned = |write: &Write| match write {
            Write::Stock(StockChange::Release { id, .. }) => Some(*id) == hold,
            _ => false,
        };
        if changes.writes.iter().any(poisoned) {
            return Err(StoreError::corrupt("a reservation", "other lines than it has"));
        }
        self.inner.commit(changes).await
    }
}

#[tokio::test]
async fn one_bad_hold_keeps_neither_other_holds_nor_events() {
    let inner = Arc::new(commerce_kit::memory::MemoryStore::new());
    let store = Arc::new(Poisoned { inner, hold: std::sync::Mutex::default() });
    let hold = Duration::from_secs(600);
    let shop = TestShop::over(store.clone(), |parts| parts.reserve(ReservePolicy::OnAddToCart { hold }));
    shop.sells("MUG", "12.90", 2).await;
    let bad = shop.cart_with(&[("MUG", 1)]).await;
    shop.cart_with(&[("MUG", 1)]).await;
    *store.hold.lock().unwrap() = shop.commerce.carts().get(bad).await.unwrap().hold;
    shop.clock.advance(hold);

    let failed = shop.commerce.run_due(9).await;
    assert_eq!(failed.unwrap_err().code(), "corrupt");
    assert_eq!(shop.available("MUG").await, 1);
    assert!(!shop.heard.events().is_empty(), "no event was delivered");
}
