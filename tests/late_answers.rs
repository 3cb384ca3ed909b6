//! Banks that answer late, or with an old answer: found by the simulation, each with the seed that found it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use commerce_kit::{
    environment::Clock,
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, VoidOutcome, VoidRequest,
    },
};
use commerce_testkit::{environment::ManualClock, shop::TestShop};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const REFERENCE: &str = "slow_1";

/// A bank that takes its time: a payment waits, and a void is answered from a list.
#[derive(Debug, Default)]
struct SlowBank {
    begun: Mutex<Option<DateTime<Utc>>>,
    /// Whether it loses every answer to `authorize`, and knows nothing of it later.
    silent: bool,
    /// What it answers to voids under a new key, the first one first; then that it is given up.
    outcomes: Mutex<Vec<VoidOutcome>>,
    authorized: Mutex<u32>,
    voided: Mutex<Vec<(IdempotencyKey, VoidOutcome)>>,
    refunded: Mutex<Vec<String>>,
}

impl SlowBank {
    fn until(&self) -> DateTime<Utc> {
        self.begun.lock().unwrap().unwrap_or_default() + TimeDelta::minutes(10)
    }

    fn pending(&self) -> Authorization {
        Authorization::Pending { reference: REFERENCE.into(), until: self.until() }
    }

    fn keys_of_voids(&self) -> usize {
        self.voided.lock().unwrap().len()
    }
}

#[async_trait]
impl PaymentGateway for SlowBank {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        *self.authorized.lock().unwrap() += 1;
        self.begun.lock().unwrap().get_or_insert(request.at);
        if self.silent {
            return Err(GatewayError::uncertain("nobody answers"));
        }
        Ok(self.pending())
    }

    async fn capture(&self, _: CaptureRequest) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        let mut voided = self.voided.lock().unwrap();
        if let Some((_, answer)) = voided.iter().find(|(key, _)| *key == request.key) {
            return Ok(*answer);
        }
        let mut outcomes = self.outcomes.lock().unwrap();
        let answer = if outcomes.is_empty() { VoidOutcome::Voided } else { outcomes.remove(0) };
        voided.push((request.key, answer));
        Ok(answer)
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        self.refunded.lock().unwrap().push(request.reference);
        Ok(())
    }

    async fn lookup(&self, _: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        Ok(Lookup::NotFound)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { key_retention: DAY }
    }
}

/// A shop at this bank, with a checkout that waited for it and was called off.
async fn called_off(bank: &Arc<SlowBank>) -> TestShop {
    let shop = TestShop::with(|parts| parts.payments(bank.clone()));
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let checkout = shop.buy(cart, "any").await;
    shop.commerce.checkouts().cancel(checkout.id).await.unwrap();
    assert_eq!(shop.available("MUG").await, 1, "what was called off can be sold again");
    shop
}

fn bank(outcomes: &[VoidOutcome]) -> Arc<SlowBank> {
    Arc::new(SlowBank { outcomes: Mutex::new(outcomes.to_vec()), ..SlowBank::default() })
}

fn not_yet() -> VoidOutcome {
    VoidOutcome::Pending { until: ManualClock::default().now() + TimeDelta::minutes(10) }
}

async fn pass(shop: &TestShop, time: Duration) {
    shop.clock.advance(time);
    shop.commerce.run_due(100).await.unwrap();
}

/// Seed 28: under the key that was answered "not yet" a bank may say so for ever.
#[tokio::test]
async fn a_void_that_came_too_early_is_sent_again_under_another_key() {
    let bank = bank(&[not_yet()]);
    let shop = called_off(&bank).await;
    pass(&shop, Duration::from_secs(11 * 60)).await;
    assert_eq!(bank.keys_of_voids(), 2, "{:?}", bank.voided);
}

/// Seed 406: the key was forgotten before the money came, but the money has a name.
#[tokio::test]
async fn late_money_is_found_by_its_reference_when_its_key_is_forgotten() {
    let bank = bank(&[not_yet(), VoidOutcome::Captured]);
    let shop = called_off(&bank).await;
    pass(&shop, DAY + DAY).await;
    pass(&shop, Duration::from_secs(1)).await;
    assert_eq!(*bank.refunded.lock().unwrap(), [REFERENCE]);
}

/// Seeds 2667 and 11090: our clock may be ahead, or the answer may be an old one.
#[tokio::test]
async fn a_bank_that_still_waits_after_its_time_is_asked_once_more() {
    let bank = bank(&[not_yet(), not_yet(), VoidOutcome::Captured]);
    let shop = called_off(&bank).await;
    pass(&shop, Duration::from_secs(11 * 60)).await;
    pass(&shop, Duration::from_secs(2 * 60)).await;
    pass(&shop, Duration::from_secs(1)).await;
    assert_eq!(*bank.refunded.lock().unwrap(), [REFERENCE]);
}

/// Seed 169: a key that is nearly forgotten may be forgotten when it arrives.
#[tokio::test]
async fn a_key_that_is_nearly_forgotten_is_not_sent_any_more() {
    let bank = Arc::new(SlowBank { silent: true, ..SlowBank::default() });
    let shop = TestShop::with(|parts| parts.payments(bank.clone()));
    shop.sells("MUG", "12.90", 1).await;
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    shop.buy(cart, "any").await;
    assert_eq!(*bank.authorized.lock().unwrap(), 1);
    pass(&shop, DAY - Duration::from_secs(60)).await;
    pass(&shop, Duration::from_secs(1)).await;
    assert_eq!(*bank.authorized.lock().unwrap(), 1, "the bank is only asked what it knows");
}
