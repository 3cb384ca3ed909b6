//! Real processes on one file: this test starts itself again, and kills what it started.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{collections::BTreeSet, path::Path, thread, time::Duration};

use commerce_core::storage::Store;
use commerce_testkit::{
    conformance::block_on,
    fixtures::*,
    processes::{Crowd, LetIn, reserved},
};

/// Buyers of mugs from this file, let in by this test.
fn crowd(path: &Path, number: u32, test: &str) -> LetIn {
    Crowd::new(path.display(), number, &["MUG"]).let_in(test).unwrap()
}

/// Lets a crowd buy, in the process that it was started in.
fn buy(crowd: &Crowd) {
    block_on(crowd.buy(&fresh::open(Path::new(&crowd.shop)))).unwrap();
}

#[test]
fn two_processes_sell_every_unit_once() {
    const TEST: &str = "two_processes_sell_every_unit_once";
    if let Some(crowd) = Crowd::here() {
        return buy(&crowd);
    }
    let path = fresh::shop();
    let store = fresh::open(&path);
    block_on(store.commit(changes().with(receive("MUG", 300)))).unwrap();
    let mut crowds = [crowd(&path, 1, TEST), crowd(&path, 2, TEST)];
    let told: Vec<_> = crowds.iter_mut().flat_map(LetIn::told).collect();
    assert!(crowds.into_iter().all(|crowd| crowd.went_home().unwrap()));
    assert_eq!((told.len(), told.iter().copied().collect::<BTreeSet<_>>(), 300), {
        let (all, units) = block_on(reserved(&store, &sku("MUG"))).unwrap();
        (300, all, units)
    });
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    const TEST: &str = "what_was_acknowledged_survives_a_kill";
    if let Some(crowd) = Crowd::here() {
        return buy(&crowd);
    }
    let path = fresh::shop();
    block_on(fresh::open(&path).commit(changes().with(receive("MUG", 1_000_000)))).unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 1..=5 {
        let mut killed = crowd(&path, round, TEST);
        thread::sleep(Duration::from_millis(150 + 50 * u64::from(round)));
        killed.kill().unwrap();
        acknowledged.extend(killed.told());
        drop(killed);
        let (all, units) = block_on(reserved(&fresh::open(&path), &sku("MUG"))).unwrap();
        assert!(acknowledged.is_subset(&all), "round {round}");
        assert_eq!(i64::try_from(all.len()), Ok(units), "round {round}");
    }
    assert!(!acknowledged.is_empty());
}
