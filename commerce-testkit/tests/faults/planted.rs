//! The fault run must be able to fail: each of these bugs, planted around a port, is caught by it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use commerce_core::{
    domain::money::Money,
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, TryAgain, VoidOutcome, VoidRequest,
    },
    storage::{ChangeSet, DeliveryOutcome, Expect, Receipt, StockChange, Store, StoreError, Write},
};
use commerce_testkit::{
    delegate_readers,
    world::{Planted, World},
};

use crate::{
    run::exhaust_in,
    scripts::{SCRIPTS, Script},
};

/// A gateway with one mistake on the way to it.
#[derive(Debug)]
struct Wrong {
    inner: Arc<dyn PaymentGateway>,
    mistake: Mistake,
    calls: AtomicU32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    FreshAuthorizeKey,
    FreshRefundKey,
    TimeoutTakenForFailure,
    VoidThatVoidsNothing,
    WrongAmount,
}

impl Wrong {
    fn fresh(&self, when: Mistake, key: IdempotencyKey) -> IdempotencyKey {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.mistake == when { IdempotencyKey::from_stored(format!("{key}/{call}")) } else { key }
    }
}

#[async_trait]
impl PaymentGateway for Wrong {
    async fn authorize(&self, mut request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        request.key = self.fresh(Mistake::FreshAuthorizeKey, request.key);
        if self.mistake == Mistake::WrongAmount {
            request.amount = request.amount.plus(Money::from_minor(1, request.amount.currency())).unwrap();
        }
        match self.inner.authorize(request).await {
            Err(GatewayError::Uncertain { .. }) if self.mistake == Mistake::TimeoutTakenForFailure => {
                Ok(Authorization::Declined { reason: "timeout".into(), retry: TryAgain::SameMethod })
            }
            answer => answer,
        }
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        self.inner.capture(request).await
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        if self.mistake == Mistake::VoidThatVoidsNothing {
            return Ok(VoidOutcome::Voided);
        }
        self.inner.void(request).await
    }

    async fn refund(&self, mut request: RefundRequest) -> Result<(), GatewayError> {
        request.key = self.fresh(Mistake::FreshRefundKey, request.key);
        self.inner.refund(request).await
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        self.inner.lookup(key).await
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}

/// A store that gets other change sets than were decided.
#[derive(Debug)]
struct Bent {
    inner: Arc<dyn Store>,
    bend: Bend,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bend {
    NoFence,
    CouponsNotCounted,
    AcknowledgedBeforeDelivered,
    EventsForgotten,
    StockNotCommitted,
}

delegate_readers!(Bent, inner);

#[async_trait]
impl Store for Bent {
    async fn commit(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        match self.bend {
            Bend::NoFence => self.drop_fences(&mut changes).await?,
            Bend::CouponsNotCounted => changes.writes.retain(|write| !matches!(write, Write::Counter(_))),
            Bend::AcknowledgedBeforeDelivered => acknowledge(&mut changes),
            Bend::EventsForgotten => {
                let keeps = changes.writes.len() < 4;
                changes.events.retain(|_| keeps);
            }
            Bend::StockNotCommitted => {
                changes.writes.retain(|write| !matches!(write, Write::Stock(StockChange::Commit { .. })));
            }
        }
        if changes.is_empty() {
            return Ok(Receipt::default());
        }
        self.inner.commit(changes).await
    }
}

impl Bent {
    /// Writes over whatever is there.
    async fn drop_fences(&self, changes: &mut ChangeSet) -> Result<(), StoreError> {
        for write in &mut changes.writes {
            match write {
                Write::Saga(put) => {
                    if let Some(there) = self.inner.saga(put.value.id).await? {
                        put.expect = Expect::At(there.version);
                    }
                }
                Write::Payment(put) => {
                    if let Some(there) = self.inner.payment(put.value.id).await? {
                        put.expect = Expect::At(there.version);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Marks what is only claimed as delivered, and forgets the marks that come later.
fn acknowledge(changes: &mut ChangeSet) {
    changes.writes.retain(|write| {
        !matches!(write, Write::Delivery(mark) if !matches!(mark.outcome, DeliveryOutcome::Claimed { .. }))
    });
    for write in &mut changes.writes {
        if let Write::Delivery(mark) = write {
            mark.outcome = DeliveryOutcome::Delivered;
        }
    }
}

macro_rules! wrong {
    ($mistake:ident) => {
        Planted {
            payments: |inner| Arc::new(Wrong { inner, mistake: Mistake::$mistake, calls: AtomicU32::new(0) }),
            ..Planted::default()
        }
    };
}

macro_rules! bent {
    ($bend:ident) => {
        Planted { store: |inner| Arc::new(Bent { inner, bend: Bend::$bend }), ..Planted::default() }
    };
}

/// Plays the scripts with the bug in the watched process until one of them catches it.
fn is_caught(bug: &str, planted: Planted, scripts: &[&str]) {
    let world = move || {
        let mut world = World::default();
        world.planted = planted;
        world
    };
    let chosen = |script: &&Script| scripts.contains(&script.name);
    let mut runs = 0;
    for script in SCRIPTS.iter().filter(chosen) {
        let tried = exhaust_in(script, &world);
        runs += tried.runs;
        if let Some(first) = tried.failures.first() {
            println!("{bug}: {} of {} runs, first {first}", tried.failures.len(), tried.runs);
            return;
        }
    }
    panic!("{bug} went unnoticed through {runs} runs");
}

#[test]
fn a_fresh_key_for_every_attempt_is_caught() {
    is_caught("a fresh key for every attempt", wrong!(FreshAuthorizeKey), &["happy"]);
}

#[test]
fn a_fresh_key_for_every_refund_is_caught() {
    is_caught("a fresh key for every refund", wrong!(FreshRefundKey), &["refunded in part"]);
}

#[test]
fn a_timeout_taken_for_a_failure_is_caught() {
    is_caught("a timeout taken for a failure", wrong!(TimeoutTakenForFailure), &["happy"]);
}

#[test]
fn a_void_that_voids_nothing_is_caught() {
    is_caught(
        "a void that voids nothing",
        wrong!(VoidThatVoidsNothing),
        &["called off while waiting", "held for review, then cancelled"],
    );
}

#[test]
fn a_wrong_amount_is_caught() {
    is_caught("a wrong amount", wrong!(WrongAmount), &["happy"]);
}

#[test]
fn a_missing_fence_is_caught() {
    is_caught("no fence", bent!(NoFence), &["happy", "refunded in part", "cancelled after placing"]);
}

#[test]
fn coupons_that_are_not_counted_are_caught() {
    is_caught("coupons not counted", bent!(CouponsNotCounted), &["a coupon for one buyer only"]);
}

#[test]
fn events_acknowledged_before_they_are_delivered_are_caught() {
    is_caught("acknowledged before delivered", bent!(AcknowledgedBeforeDelivered), &["happy"]);
}

#[test]
fn events_that_are_not_in_the_commit_are_caught() {
    is_caught("events forgotten", bent!(EventsForgotten), &["happy"]);
}

#[test]
fn stock_that_is_not_committed_with_the_order_is_caught() {
    is_caught("stock not committed", bent!(StockNotCommitted), &["happy"]);
}
