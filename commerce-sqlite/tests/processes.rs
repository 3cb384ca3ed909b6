//! Real processes on one file: this test starts itself again, and kills what it started.

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
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use commerce_core::{
    domain::ids::ReservationId,
    storage::{InventoryReader, Page, Refusal, Store, StoreError},
};
use commerce_sqlite::SqliteStore;
use commerce_testkit::{conformance::block_on, fixtures::*};

const FILE: &str = "COMMERCE_SQLITE_TEST_FILE";
const CROWD: &str = "COMMERCE_SQLITE_TEST_CROWD";

/// Starts this test again, as a crowd that buys one mug after the other from this file.
fn crowd(path: &Path, number: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_crowd", "--ignored", "--nocapture"])
        .env(FILE, path)
        .env(CROWD, number.to_string())
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
    let path = PathBuf::from(env::var_os(FILE).unwrap());
    let crowd: u128 = env::var(CROWD).unwrap().parse().unwrap();
    let store = fresh::open(&path);
    thread::scope(|scope| {
        for thread in 1..=5 {
            let store = &store;
            scope.spawn(move || buy(store, crowd * 10_000_000 + thread * 1_000_000));
        }
    });
}

/// Buys until there is nothing left, and says what it got only once it was told so.
fn buy(store: &SqliteStore, first: u128) {
    for buyer in first.. {
        let wanted = reserve(buyer, held_by_checkout(buyer), [demand("MUG", 1)]);
        match block_on(store.commit(changes().with(wanted))) {
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

/// What there is after the crowds have gone: every reservation, and the units they hold.
fn reserved(store: &SqliteStore) -> (BTreeSet<ReservationId>, i64) {
    let (mut all, mut page) = (BTreeSet::new(), Page::first(Page::<()>::LIMIT));
    loop {
        let found = block_on(store.reservations(page)).unwrap();
        let Some(last) = found.last() else { break };
        page = Page::after(last.id, Page::<()>::LIMIT);
        all.extend(found.iter().map(|reservation| reservation.id));
    }
    (all, block_on(store.stock_levels(&[sku("MUG")])).unwrap()[0].reserved)
}

#[test]
fn two_processes_sell_every_unit_once() {
    let path = fresh::shop();
    let store = fresh::open(&path);
    block_on(store.commit(changes().with(receive("MUG", 300)))).unwrap();
    let mut crowds = [crowd(&path, 1), crowd(&path, 2)];
    let told: Vec<_> = crowds.iter_mut().flat_map(told).collect();
    assert!(crowds.iter_mut().all(|crowd| crowd.wait().unwrap().success()));
    assert_eq!((told.len(), told.iter().copied().collect::<BTreeSet<_>>(), 300), {
        let (all, units) = reserved(&store);
        (300, all, units)
    });
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let path = fresh::shop();
    block_on(fresh::open(&path).commit(changes().with(receive("MUG", 1_000_000)))).unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 1..=5 {
        let mut killed = crowd(&path, round);
        thread::sleep(Duration::from_millis(150 + 50 * u64::from(round)));
        killed.kill().unwrap();
        acknowledged.extend(told(&mut killed));
        killed.wait().unwrap();
        let (all, units) = reserved(&fresh::open(&path));
        assert!(acknowledged.is_subset(&all), "round {round}");
        assert_eq!(i64::try_from(all.len()), Ok(units), "round {round}");
    }
    assert!(!acknowledged.is_empty());
}
