//! Sources that break each rule, and what is said of them.

use super::{layers, limits, source::Source};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into() }
}

/// What is said of one file of commerce-core, without the path.
#[track_caller]
fn says(path: &str, text: &str, expected: &[&str]) {
    let path = format!("commerce-core/src/{path}");
    let found = layers::violations(&[source(&path, text)]);
    let found: Vec<_> = found.iter().map(|line| line.replace(&format!("{path}:"), "")).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn money_knows_nothing_of_ours() {
    says(
        "domain/money.rs",
        "use crate::domain::ids::Sku;",
        &["1: domain::money (layer 0) must not use domain::ids::Sku (layer 0)"],
    );
    says(
        "environment.rs",
        "\nuse crate::storage::Store;",
        &["2: environment (layer 0) must not use storage::Store (layer 5)"],
    );
}

#[test]
fn neighbours_on_the_ground_do_not_know_each_other() {
    says(
        "domain/inventory/mod.rs",
        "use crate::domain::{ids::Sku, customer::Address as Home, money};",
        &["1: domain::inventory (layer 1) must not use domain::customer::Address (layer 1)"],
    );
    says(
        "domain/catalog/price.rs",
        "fn cost(of: &super::super::payment::Payment) {}",
        &["1: domain::catalog (layer 1) must not use domain::payment::Payment (layer 1)"],
    );
}

#[test]
fn the_domain_never_looks_up() {
    says(
        "domain/cart/mod.rs",
        "use super::pricing::Quote;",
        &["1: domain::cart (layer 2) must not use domain::pricing::Quote (layer 3)"],
    );
    says(
        "domain/order/moves.rs",
        "use super::Order;\nuse crate::domain::event::DomainEvent;",
        &["2: domain::order (layer 4) must not use domain::event::DomainEvent (layer 4)"],
    );
    says(
        "domain/event.rs",
        "use crate::storage::Version;",
        &["1: domain::event (layer 4) must not use storage::Version (layer 5)"],
    );
}

#[test]
fn prices_know_no_stock_no_payments_and_no_clock() {
    says(
        "domain/pricing/goods.rs",
        "use crate::{domain::{inventory::*, payment::Payment, cart::Quantity}, environment::Clock};",
        &[
            "1: domain::pricing (layer 3) must not use domain::inventory (layer 1)",
            "1: domain::pricing (layer 3) must not use domain::payment::Payment (layer 1)",
            "1: domain::pricing (layer 3) must not use environment::Clock (layer 0)",
        ],
    );
}

#[test]
fn ports_do_not_know_each_other() {
    says(
        "storage/mod.rs",
        "use crate::gateway::GatewayError;",
        &["1: storage (layer 5) must not use gateway::GatewayError (layer 5)"],
    );
    says(
        "gateway/tax.rs",
        "use crate::{domain::money::Money, environment::Clock, storage::StoreError};",
        &["1: gateway (layer 5) must not use storage::StoreError (layer 5)"],
    );
}

#[test]
fn the_engine_knows_no_commerce() {
    says(
        "saga/ride.rs",
        "use crate::{domain::{event::Aggregate, ids::SagaId, order::Order}, storage::Store, checkout::State};",
        &[
            "1: saga (layer 6) must not use domain::order::Order (layer 4)",
            "1: saga (layer 6) must not use checkout::State (layer 7)",
        ],
    );
    says(
        "saga/mod.rs",
        "fn all() { crate::service::sweep::<u8>(crate::memory::store()) }",
        &[
            "1: saga (layer 6) must not use service::sweep (layer 8)",
            "1: saga (layer 6) must not use memory::store (layer 9)",
        ],
    );
}

#[test]
fn flows_and_use_cases_know_no_adapter() {
    says(
        "checkout/mod.rs",
        "use crate::{refund, saga::Kind, service::Commerce};",
        &["1: checkout (layer 7) must not use service::Commerce (layer 8)"],
    );
    says(
        "service/mod.rs",
        "use crate::{checkout, domain, memory::MemoryStore};",
        &["1: service (layer 8) must not use memory::MemoryStore (layer 9)"],
    );
}

#[test]
fn memory_is_an_adapter_like_any_other() {
    says(
        "memory/mod.rs",
        "use crate::{saga, storage::apply::Rows, checkout::Checkout, service::Commerce, capture::Capture};",
        &[
            "1: memory (layer 9) must not use saga (layer 6)",
            "1: memory (layer 9) must not use checkout::Checkout (layer 7)",
            "1: memory (layer 9) must not use service::Commerce (layer 8)",
            "1: memory (layer 9) must not use capture::Capture (layer 7)",
        ],
    );
}

#[test]
fn what_stands_in_no_layer_is_named() {
    says("tools/mod.rs", "", &[" tools stands in no layer"]);
    says("service/mod.rs", "use crate::Commerce;", &["1: crate::Commerce stands in no layer"]);
    says("lib.rs", "pub mod domain; pub use crate::service::Commerce;", &[]);
}

/// Re-exports one module up would let lower layers see upper ones.
#[test]
fn the_domain_is_no_detour() {
    says(
        "domain/cart/line.rs",
        "use crate::domain::{DomainEvent, self};",
        &[
            "1: domain::cart (layer 2) must not use domain::DomainEvent (layer 4)",
            "1: domain::cart (layer 2) must not use domain (layer 4)",
        ],
    );
}

#[test]
fn super_is_counted_from_the_module_it_stands_in() {
    says(
        "domain/inventory/mod.rs",
        "mod rows {
            mod deep { use super::super::level; }
            use super::super::order;
            use super::order;
        }
        use super::order::Order;",
        &[
            "3: domain::inventory (layer 1) must not use domain::order (layer 4)",
            "6: domain::inventory (layer 1) must not use domain::order::Order (layer 4)",
        ],
    );
}

