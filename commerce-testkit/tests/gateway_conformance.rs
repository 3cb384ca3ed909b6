//! The test gateway keeps the rules for gateways, and a gateway that breaks one is caught by it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    collections::BTreeMap,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use commerce_core::{
    domain::{ids::CheckoutId, money::Currency, payment::PaymentMethod},
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, VoidOutcome, VoidRequest,
    },
    memory::TestGateway,
};
use commerce_testkit::conformance::{Moved, Sandbox, block_on, collections, tenders};
use futures_util::FutureExt;

mod kept {
    use std::sync::Arc;

    use commerce_core::memory::TestGateway;

    commerce_testkit::payment_gateway_conformance!(|| async { Arc::new(TestGateway::new()) });
}

#[test]
fn a_fresh_key_for_each_try_is_caught() {
    assert!(breaks(Bug::FreshKeys, |it| tenders::a_repeated_request_is_one_request(it).boxed_local()));
    assert!(breaks(Bug::FreshKeys, |it| collections::collected_money_is_given_back_once(it).boxed_local()));
}

#[test]
fn a_key_remembered_too_late_is_caught() {
    assert!(breaks(Bug::RemembersLate, |it| tenders::a_lost_reply_costs_nobody_anything(it).boxed_local()));
    assert!(breaks(Bug::RemembersLate, |it| tenders::a_request_sent_at_once_is_one_request(it).boxed_local()));
    assert!(!breaks(Bug::RemembersLate, |it| tenders::a_repeated_request_is_one_request(it).boxed_local()));
}

#[test]
fn a_key_that_stands_for_any_content_is_caught() {
    assert!(breaks(Bug::IgnoresContent, |it| tenders::a_reused_key_is_rejected(it).boxed_local()));
}

#[test]
fn a_decline_that_is_an_error_is_caught() {
    assert!(breaks(Bug::DeclinesByError, |it| tenders::a_decline_is_an_answer(it).boxed_local()));
}

#[test]
fn a_lookup_that_finds_nothing_is_caught() {
    let rule = tenders::a_lookup_answers_what_the_request_was_answered;
    assert!(breaks(Bug::FindsNothing, |it| rule(it).boxed_local()));
    assert!(breaks(Bug::FindsNothing, |it| collections::promised_money_is_collected_once(it).boxed_local()));
}

#[test]
fn a_void_that_always_succeeds_is_caught() {
    assert!(breaks(Bug::AlwaysVoids, |it| collections::a_void_after_the_capture_says_so(it).boxed_local()));
}

#[test]
fn a_rejection_that_is_swallowed_is_caught() {
    let rule = collections::collected_money_is_not_collected_again;
    assert!(breaks(Bug::NeverRejects, |it| rule(it).boxed_local()));
}

/// Whether a gateway with this bug breaks the rule. Without the bug it must not.
fn breaks(
    bug: Bug,
    rule: impl for<'a> Fn(&'a dyn Sandbox) -> futures_util::future::LocalBoxFuture<'a, tenders::Proven>,
) -> bool {
    let is_kept = |sandbox: &dyn Sandbox| {
        let run = AssertUnwindSafe(|| block_on(rule(sandbox)).is_ok());
        catch_unwind(run).unwrap_or(false)
    };
    assert!(is_kept(&TestGateway::new()));
    !is_kept(&Broken { bug, inner: TestGateway::new(), drawn: AtomicU32::new(0), known: Mutex::default() })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    FreshKeys,
    RemembersLate,
    IgnoresContent,
    DeclinesByError,
    FindsNothing,
    AlwaysVoids,
    NeverRejects,
}

/// A gateway with a bug.
#[derive(Debug)]
struct Broken {
    bug: Bug,
    inner: TestGateway,
    drawn: AtomicU32,
    known: Mutex<BTreeMap<IdempotencyKey, Authorization>>,
}

impl Broken {
    fn key(&self, key: IdempotencyKey) -> IdempotencyKey {
        match self.bug {
            Bug::FreshKeys => self.fresh(&key),
            _ => key,
        }
    }

    fn fresh(&self, key: &IdempotencyKey) -> IdempotencyKey {
        IdempotencyKey::from_stored(format!("{key}/{}", self.drawn.fetch_add(1, Ordering::Relaxed)))
    }

    fn known(&self, key: &IdempotencyKey) -> Option<Authorization> {
        self.known.lock().unwrap().get(key).cloned()
    }

    fn remember(&self, key: IdempotencyKey, answer: &Authorization) {
        self.known.lock().unwrap().insert(key, answer.clone());
    }

    async fn swallow(
        &self,
        call: impl Future<Output = Result<(), GatewayError>>,
    ) -> Result<(), GatewayError> {
        match call.await {
            Err(GatewayError::Rejected { .. }) if self.bug == Bug::NeverRejects => Ok(()),
            answer => answer,
        }
    }
}

#[async_trait]
impl PaymentGateway for Broken {
    async fn authorize(&self, mut request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        let key = request.key.clone();
        request.key = self.key(request.key);
        match self.bug {
            Bug::RemembersLate | Bug::IgnoresContent if self.known(&key).is_some() => {
                return Ok(self.known(&key).unwrap());
            }
            Bug::RemembersLate => request.key = self.fresh(&key),
            _ => {}
        }
        let answer = self.inner.authorize(request).await?;
        if self.bug == Bug::RemembersLate {
            tokio::task::yield_now().await;
        }
        self.remember(key, &answer);
        match answer {
            Authorization::Declined { reason, .. } if self.bug == Bug::DeclinesByError => {
                Err(GatewayError::Rejected { code: "declined".into(), message: reason })
            }
            answer => Ok(answer),
        }
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        self.swallow(self.inner.capture(request)).await
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        match self.inner.void(request).await? {
            VoidOutcome::Captured if self.bug == Bug::AlwaysVoids => Ok(VoidOutcome::Voided),
            outcome => Ok(outcome),
        }
    }

    async fn refund(&self, mut request: RefundRequest) -> Result<(), GatewayError> {
        request.key = self.key(request.key);
        self.swallow(self.inner.refund(request)).await
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        match self.bug {
            Bug::FindsNothing => Ok(Lookup::NotFound),
            _ => self.inner.lookup(key).await,
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}

#[async_trait]
impl Sandbox for Broken {
    fn gateway(&self) -> &dyn PaymentGateway {
        self
    }

    fn currency(&self) -> Currency {
        self.inner.currency()
    }

    fn first_checkout(&self) -> u128 {
        self.inner.first_checkout()
    }

    fn approved(&self) -> PaymentMethod {
        self.inner.approved()
    }

    fn declined(&self) -> PaymentMethod {
        self.inner.declined()
    }

    fn sale(&self) -> Option<PaymentMethod> {
        self.inner.sale()
    }

    async fn moved(&self, checkout: CheckoutId) -> Result<Moved, GatewayError> {
        self.inner.moved(checkout).await
    }
}
