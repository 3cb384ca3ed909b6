//! The store and the carts in memory keep every rule.

use std::{sync::Arc, thread};

use commerce_core::{
    memory::{MemoryCarts, MemoryStore},
    storage::{InventoryReader, Refusal, Store, StoreError},
};
use commerce_testkit::{conformance::block_on, fixtures::*};
use tokio::runtime::Builder;

commerce_testkit::store_conformance!(|| async { Arc::new(MemoryStore::new()) });
commerce_testkit::cart_store_conformance!(|| async { Arc::new(MemoryCarts::new()) }, |rule| {
    Builder::new_current_thread().build().unwrap().block_on(rule)
});

#[test]
fn n_buyers_on_threads_get_m_units() {
    const UNITS: i64 = 500;
    let store = MemoryStore::new();
    block_on(store.commit(changes().with(receive("MUG", UNITS)))).unwrap();
    let sold: i64 = thread::scope(|scope| {
        let crowds: Vec<_> = (0..8)
            .map(|crowd| {
                let store = &store;
                scope.spawn(move || buy_until_sold_out(store, crowd))
            })
            .collect();
        crowds.into_iter().map(|crowd| crowd.join().unwrap()).sum()
    });
    let level = &block_on(store.stock_levels(&[sku("MUG")])).unwrap()[0];
    assert_eq!((sold, level.reserved, level.available()), (UNITS, UNITS, 0));
}

/// How many units a crowd of buyers gets before there are none left.
fn buy_until_sold_out(store: &MemoryStore, crowd: u128) -> i64 {
    let mut got = 0;
    for buyer in crowd * 1_000.. {
        let wanted = reserve(buyer, held_by_checkout(buyer), [demand("MUG", 1)]);
        match block_on(store.commit(changes().with(wanted))) {
            Ok(_) => got += 1,
            Err(StoreError::Refused(Refusal::InsufficientStock { .. })) => break,
            Err(other) => panic!("{other}"),
        }
    }
    got
}
