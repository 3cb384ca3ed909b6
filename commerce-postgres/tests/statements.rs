//! How much a checkout asks of the server, as the server's own log has it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop, and tells what it counted")]

mod fresh;

use std::sync::Arc;

use commerce_core::service::CheckoutStatus;
use commerce_postgres::{PostgresOptions, migrate};
use commerce_testkit::{fixtures::after_noon, shop::TestShop};
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
    assert!(together.writing_transactions < 256, "{together:?}");
}
