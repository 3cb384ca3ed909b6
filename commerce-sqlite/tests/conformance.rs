//! The store and the carts in a file keep every rule.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::sync::Arc;

use commerce_testkit::conformance::{block_on, model::answers_alike};

commerce_testkit::store_conformance!(|| async { Arc::new(fresh::open(&fresh::shop())) });
commerce_testkit::cart_store_conformance!(|| async { Arc::new(fresh::open(&fresh::shop()).carts()) });

/// A few thousand in each of a few tests, so that they run side by side.
fn twenty_five_hundred_change_sets_from(seed: u64) {
    for seed in seed..seed + 5 {
        block_on(answers_alike(&fresh::open(&fresh::shop()), seed, 500)).unwrap();
    }
}

#[test]
fn a_file_and_memory_answer_alike_from_seed_100() {
    twenty_five_hundred_change_sets_from(100);
}

#[test]
fn a_file_and_memory_answer_alike_from_seed_200() {
    twenty_five_hundred_change_sets_from(200);
}

#[test]
fn a_file_and_memory_answer_alike_from_seed_300() {
    twenty_five_hundred_change_sets_from(300);
}

#[test]
fn a_file_and_memory_answer_alike_from_seed_400() {
    twenty_five_hundred_change_sets_from(400);
}
