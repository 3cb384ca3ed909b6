//! A moment of a shop that sells.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::sync::atomic::{AtomicBool, Ordering};

use commerce_core::storage::{CartStore, InventoryReader, Page, Put, Store, StoreError};
use commerce_postgres::{OpenError, PostgresOptions, PostgresStore};
use commerce_testkit::fixtures::*;
use commerce_testservers::{Database, Postgres};

async fn snapshot(database: &Database) -> Result<PostgresStore, OpenError> {
    PostgresStore::snapshot(&database.url(), PostgresOptions::default()).await
}

/// The units that a store says are reserved, then those that it says reservations hold, page by page.
async fn both(store: &PostgresStore) -> (i64, i64) {
    let levels = store.stock_levels(&[sku("MUG")]).await.unwrap();
    let (mut held, mut page) = (0, Page::first(20));
    loop {
        let found = store.reservations(page).await.unwrap();
        let Some(last) = found.last() else { break };
        page = Page::after(last.id, 20);
        held += i64::try_from(found.len()).unwrap();
    }
    (levels[0].reserved, held)
}

/// Buys mugs one by one until the test is over.
async fn sell(store: &PostgresStore, over: &AtomicBool) {
    store.commit(changes().with(receive("MUG", 1_000_000))).await.unwrap();
    for buyer in (1..).take_while(|_| !over.load(Ordering::Relaxed)) {
        store
            .commit(changes().with(reserve(buyer, held_by_checkout(buyer), [demand("MUG", 1)])))
            .await
            .unwrap();
    }
}

#[test]
fn a_snapshot_sees_one_moment_in_however_many_pages_while_others_sell() {
    let (database, over) = (fresh::shop(), AtomicBool::new(false));
    fresh::run(async {
        let (seller, other) = (fresh::open(&database).await, fresh::open(&database).await);
        let looking = async {
            let (mut seen, mut torn) = (Vec::new(), false);
            while seen.len() < 20 || !torn {
                let (level, held) = both(&snapshot(&database).await.unwrap()).await;
                assert_eq!(level, held);
                seen.push(level);
                let (level, held) = both(&other).await;
                torn |= level != held;
            }
            assert!(seen.is_sorted() && seen.first() < seen.last(), "each sees a later moment: {seen:?}");
            over.store(true, Ordering::Relaxed);
        };
        // The level is there before anybody looks at it.
        other.commit(changes().with(receive("MUG", 1))).await.unwrap();
        tokio::join!(sell(&seller, &over), looking);
    });
}

#[test]
fn nothing_is_written_through_a_snapshot() {
    let database = fresh::shop();
    fresh::run(async {
        let (store, now) = (fresh::open(&database).await, snapshot(&database).await.unwrap());
        for changes in [changes().with(receive("MUG", 1)), changes().with(Put::new(order(1)))] {
            let refused = now.commit(changes).await;
            assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        }
        let put = now.carts().put_cart(Put::new(cart(1, "MUG"))).await;
        assert!(matches!(put, Err(StoreError::Unavailable { .. })), "{put:?}");

        store.commit(changes().with(receive("MUG", 1))).await.unwrap();
        assert_eq!(now.stock_levels(&[sku("MUG")]).await.unwrap(), [], "it is as it was");
        assert_eq!(snapshot(&database).await.unwrap().stock_levels(&[sku("MUG")]).await.unwrap().len(), 1);
    });
    let empty = Postgres::shared().database();
    assert!(matches!(fresh::run(snapshot(&empty)), Err(OpenError::NotMigrated)));
}

/// A moment that is over is never taken for another one.
#[test]
fn a_snapshot_whose_connection_is_gone_sees_nothing_more() {
    let database = fresh::shop();
    fresh::run(async {
        let now = snapshot(&database).await.unwrap();
        let others = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        database.run(others);
        for _ in 0..2 {
            let found = now.stock_levels(&[sku("MUG")]).await;
            assert!(matches!(found, Err(StoreError::Unavailable { .. })), "{found:?}");
        }
    });
}
