//! The store of the example keeps the rules for stores.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::sync::Arc;

use custom_store::KeyValueStore;

#[allow(dead_code, reason = "its main is not run here")]
#[path = "../examples/custom_store/main.rs"]
mod custom_store;

fn on_a_runtime(rule: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(rule);
}

commerce_testkit::store_conformance!(|| async { Arc::new(KeyValueStore::new()) }, on_a_runtime);
