//! Real processes on one database: this test starts itself again, and kills what it started.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use commerce_core::storage::{ChangeSet, Put, Store, StoreError};
use commerce_postgres::{PostgresOptions, PostgresStore, migrate};
use commerce_testkit::{
    fixtures::*,
    processes::{Crowd, LetIn, reserved},
};
use commerce_testservers::{Database, Postgres};
use futures_util::future::join_all;

/// Lets a crowd buy, in the process that it was started in.
fn buy(crowd: &Crowd) {
    fresh::run(async {
        let store = PostgresStore::connect(&crowd.shop, PostgresOptions::default()).await.unwrap();
        crowd.buy(&store).await.unwrap();
    });
}

fn wanted(buyer: u128, code: &str) -> ChangeSet {
    changes().with(reserve(buyer, held_by_checkout(buyer), [demand(code, 1)]))
}

/// A server of one's own, whose log is about nothing else.
fn shop_of_its_own() -> (Postgres, Database) {
    let server = Postgres::start();
    let database = server.database();
    fresh::run(migrate(&database.url(), &PostgresOptions::default())).unwrap();
    (server, database)
}

fn nobody_waited_for_each_other(server: &Postgres) {
    let log = server.log();
    assert!(!log.contains("deadlock"), "{log}");
}

#[test]
fn one_two_and_four_processes_sell_every_unit_once() {
    const TEST: &str = "one_two_and_four_processes_sell_every_unit_once";
    if let Some(crowd) = Crowd::here() {
        return buy(&crowd);
    }
    const UNITS: i64 = 2_000;
    let (server, database) = shop_of_its_own();
    for processes in [1, 2, 4] {
        let code = format!("MUG-{processes}");
        let store = fresh::run(fresh::open(&database));
        let before = fresh::run(async {
            store.commit(changes().with(receive(&code, UNITS))).await.unwrap();
            reserved(&store, &sku(&code)).await.unwrap().0
        });
        let crowds = (1..=processes).map(|number| {
            Crowd::new(database.url(), processes * 10 + number, &[&code]).let_in(TEST).unwrap()
        });
        let mut crowds: Vec<_> = crowds.collect();
        let told: BTreeSet<_> = crowds.iter_mut().flat_map(LetIn::told).collect();
        assert!(crowds.into_iter().all(|crowd| crowd.went_home().unwrap()));
        let (all, units) = fresh::run(reserved(&store, &sku(&code))).unwrap();
        let new: BTreeSet<_> = all.difference(&before).copied().collect();
        assert_eq!((new.len(), units), (2_000, UNITS), "{processes} processes");
        assert_eq!(told, new, "{processes} processes");
    }
    nobody_waited_for_each_other(&server);
}

#[test]
fn baskets_in_opposite_orders_never_block_each_other() {
    const TEST: &str = "baskets_in_opposite_orders_never_block_each_other";
    if let Some(crowd) = Crowd::here() {
        return buy(&crowd);
    }
    let (server, database) = shop_of_its_own();
    let store = fresh::run(fresh::open(&database));
    let skus = ["CUP", "MUG", "POT"];
    let all = skus.iter().fold(changes(), |changes, code| changes.with(receive(code, 700)));
    fresh::run(store.commit(all)).unwrap();
    let wants = [["CUP", "MUG", "POT"], ["POT", "MUG", "CUP"], ["MUG", "POT", "CUP"], ["POT", "CUP", "MUG"]];
    let crowds = wants.iter().zip(1..);
    let crowds =
        crowds.map(|(wants, number)| Crowd::new(database.url(), number, wants).let_in(TEST).unwrap());
    let mut crowds: Vec<_> = crowds.collect();
    let told: Vec<_> = crowds.iter_mut().flat_map(LetIn::told).collect();
    assert!(crowds.into_iter().all(|crowd| crowd.went_home().unwrap()));
    assert_eq!(told.len(), 700);
    for code in skus {
        assert_eq!(fresh::run(reserved(&store, &sku(code))).unwrap().1, 700, "{code}");
    }
    nobody_waited_for_each_other(&server);
}

/// Two stores with pools of their own stand for two processes.
#[test]
fn the_same_ids_sent_by_two_processes_in_mixed_batches_are_written_once() {
    const IDS: u128 = 300;
    let (server, database) = shop_of_its_own();
    fresh::run(async {
        let stores = [fresh::open(&database).await, fresh::open(&database).await];
        stores[0].commit(changes().with(receive("MUG", 10_000)).with(receive("CUP", 10_000))).await.unwrap();
        let granted = AtomicUsize::new(0);
        for round in 0..10 {
            let (granted, stores) = (&granted, &stores);
            let both = stores.iter().enumerate().map(|(place, store)| async move {
                let ids: Vec<u128> = (1..=IDS).map(|id| round * IDS + id).collect();
                // One counts up, the other one down, with records and other reservations between.
                let ids = if place == 0 { ids } else { ids.into_iter().rev().collect() };
                let all = ids.into_iter().map(|id| async move {
                    let held = store.commit(wanted(id, "MUG").with(Put::new(saga(id, NOON)))).await;
                    let other = 1_000_000 + u128::try_from(place).unwrap() * 1_000_000 + id;
                    store.commit(wanted(other, "CUP")).await.unwrap();
                    match held {
                        Ok(_) => granted.fetch_add(1, Ordering::Relaxed),
                        Err(StoreError::Conflict { .. }) => 0,
                        Err(other) => panic!("{other:?}"),
                    };
                    // Whoever lost finds what the other one has written, and asks for the same again.
                    store.commit(wanted(id, "MUG")).await.unwrap();
                });
                join_all(all).await;
            });
            join_all(both).await;
        }
        assert_eq!(u128::try_from(granted.load(Ordering::Relaxed)), Ok(10 * IDS));
        let (_, units) = reserved(&stores[0], &sku("MUG")).await.unwrap();
        assert_eq!(u128::try_from(units), Ok(10 * IDS));
        assert_eq!(u128::try_from(reserved(&stores[0], &sku("CUP")).await.unwrap().1), Ok(20 * IDS));
    });
    nobody_waited_for_each_other(&server);
}
