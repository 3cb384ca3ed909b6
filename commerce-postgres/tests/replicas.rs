//! A replica that lags is only looked at.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::sync::Arc;

use commerce_core::{
    service::CheckoutStatus,
    storage::{CatalogReader, InventoryReader, OrderReader, Page, Store},
};
use commerce_postgres::{OpenError, PostgresOptions, PostgresStore, migrate};
use commerce_testkit::{fixtures::*, shop::TestShop};
use commerce_testservers::Postgres;

#[test]
fn a_replica_that_lags_changes_no_decision() {
    let primary = Postgres::start();
    let database = primary.database();
    fresh::run(migrate(&database.url(), &PostgresOptions::default())).unwrap();
    let replica = primary.replica();
    let behind = database.url_on(&replica);
    // From here on it learns nothing.
    replica.run("select pg_wal_replay_pause()");
    fresh::run(async {
        let options = PostgresOptions::default().with_replica(behind);
        let store = Arc::new(PostgresStore::connect(&database.url(), options).await.unwrap());
        let carts = Arc::new(store.carts());
        let shop = TestShop::over(Arc::clone(&store) as Arc<dyn Store>, |builder| builder.carts(carts));
        shop.sells("MUG", "12.90", 2).await;
        assert_eq!(store.products(Page::first(9)).await.unwrap().len(), 0, "it is looked at on the replica");
        let placed = |checkout: &commerce_core::service::Checkout| {
            matches!(checkout.status, CheckoutStatus::Placed { .. })
        };
        for _ in 0..2 {
            let cart = shop.cart_with(&[("MUG", 1)]).await;
            assert!(placed(&shop.buy(cart, "ok").await));
        }
        let cart = shop.cart_with(&[("MUG", 1)]).await;
        assert!(!placed(&shop.buy(cart, "ok").await), "there are only two");
        assert_eq!(store.orders(Page::first(9)).await.unwrap().len(), 2);
        let level = &store.stock_levels(&[sku("MUG")]).await.unwrap()[0];
        assert_eq!(level.available(), 0);
        let audit = shop.commerce.inventory().audit().await.unwrap();
        assert!(audit.is_empty(), "{audit:?}");
    });
}

#[test]
fn a_replica_is_no_primary() {
    let primary = Postgres::start();
    let database = primary.database();
    fresh::run(migrate(&database.url(), &PostgresOptions::default())).unwrap();
    let replica = primary.replica();
    let url = database.url_on(&replica);
    let refused = fresh::run(PostgresStore::connect(&url, PostgresOptions::default()));
    assert!(matches!(refused, Err(OpenError::Replica)), "{refused:?}");
}
