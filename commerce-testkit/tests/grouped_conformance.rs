//! A store whose change sets go out in groups keeps every rule too, and each caller gets an answer of its own.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use commerce_core::{
    domain::inventory::ReleaseReason,
    environment::Clock,
    storage::{
        Answers, Batch, ChangeSet, GroupCommit, InventoryReader, Refusal, SaveError, Store, StoreError,
        Transactional,
    },
};
use commerce_testkit::{
    conformance::{block_on, model::answers_alike},
    doubles::{GroupedStore, SubsetStore},
    environment::{ManualClock, ThreadSpawner},
    fixtures::*,
    stage::{Process, Stage},
};
use futures_util::{FutureExt, future::join_all};

commerce_testkit::store_conformance!(|| async { Arc::new(GroupedStore::new(Arc::new(ThreadSpawner))) });

#[test]
fn groups_and_the_whole_answer_alike() {
    for seed in 1..=10 {
        let store = GroupedStore::new(Arc::new(ThreadSpawner));
        block_on(answers_alike(&store, seed, 200)).unwrap();
    }
}

/// One buyer's change set for the last units.
fn wants(buyer: u128) -> ChangeSet {
    changes().with(reserve(buyer, held_by_checkout(buyer), [demand("MUG", 1)]))
}

#[test]
fn five_hundred_at_once_share_a_hundred_units_and_each_is_told() {
    let store = GroupedStore::new(Arc::new(ThreadSpawner));
    block_on(store.commit(changes().with(receive("MUG", 100)))).unwrap();
    let answers = block_on(join_all((1..=500).map(|buyer| store.commit(wants(buyer)))));
    let granted = answers.iter().filter(|answer| answer.is_ok()).count();
    let sold_out = answers
        .iter()
        .filter(|answer| matches!(answer, Err(StoreError::Refused(Refusal::InsufficientStock { .. }))))
        .count();
    assert_eq!((granted, sold_out), (100, 400));
    assert_eq!(block_on(store.stock_levels(&[sku("MUG")])).unwrap()[0].reserved, 100);
}

#[test]
fn a_caller_that_goes_away_cancels_nothing() {
    let clock = ManualClock::default();
    let stage = Stage::new(clock.clone());
    let store = GroupedStore::new(Arc::new(stage.spawner(Process(1))));
    // Polled once, so that it has arrived, then dropped.
    assert!(store.commit(changes().with(receive("MUG", 7))).now_or_never().is_none());
    stage.run_until(start_of(&clock) + Duration::from_secs(1));
    assert_eq!(block_on(store.stock_levels(&[sku("MUG")])).unwrap()[0].on_hand, 7);
}

#[test]
fn too_many_are_turned_away_at_once_with_a_hint_when_to_come_back() {
    let clock = ManualClock::default();
    let stage = Stage::new(clock.clone());
    let group = GroupCommit::new(SubsetStore::new(), Arc::new(stage.spawner(Process(1))));
    let mut waiting: Vec<_> = (0..GroupCommit::<SubsetStore>::WAITING)
        .map(|_| Box::pin(group.commit(changes().with(receive("MUG", 1)))))
        .collect();
    assert!(waiting.iter_mut().all(|commit| commit.now_or_never().is_none()));
    let turned_away = group.commit(changes().with(receive("MUG", 1))).now_or_never();
    assert!(matches!(turned_away, Some(Err(StoreError::Unavailable { retry_after: Some(_), .. }))));
    stage.run_until(start_of(&clock) + Duration::from_secs(1));
    assert!(waiting.into_iter().all(|commit| matches!(commit.now_or_never(), Some(Ok(_)))));
}

/// A store that takes its time, and notes how many transactions were under way at most.
#[derive(Debug)]
struct Slow {
    tables: SubsetStore,
    clock: ManualClock,
    now: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Transactional for Slow {
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        self.clock.sleep(Duration::from_millis(10)).await;
        let answers = self.tables.transact(batch).await;
        self.now.fetch_sub(1, Ordering::Relaxed);
        answers
    }
}

/// So many deliveries at once; how many transactions were under way at most.
fn most_at_once(deliveries: usize) -> usize {
    let clock = ManualClock::default();
    let stage = Stage::new(clock.clone());
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let store = Slow { tables: SubsetStore::new(), clock: clock.clone(), now, most };
    let group = GroupCommit::new(store, Arc::new(stage.spawner(Process(1))));
    let all = join_all((0..deliveries).map(|_| group.commit(changes().with(receive("MUG", 1)))));
    let answers = stage.run(start_of(&clock) + Duration::from_secs(1), all).unwrap();
    assert!(answers.iter().all(Result::is_ok));
    let levels = block_on(group.store().tables.stock_levels(&[sku("MUG")])).unwrap();
    assert_eq!(usize::try_from(levels[0].on_hand), Ok(deliveries));
    group.store().most.load(Ordering::Relaxed)
}

#[test]
fn a_full_batch_does_not_wait_for_the_one_before_it_and_no_other_hurries() {
    assert_eq!(most_at_once(500), 1);
    assert_eq!(most_at_once(5_000), 2);
}

/// A store whose first transaction dies.
#[derive(Debug, Default)]
struct DiesOnce {
    tables: SubsetStore,
    died: AtomicBool,
}

#[async_trait]
impl Transactional for DiesOnce {
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        assert!(self.died.swap(true, Ordering::Relaxed), "a planted panic");
        self.tables.transact(batch).await
    }
}

#[test]
fn a_batch_that_dies_leaves_nobody_waiting_and_the_next_one_starts_anew() {
    let group = GroupCommit::new(DiesOnce::default(), Arc::new(ThreadSpawner));
    let delivery = || changes().with(receive("MUG", 1));
    let cut_off = block_on(group.commit(delivery()));
    assert!(matches!(cut_off, Err(StoreError::Uncertain { .. })));
    // Whoever comes while it is still dying learns that nothing is known; nobody waits for ever.
    assert!((0..1_000).any(|_| block_on(group.commit(delivery())).is_ok()));
}

/// A store of which the row of reservation 1 does not decode.
#[derive(Debug, Default)]
struct Damaged(SubsetStore);

#[async_trait]
impl Transactional for Damaged {
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        if batch.keys().reservations.contains(&reservation_id(1)) {
            return Err(StoreError::corrupt("reservation 1", "it does not decode").into());
        }
        self.0.transact(batch).await
    }
}

#[test]
fn a_damaged_row_is_the_trouble_of_those_alone_who_asked_for_it() {
    let clock = ManualClock::default();
    let stage = Stage::new(clock.clone());
    let group = GroupCommit::new(Damaged::default(), Arc::new(stage.spawner(Process(1))));
    let delivery = changes().with(receive("MUG", 9));
    let given_back = changes().with(release(1, ReleaseReason::Asked, [line("MUG", 1)]));
    let sets = [delivery, given_back, wants(2), wants(3)];
    let mut waiting: Vec<_> = sets.into_iter().map(|set| Box::pin(group.commit(set))).collect();
    assert!(waiting.iter_mut().all(|commit| commit.now_or_never().is_none()));
    stage.run_until(start_of(&clock) + Duration::from_secs(1));
    let answers: Vec<_> = waiting.into_iter().map(|commit| commit.now_or_never().unwrap()).collect();
    assert!(matches!(answers[1], Err(StoreError::Corrupt { .. })), "{:?}", answers[1]);
    assert!([0, 2, 3].iter().all(|place| answers[*place].is_ok()), "{answers:?}");
}

fn start_of(clock: &ManualClock) -> chrono::DateTime<chrono::Utc> {
    clock.now()
}
