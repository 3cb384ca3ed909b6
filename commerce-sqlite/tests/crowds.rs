//! Many buyers at once, in one process and in several: what there is is sold once, and nobody hears of locks.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{sync::Arc, thread};

use commerce_core::storage::{
    CartStore, ChangeSet, CounterChange, CounterKey, InventoryReader, Put, Refusal, Store, StoreError,
};
use commerce_sqlite::SqliteStore;
use commerce_testkit::{conformance::block_on, fixtures::*};
use futures_util::future::join_all;

/// As two processes would open the file: each with a writer, readers and locks of its own.
fn two_stores() -> [Arc<SqliteStore>; 2] {
    let path = fresh::shop();
    [fresh::open(&path), fresh::open(&path)].map(Arc::new)
}

/// Runs each of these on a thread of its own, and adds up what they got.
fn on_threads(crowds: Vec<impl FnOnce() -> i64 + Send>) -> i64 {
    thread::scope(|scope| {
        let running: Vec<_> = crowds.into_iter().map(|crowd| scope.spawn(crowd)).collect();
        running.into_iter().map(|crowd| crowd.join().unwrap()).sum()
    })
}

fn wants(buyer: u128, skus: &[&str]) -> ChangeSet {
    let demands: Vec<_> = skus.iter().map(|sku| demand(sku, 1)).collect();
    changes().with(reserve(buyer, held_by_checkout(buyer), demands))
}

/// How many of these buyers get everything they want, all asking at once.
fn served(store: &SqliteStore, buyers: impl Iterator<Item = ChangeSet>) -> i64 {
    let answers = block_on(join_all(buyers.map(|wanted| store.commit(wanted))));
    answers.into_iter().map(|answer| i64::from(was_granted(answer))).sum()
}

fn was_granted<T>(answer: Result<T, StoreError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(StoreError::Refused(Refusal::InsufficientStock { .. })) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn reserved(store: &SqliteStore, code: &str) -> i64 {
    block_on(store.stock_levels(&[sku(code)])).unwrap()[0].reserved
}

#[test]
fn five_hundred_buyers_share_a_hundred_units() {
    let store = fresh::open(&fresh::shop());
    block_on(store.commit(changes().with(receive("MUG", 100)))).unwrap();
    let crowd = |crowd: u128| {
        let store = &store;
        move || served(store, (1..=50).map(|buyer| wants(crowd * 100 + buyer, &["MUG"])))
    };
    assert_eq!(on_threads((0..10).map(crowd).collect()), 100);
    assert_eq!(reserved(&store, "MUG"), 100);
}

#[test]
fn two_processes_sell_a_hundred_units_to_five_hundred_buyers() {
    let stores = two_stores();
    block_on(stores[0].commit(changes().with(receive("MUG", 100)))).unwrap();
    // One after the other within each of ten threads, so that the processes take turns many times.
    let crowd = |crowd: u128| {
        let store = &stores[usize::from(crowd % 2 == 1)];
        move || {
            let buyers = (1..=50).map(|buyer| wants(crowd * 100 + buyer, &["MUG"]));
            buyers.map(|wanted| i64::from(was_granted(block_on(store.commit(wanted))))).sum()
        }
    };
    assert_eq!(on_threads((0..10).map(crowd).collect()), 100);
    assert_eq!(stores.each_ref().map(|store| reserved(store, "MUG")), [100, 100]);
}

#[test]
fn baskets_in_opposite_orders_never_block_each_other() {
    let stores = two_stores();
    block_on(stores[0].commit(changes().with(receive("CUP", 70)).with(receive("MUG", 70)))).unwrap();
    let crowd = |crowd: u128| {
        let store = &stores[usize::from(crowd % 2 == 1)];
        let skus = if crowd.is_multiple_of(2) { ["CUP", "MUG"] } else { ["MUG", "CUP"] };
        move || served(store, (1..=25).map(|buyer| wants(crowd * 100 + buyer, &skus)))
    };
    assert_eq!(on_threads((0..8).map(crowd).collect()), 70);
    assert_eq!(["CUP", "MUG"].map(|code| reserved(&stores[0], code)), [70, 70]);
}

#[test]
fn of_two_processes_that_write_one_record_one_wins() {
    let stores = two_stores();
    for round in 1..=50 {
        let write = |store: &Arc<SqliteStore>| {
            let store = Arc::clone(store);
            move || match block_on(store.commit(changes().with(Put::new(order(round))))) {
                Ok(_) => 1,
                Err(StoreError::Conflict { .. }) => 0,
                Err(other) => panic!("{other:?}"),
            }
        };
        assert_eq!(on_threads(stores.iter().map(write).collect()), 1, "round {round}");
    }
}

#[test]
fn a_limit_holds_over_two_processes() {
    let stores = two_stores();
    let counter = CounterKey::promotion(promotion_id(1));
    let crowd = |crowd: u128| {
        let (store, counter) = (&stores[usize::from(crowd % 2 == 1)], &counter);
        move || {
            let holds = (1..=25).map(|buyer| {
                let (counter, holder) = (counter.clone(), checkout_id(crowd * 100 + buyer));
                changes().with(CounterChange::Hold { counter, holder, amount: 1, limit: 40 })
            });
            let answers = holds.map(|hold| block_on(store.commit(hold)));
            answers.map(|answer| i64::from(answer.is_ok())).sum()
        }
    };
    assert_eq!(on_threads((0..4).map(crowd).collect()), 40);
}

#[test]
fn carts_and_orders_are_written_side_by_side() {
    let stores = two_stores();
    let crowd = |crowd: u128| {
        let store = &stores[usize::from(crowd % 2 == 1)];
        let carts = store.carts();
        move || {
            let numbers = || (1..=25).map(move |number| crowd * 100 + number);
            let puts = numbers().map(|number| carts.put_cart(Put::new(cart(number, "MUG"))));
            let orders = numbers().map(|number| store.commit(changes().with(Put::new(order(number)))));
            let (puts, orders) = block_on(futures_util::future::join(join_all(puts), join_all(orders)));
            assert!(puts.iter().all(Result::is_ok), "{puts:?}");
            i64::try_from(orders.into_iter().map(Result::unwrap).count()).unwrap()
        }
    };
    assert_eq!(on_threads((0..6).map(crowd).collect()), 150);
}
