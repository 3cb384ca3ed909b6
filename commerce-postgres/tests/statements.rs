//! How much a checkout asks of the server, as the server's own log has it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop, and tells what it counted")]

mod fresh;

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use commerce_core::{
    domain::pricing::Promotion,
    service::CheckoutStatus,
    storage::{Put, StoreError},
};
use commerce_postgres::{PostgresOptions, migrate};
use commerce_testkit::{fixtures::*, shop::TestShop};
use commerce_testservers::{Database, Postgres};
use futures_util::future::join_all;

/// A shop on a server that notes every statement.
fn noted_shop() -> (Postgres, Database, TestShop) {
    let server = Postgres::start_with(&[("log_statement", "all")]);
    let database = server.database();
    let shop = fresh::run(async {
        migrate(&database.url(), &PostgresOptions::default()).await.unwrap();
        let store = fresh::open(&database).await;
        let carts = Arc::new(store.carts());
        TestShop::over(Arc::new(store), |builder| builder.carts(carts))
    });
    (server, database, shop)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    /// Everything the server was sent.
    statements: usize,
    /// Those that wrote something, also in one statement.
    writing_transactions: usize,
}

fn asked_since(server: &Postgres, before: usize) -> Asked {
    let log = server.log();
    let noted: Vec<&str> = log[before..]
        .lines()
        .filter(|line| line.contains("LOG:  statement:") || line.contains("LOG:  execute"))
        .collect();
    let ends = noted.iter().filter(|line| line.ends_with("statement: commit")).count();
    let begins = noted.iter().filter(|line| line.ends_with("statement: begin")).count();
    assert_eq!(begins, ends, "nothing is begun in vain");
    // Every statement that writes ends by asserting, and is one of a transaction; carts have statements of their own.
    let writes = ["select as_assumed(", "part0 as (update carts", "part0 as (insert into carts"];
    let writes = writes.iter().map(|statement| log[before..].matches(statement).count()).sum();
    Asked { statements: noted.len(), writing_transactions: writes }
}

/// Buys carts with so many lines of something new, all at once, and counts until everything is captured and closed.
fn buy(server: &Postgres, shop: &TestShop, carts: usize, lines: usize) -> Asked {
    fresh::run(async {
        let skus: Vec<String> = (0..lines).map(|line| format!("SKU-{}-{line}", server.log().len())).collect();
        for sku in &skus {
            shop.sells(sku, "1.00", 1_000).await;
        }
        let lines: Vec<_> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
        let mut requests = Vec::new();
        for _ in 0..carts {
            let cart = shop.cart_with(&lines).await;
            requests.push(shop.request(cart, "ok").await);
        }
        let before = server.log().len();
        let checkouts = shop.commerce.checkouts();
        let bought = requests.into_iter().map(|request| checkouts.start(request));
        for checkout in join_all(bought).await {
            assert!(matches!(checkout.unwrap().status, CheckoutStatus::Placed { .. }));
        }
        let mut polls = 1;
        while !shop.store.due(after_noon(1_000_000), 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
            polls += 1;
        }
        let asked = asked_since(server, before);
        Asked { statements: asked.statements - polls, ..asked }
    })
}

#[test]
fn a_checkout_asks_little_of_the_server_however_many_lines_it_has() {
    let (server, _database, shop) = noted_shop();
    // Every statement is planned once before anything is counted.
    buy(&server, &shop, 2, 1);
    let lone = buy(&server, &shop, 1, 1);
    println!("a lone checkout of one line: {lone:?}");
    assert!(lone.writing_transactions == 4 && lone.statements <= 24, "{lone:?}");
    assert_eq!(lone, buy(&server, &shop, 1, 200), "200 lines");
    let together = buy(&server, &shop, 256, 2);
    println!("256 checkouts at once: {together:?}");
    assert!(together.writing_transactions < 256 && together.statements < 3 * 256, "{together:?}");
}

#[test]
fn what_a_checkout_writes_again_is_not_written_to_any_index_again() {
    let (server, database, shop) = noted_shop();
    buy(&server, &shop, 100, 1);
    // A server process tells what it did when it ends.
    drop(shop);
    let counted = "select n_tup_hot_upd * 10 >= n_tup_upd * 9 from pg_stat_user_tables
        where relname in ('payments', 'reservations') and n_tup_upd >= 100";
    let end = Instant::now() + Duration::from_secs(30);
    while database.run(counted).lines().count() < 2 {
        assert!(Instant::now() < end, "the server tells nothing");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(database.run(counted).lines().collect::<Vec<_>>(), ["t", "t"]);
}

#[test]
fn callers_who_ask_together_are_each_told_what_they_asked_for() {
    let (server, database, shop) = noted_shop();
    fresh::run(async {
        for code in ["CUP", "MUG", "POT"] {
            shop.sells(code, "1.00", 5).await;
        }
        let with_a_code = Promotion { code: Some(coupon_code("SUMMER")), ..promotion(9) };
        let promotions = changes().with(Put::new(promotion(1))).with(Put::new(with_a_code));
        shop.store.commit(promotions.with(claim_coupon("SUMMER", 9))).await.unwrap();
        database.run(
            "update products set document = '{}' where id = (select owner from names where name = 'POT')",
        );
        let before = server.log().len();
        let store = &shop.store;
        let asking = (0..60).map(|number| async move {
            let code = coupon_code("SUMMER");
            let asked: &[&str] = [&["MUG", "CUP"][..], &["CUP", "NOBODY", "CUP"], &["POT"], &[]][number % 4];
            let skus: Vec<_> = asked.iter().map(|code| sku(code)).collect();
            let levels = store.stock_levels(&skus).await.unwrap();
            let offers = store.offers((number % 2 == 0).then_some(&code)).await.unwrap();
            (asked, store.listings(&skus).await, levels, offers)
        });
        for (number, (asked, listings, levels, offers)) in join_all(asking).await.into_iter().enumerate() {
            let levels: Vec<_> = levels.iter().map(|level| level.key.sku.as_str()).collect();
            let offers: Vec<_> = offers.iter().map(|offer| offer.id).collect();
            let all = [promotion_id(1), promotion_id(9)];
            assert_eq!(offers, if number % 2 == 0 { &all[..] } else { &all[..1] });
            let listings = listings.map(|all| {
                let skus = all.iter().map(|one| one.as_ref().map(|one| one.variant().sku.to_string()));
                skus.collect::<Vec<_>>()
            });
            match asked {
                ["POT"] => assert!(matches!(listings, Err(StoreError::Corrupt { .. })), "{listings:?}"),
                ["MUG", "CUP"] => {
                    assert_eq!(levels, ["CUP", "MUG"]);
                    assert_eq!(listings.unwrap(), [Some("MUG".into()), Some("CUP".into())]);
                }
                ["CUP", ..] => {
                    assert_eq!(levels, ["CUP"]);
                    assert_eq!(listings.unwrap(), [Some("CUP".into()), None, Some("CUP".into())]);
                }
                _ => assert!(levels.is_empty() && listings.unwrap().is_empty()),
            }
        }
        let asked = asked_since(&server, before).statements;
        assert!(asked < 60, "{asked} statements for 180 questions");
    });
}
