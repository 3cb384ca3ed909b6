//! Buyers who all press "buy" at the same moment.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::sync::Arc;

use commerce_kit::{
    checkout::{CheckoutRefusal, CheckoutRequest},
    service::CheckoutStatus,
    storage::Refusal,
};
use commerce_testkit::shop::TestShop;

/// Lets so many buyers with filled carts press "buy" at the same moment; answers what came of each.
pub(crate) async fn rush(shop: &Arc<TestShop>, carts: &[&[(&str, u32)]]) -> Vec<CheckoutStatus> {
    let requests = fill(shop, carts).await;
    press(shop, requests).await
}

/// Carts with these lines, and what their buyers will send.
pub(crate) async fn fill(shop: &TestShop, carts: &[&[(&str, u32)]]) -> Vec<CheckoutRequest> {
    let mut requests = Vec::new();
    for lines in carts {
        let cart = shop.cart_with(lines).await;
        requests.push(shop.request(cart, "ok").await);
    }
    requests
}

/// All press at the same moment.
pub(crate) async fn press(shop: &Arc<TestShop>, requests: Vec<CheckoutRequest>) -> Vec<CheckoutStatus> {
    let barrier = Arc::new(tokio::sync::Barrier::new(requests.len()));
    let buyers: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let (shop, barrier) = (Arc::clone(shop), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                shop.commerce.checkouts().start(request).await.unwrap().status
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    for buyer in buyers {
        outcomes.push(buyer.await.unwrap());
    }
    outcomes
}

/// Waits for the tasks that go on after the answer, and delivers every event.
pub(crate) async fn rest(shop: &TestShop) {
    while !shop.store.due(chrono::DateTime::<chrono::Utc>::MAX_UTC, 1).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    while shop.commerce.run_due(1_000).await.unwrap().events > 0 {}
}

/// How many bought.
pub(crate) fn placed(outcomes: &[CheckoutStatus]) -> usize {
    outcomes.iter().filter(|status| matches!(status, CheckoutStatus::Placed { .. })).count()
}

/// How many were told that there is not enough, and have nothing to wait for.
pub(crate) fn sold_out(outcomes: &[CheckoutStatus]) -> usize {
    let short = |status: &&CheckoutStatus| {
        matches!(
            status,
            CheckoutStatus::Refused {
                why: CheckoutRefusal::Store { refusal: Refusal::InsufficientStock { .. } },
                settled: true,
            }
        )
    };
    outcomes.iter().filter(short).count()
}
