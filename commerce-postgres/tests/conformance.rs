//! The store and the carts in PostgreSQL keep every rule.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::sync::Arc;

use commerce_testkit::conformance::model::answers_alike;

/// A database each; what the shop is made of is leaked, so that its connections outlive the rule.
macro_rules! store {
    () => {
        || {
            let database = Box::leak(Box::new(fresh::shop()));
            async { Arc::new(fresh::open(database).await) }
        }
    };
}

commerce_testkit::store_conformance!(store!(), fresh::run);

mod carts_of_the_shop {
    use super::*;

    commerce_testkit::cart_store_conformance!(
        || {
            let database = Box::leak(Box::new(fresh::shop()));
            async { Arc::new(fresh::open(database).await.carts()) }
        },
        fresh::run
    );
}

/// A few thousand in each of a few tests, so that they run side by side.
fn change_sets_from(seed: u64) {
    for seed in seed..seed + 5 {
        let database = fresh::shop();
        fresh::run(async { answers_alike(&fresh::open(&database).await, seed, 500).await }).unwrap();
    }
}

#[test]
fn a_database_and_memory_answer_alike_from_seed_100() {
    change_sets_from(100);
}

#[test]
fn a_database_and_memory_answer_alike_from_seed_200() {
    change_sets_from(200);
}

#[test]
fn a_database_and_memory_answer_alike_from_seed_300() {
    change_sets_from(300);
}

#[test]
fn a_database_and_memory_answer_alike_from_seed_400() {
    change_sets_from(400);
}