#[test]
fn comments_strings_and_tests_may_say_anything() {
    let text = r##"
        //! See [`crate::service::Commerce`]; HashMap.
        /* crate::memory /* tokio:: */ Utc::now */
        const A: &str = "crate::memory \" SystemTime";
        const B: &str = r#"crate::memory " now_v7"#;
        const C: (char, char) = ('"', '\'');
        fn d<'tokio>() {}
        #[cfg(test)]
        mod tests { use crate::memory::Store; fn now() { Utc::now(); } }
        #[cfg(test)]
        mod laws;
    "##;
    says("domain/money.rs", text, &[]);
    says(
        "domain/money.rs",
        &format!("{text} use std::collections::HashMap;"),
        &["12: the domain must not use `HashMap`"],
    );
    let sources = [
        source("commerce-core/src/domain/cart/mod.rs", text),
        source("commerce-core/src/domain/cart/laws/mod.rs", "use crate::memory;"),
    ];
    assert_eq!(layers::violations(&sources), [""; 0]);
}

#[test]
fn the_domain_has_no_clock_no_dice_and_no_tasks() {
    for (text, word) in [
        ("let now = chrono::Utc::now();", "Utc::now"),
        ("use std::time::SystemTime;", "SystemTime"),
        ("Uuid::new_v4()", "Uuid::new_v4"),
        ("Uuid::now_v7()", "now_v7"),
        ("tokio::spawn(work)", "tokio::"),
        ("use std::collections::{BTreeMap, HashMap};", "HashMap"),
        ("pub async fn load() {}", "async fn"),
    ] {
        says("domain/order/mod.rs", text, &[&format!("1: the domain must not use `{word}`")]);
        says("storage/mod.rs", text, &[]);
    }
}

#[test]
fn a_file_has_an_end() {
    let long = |lines: usize| limits::violations(&[source("src/lib.rs", &"\n".repeat(lines))]);
    assert_eq!(long(600), [""; 0]);
    assert_eq!(long(601), ["src/lib.rs: 601 lines, at most 600 are allowed"]);
}

#[test]
fn every_test_is_run() {
    let text = concat!("#[test]\n#[", "ignore]\nfn sells() {}\n");
    let said = limits::violations(&[source("tests/a.rs", text)]);
    assert_eq!(said, ["tests/a.rs:2: a test is left out: run it or drop it"]);
}

#[test]
fn a_file_is_finished() {
    let text = format!("// {}: later\nlet mastodon = 1;\n", concat!("TO", "DO"));
    let said = limits::violations(&[source("src/lib.rs", &text)]);
    assert_eq!(said, [concat!("src/lib.rs:1: `TO", "DO`: do it or drop it")]);
    let text = format!("// {} see below", concat!("FIX", "ME"));
    assert_eq!(
        limits::violations(&[source("tests/a.rs", &text)]),
        [concat!("tests/a.rs:1: `FIX", "ME`: do it or drop it")]
    );
}
