//! What a worker does when something cannot go on, and what it does not wait for.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use commerce_kit::{
    Error,
    domain::{payment::PaymentMethod, pricing::TaxRates},
    gateway::{
        FraudScreen, GatewayError, PaymentNotice, ScreeningRequest, TaxCalculator, TaxQuery, TaxTable,
        Verdict,
    },
    memory::MemoryStore,
    service::CheckoutStatus,
    storage::{ChangeSet, Put, Receipt, Store, StoreError},
};
use commerce_testkit::{
    delegate_readers,
    fixtures::{NOON, changes, saga},
    shop::TestShop,
};

#[tokio::test]
async fn sagas_that_nobody_can_run_keep_no_other_from_its_turn() {
    let shop = TestShop::new();
    for number in 1..=30 {
        let stranger = saga(number, NOON);
        assert_eq!(stranger.kind, "test", "no worker runs this kind");
        shop.store.commit(changes().with(Put::new(stranger))).await.unwrap();
    }
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let waiting = shop.buy(cart, "action").await;
    shop.clock.advance(Duration::from_secs(15 * 60));

    let mut ran = 0;
    for _ in 0..10 {
        ran += shop.commerce.run_due(5).await.unwrap().sagas;
    }
    assert!(ran >= 1);
    let checkout = shop.commerce.checkouts().get(waiting.id).await.unwrap();
    assert!(matches!(checkout.status, CheckoutStatus::Refused { .. }), "{:?}", checkout.status);
    assert_eq!(shop.available("MUG").await, 1);
}

/// Lets the first one through and nobody after.
#[derive(Debug, Default)]
struct ChangesItsMind(AtomicUsize);

#[async_trait]
impl FraudScreen for ChangesItsMind {
    async fn screen(&self, _: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        Ok(match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Verdict::Allow,
            _ => Verdict::Refuse { reason: "a new rule".into() },
        })
    }
}

#[tokio::test]
async fn a_buyer_who_was_let_through_to_the_bank_is_not_looked_at_again_while_it_waits() {
    let screen = Arc::new(ChangesItsMind::default());
    let shop = TestShop::with(|parts| parts.fraud(screen.clone()));
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let checkout = shop.buy(cart, "pending").await;
    for _ in 0..5 {
        shop.clock.advance(Duration::from_secs(60));
        shop.commerce.run_due(100).await.unwrap();
    }
    assert_eq!(screen.0.load(Ordering::Relaxed), 1);
    let checkout = shop.commerce.checkouts().get(checkout.id).await.unwrap();
    assert!(matches!(checkout.status, CheckoutStatus::AwaitingConfirmation { .. }), "{:?}", checkout.status);
}

/// A tax service that hangs, when it is told to.
#[derive(Debug, Default)]
struct Hangs(AtomicUsize);

#[async_trait]
impl TaxCalculator for Hangs {
    async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError> {
        match self.0.load(Ordering::Relaxed) {
            0 => TaxTable::default().rates(query).await,
            _ => pending().await,
        }
    }
}

#[tokio::test]
async fn a_checkout_does_not_wait_for_ever_for_its_tax_rates() {
    let tax = Arc::new(Hangs::default());
    let shop = Arc::new(TestShop::with(|parts| parts.tax(tax.clone())));
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let request = shop.request(cart, "ok").await;
    tax.0.store(1, Ordering::Relaxed);
    let (buyer, again) = (Arc::clone(&shop), request.clone());
    let bought = tokio::spawn(async move { buyer.commerce.checkouts().start(request).await });
    while !bought.is_finished() {
        tokio::task::yield_now().await;
        shop.clock.advance(Duration::from_secs(1));
    }
    let late = bought.await.unwrap().unwrap_err();
    assert!(matches!(late, Error::Store(StoreError::Unavailable { .. })), "{late:?}");

    tax.0.store(0, Ordering::Relaxed);
    let checkout = shop.commerce.checkouts().start(again).await.unwrap();
    assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }), "{:?}", checkout.status);
}

/// A store that does what it is told, and loses the answer to one commit.
#[derive(Debug)]
struct LosesOneAnswer {
    inner: Arc<dyn Store>,
    left: AtomicUsize,
}

delegate_readers!(LosesOneAnswer, inner);

#[async_trait]
impl Store for LosesOneAnswer {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let receipt = self.inner.commit(changes).await?;
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
            Ok(1) => Err(StoreError::uncertain("the answer was lost on the way")),
            _ => Ok(receipt),
        }
    }
}

#[tokio::test]
async fn a_worker_whose_claim_was_not_answered_looks_whether_it_has_it() {
    let store = Arc::new(LosesOneAnswer { inner: Arc::new(MemoryStore::new()), left: AtomicUsize::new(0) });
    let shop = TestShop::over(store.clone(), |parts| parts);
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let checkout = shop.buy(cart, "action").await;
    shop.commerce.run_due(100).await.unwrap();
    shop.clock.advance(Duration::from_secs(15 * 60));

    store.left.store(1, Ordering::Relaxed);
    assert_eq!(shop.commerce.run_due(100).await.unwrap().sagas, 1);
    assert_eq!(store.left.load(Ordering::Relaxed), 0);
    let checkout = shop.commerce.checkouts().get(checkout.id).await.unwrap();
    assert!(
        matches!(checkout.status, CheckoutStatus::Refused { settled: true, .. }),
        "{:?}",
        checkout.status
    );
}

/// A store that looks after each commit whether a worker would now pick something up.
#[derive(Debug)]
struct LooksForWork {
    inner: Arc<dyn Store>,
    found: AtomicUsize,
}

delegate_readers!(LooksForWork, inner);

#[async_trait]
impl Store for LooksForWork {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let at = changes.at;
        let receipt = self.inner.commit(changes).await?;
        self.found.fetch_add(self.inner.due(at, 1).await?.len(), Ordering::Relaxed);
        Ok(receipt)
    }
}

#[tokio::test]
async fn what_a_buyer_does_is_gone_on_with_for_that_buyer_and_by_no_worker() {
    let store = Arc::new(LooksForWork { inner: Arc::new(MemoryStore::new()), found: AtomicUsize::new(0) });
    let shop = TestShop::over(store.clone(), |parts| parts);
    shop.sells("MUG", "12.90", 3).await;
    let checkouts = shop.commerce.checkouts();

    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let declined = shop.buy(cart, "decline").await;
    let placed = checkouts.pay(declined.id, PaymentMethod::new("wallet", "ok").unwrap()).await.unwrap();
    assert!(matches!(placed.status, CheckoutStatus::Placed { .. }), "{:?}", placed.status);

    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let waiting = shop.buy(cart, "action").await;
    let looked_at = checkouts.notify(PaymentNotice { checkout: waiting.id }).await.unwrap();
    assert!(matches!(looked_at.status, CheckoutStatus::AwaitingAction { .. }), "{:?}", looked_at.status);
    let cancelled = checkouts.cancel(waiting.id).await.unwrap();
    assert!(matches!(cancelled.status, CheckoutStatus::Refused { settled: true, .. }));

    assert_eq!(store.found.load(Ordering::Relaxed), 0);
}
