//! Real processes on one database: this test starts itself again, and kills what it started.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop, and tells its parent how it goes"
)]

mod fresh;

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use commerce_core::{
    domain::ids::ReservationId,
    storage::{ChangeSet, InventoryReader, Page, Put, Refusal, Store, StoreError},
};
use commerce_postgres::{PostgresOptions, PostgresStore, migrate};
use commerce_testkit::fixtures::*;
use commerce_testservers::{Database, Postgres};
use futures_util::future::join_all;

const URL: &str = "COMMERCE_POSTGRES_TEST_URL";
const CROWD: &str = "COMMERCE_POSTGRES_TEST_CROWD";
const WANTS: &str = "COMMERCE_POSTGRES_TEST_WANTS";

/// Buyers of one process that ask at the same time.
const BUYERS: u128 = 40;

/// Starts this test again, as a crowd whose buyers want these until nothing is left.
fn crowd(database: &Database, number: u32, wants: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_crowd", "--ignored", "--nocapture"])
        .env(URL, database.url())
        .env(CROWD, number.to_string())
        .env(WANTS, wants)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The reservations that a crowd was told it has; a line that was cut off is none.
fn told(crowd: &mut Child) -> Vec<ReservationId> {
    let said = BufReader::new(crowd.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ids = said.filter_map(|line| line.rsplit_once("bought ")?.1.strip_suffix('.')?.parse().ok());
    ids.collect()
}

#[test]
#[ignore = "a part of the other tests, in a process of its own"]
fn a_crowd() {
    let (url, wants) = (env::var(URL).unwrap(), env::var(WANTS).unwrap());
    let crowd: u128 = env::var(CROWD).unwrap().parse().unwrap();
    let skus: Vec<&str> = wants.split(',').collect();
    fresh::run(async {
        let store = PostgresStore::connect(&url, PostgresOptions::default()).await.unwrap();
        let store = &store;
        let buyers = (1..=BUYERS).map(|buyer| buy(store, crowd * 10_000_000 + buyer * 100_000, &skus));
        join_all(buyers).await;
    });
}

/// Buys until there is nothing left, and says what it got only once it was told so.
async fn buy(store: &PostgresStore, first: u128, skus: &[&str]) {
    for buyer in first.. {
        match store.commit(wanted(buyer, skus)).await {
            Ok(_) => {
                let mut out = std::io::stdout().lock();
                writeln!(out, "bought {}.", reservation_id(buyer)).unwrap();
                out.flush().unwrap();
            }
            Err(StoreError::Refused(Refusal::InsufficientStock { .. })) => return,
            Err(other) => panic!("{other:?}"),
        }
    }
}

fn wanted(buyer: u128, skus: &[&str]) -> ChangeSet {
    let demands: Vec<_> = skus.iter().map(|sku| demand(sku, 1)).collect();
    changes().with(reserve(buyer, held_by_checkout(buyer), demands))
}

/// A server of one's own, whose log is about nothing else.
fn shop_of_its_own() -> (Postgres, Database) {
    let server = Postgres::start();
    let database = server.database();
    fresh::run(migrate(&database.url(), &PostgresOptions::default())).unwrap();
    (server, database)
}

/// What there is after the crowds have gone: every reservation, and the units of a SKU they hold.
async fn reserved(store: &PostgresStore, code: &str) -> (BTreeSet<ReservationId>, i64) {
    let (mut all, mut page) = (BTreeSet::new(), Page::first(Page::<()>::LIMIT));
    loop {
        let found = store.reservations(page).await.unwrap();
        let Some(last) = found.last() else { break };
        page = Page::after(last.id, Page::<()>::LIMIT);
        all.extend(found.iter().map(|reservation| reservation.id));
    }
    (all, store.stock_levels(&[sku(code)]).await.unwrap()[0].reserved)
}

fn nobody_waited_for_each_other(server: &Postgres) {
    let log = server.log();
    assert!(!log.contains("deadlock"), "{log}");
}

#[test]
fn one_two_and_four_processes_sell_every_unit_once() {
    const UNITS: i64 = 2_000;
    let (server, database) = shop_of_its_own();
    for processes in [1, 2, 4] {
        let code = format!("MUG-{processes}");
        let store = fresh::run(fresh::open(&database));
        let before = fresh::run(async {
            store.commit(changes().with(receive(&code, UNITS))).await.unwrap();
            reserved(&store, &code).await.0
        });
        let crowds = (1..=processes).map(|number| crowd(&database, processes * 10 + number, &code));
        let mut crowds: Vec<_> = crowds.collect();
        let told: BTreeSet<_> = crowds.iter_mut().flat_map(told).collect();
        assert!(crowds.iter_mut().all(|crowd| crowd.wait().unwrap().success()));
        let (all, units) = fresh::run(reserved(&store, &code));
        let new: BTreeSet<_> = all.difference(&before).copied().collect();
        assert_eq!((new.len(), units), (2_000, UNITS), "{processes} processes");
        assert_eq!(told, new, "{processes} processes");
    }
    nobody_waited_for_each_other(&server);
}

#[test]
fn baskets_in_opposite_orders_never_block_each_other() {
    let (server, database) = shop_of_its_own();
    let store = fresh::run(fresh::open(&database));
    let skus = ["CUP", "MUG", "POT"];
    let all = skus.iter().fold(changes(), |changes, code| changes.with(receive(code, 700)));
    fresh::run(store.commit(all)).unwrap();
    let wants = ["CUP,MUG,POT", "POT,MUG,CUP", "MUG,POT,CUP", "POT,CUP,MUG"];
    let mut crowds: Vec<_> =
        wants.iter().zip(1..).map(|(wants, number)| crowd(&database, number, wants)).collect();
    let told: Vec<_> = crowds.iter_mut().flat_map(told).collect();
    assert!(crowds.iter_mut().all(|crowd| crowd.wait().unwrap().success()));
    assert_eq!(told.len(), 700);
    for code in skus {
        assert_eq!(fresh::run(reserved(&store, code)).1, 700, "{code}");
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
                    let held = store.commit(wanted(id, &["MUG"]).with(Put::new(saga(id, NOON)))).await;
                    let other = 1_000_000 + u128::try_from(place).unwrap() * 1_000_000 + id;
                    store.commit(wanted(other, &["CUP"])).await.unwrap();
                    match held {
                        Ok(_) => granted.fetch_add(1, Ordering::Relaxed),
                        Err(StoreError::Conflict { .. }) => 0,
                        Err(other) => panic!("{other:?}"),
                    };
                    // Whoever lost finds what the other one has written, and asks for the same again.
                    store.commit(wanted(id, &["MUG"])).await.unwrap();
                });
                join_all(all).await;
            });
            join_all(both).await;
        }
        assert_eq!(u128::try_from(granted.load(Ordering::Relaxed)), Ok(10 * IDS));
        let (_, units) = reserved(&stores[0], "MUG").await;
        assert_eq!(u128::try_from(units), Ok(10 * IDS));
        assert_eq!(u128::try_from(reserved(&stores[0], "CUP").await.1), Ok(20 * IDS));
    });
    nobody_waited_for_each_other(&server);
}
