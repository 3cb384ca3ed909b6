//! Many buyers at once: nobody gets a unit that is not there, and nobody who loses is asked for money.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod crowd;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use commerce_kit::{
    domain::event::DomainEvent,
    gateway::{FraudScreen, GatewayError, ScreeningRequest, Verdict},
    storage::Page,
};
use commerce_testkit::{
    invariants::{Moment, check},
    shop::TestShop,
};
use crowd::{placed, rest, rush, sold_out};

/// A screen that counts whom it saw.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait::async_trait]
impl FraudScreen for Counting {
    async fn screen(&self, _: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Verdict::Allow)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_buyers_share_a_hundred_units() {
    let screen = Arc::new(Counting::default());
    let shop = Arc::new(TestShop::with(|parts| parts.fraud(screen.clone())));
    shop.sells("CONSOLE", "499.00", 100).await;
    let one: &[(&str, u32)] = &[("CONSOLE", 1)];
    let outcomes = rush(&shop, &[one; 500]).await;
    rest(&shop).await;

    assert_eq!(placed(&outcomes), 100);
    assert_eq!(sold_out(&outcomes), 400, "each loser is told so, in so many words");
    assert_eq!(screen.0.load(Ordering::Relaxed), 100, "nobody who lost reached the fraud screen");
    assert_eq!(shop.gateway.calls().authorize, 100, "nobody who lost reached the gateway");

    let level = shop.commerce.inventory().stock(Page::first(1)).await.unwrap().remove(0);
    assert_eq!((level.on_hand, level.reserved, level.committed), (100, 0, 100));
    assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
    let violations = check(&*shop.store, Some(&shop.gateway.books()), Moment::AtRest).await.unwrap();
    assert_eq!(violations, []);
    let low =
        shop.heard.events().into_iter().filter(|event| matches!(event.data, DomainEvent::StockLow { .. }));
    assert_eq!(low.count(), 1, "one event says that it is sold out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carts_that_want_the_same_things_in_opposite_orders_all_come_through() {
    let shop = Arc::new(TestShop::new());
    shop.sells("A", "1.00", 30).await;
    shop.sells("B", "1.00", 30).await;
    let (forth, back) = ([("A", 1), ("B", 1)], [("B", 1), ("A", 1)]);
    let carts: Vec<_> = (0..100).map(|n| if n % 2 == 0 { &forth[..] } else { &back[..] }).collect();
    let outcomes = rush(&shop, &carts).await;
    rest(&shop).await;
    assert_eq!(placed(&outcomes), 30);
    assert_eq!((shop.available("A").await, shop.available("B").await), (0, 0));
    let violations = check(&*shop.store, Some(&shop.gateway.books()), Moment::AtRest).await.unwrap();
    assert_eq!(violations, []);
}
