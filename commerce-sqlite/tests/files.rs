//! What a file is before, between and after the processes that use it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{sync::Arc, thread, time::Duration};

use chrono::TimeDelta;
use commerce_core::{
    domain::event::DomainEvent,
    storage::{
        Batch, CartStore, Cutoffs, Forget, InventoryReader, OrderReader, Outbox, Page, Put, Records,
        RetentionReader, SagaQueue, SagaRecord, Store, StoreError, Transactional,
    },
};
use commerce_sqlite::{OpenError, SqliteOptions, SqliteStore, migrate};
use commerce_testkit::{
    conformance::{block_on, tables},
    environment::ThreadSpawner,
    fixtures::*,
};
use futures_util::FutureExt;
use rusqlite::Connection;

fn connect(path: &std::path::Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::connect(path, SqliteOptions::new(Arc::new(ThreadSpawner)))
}

#[test]
fn nothing_is_migrated_unasked() {
    let path = fresh::path();
    assert!(matches!(connect(&path), Err(OpenError::NotMigrated { .. })));
    assert!(!path.exists());
    Connection::open(&path).unwrap().execute_batch("create table hosts_own (a)").unwrap();
    assert!(matches!(connect(&path), Err(OpenError::NotMigrated { .. })));
    migrate(&path).unwrap();
    connect(&path).unwrap();
}

#[test]
fn a_shop_of_a_newer_version_is_left_alone() {
    let path = fresh::shop();
    let newer = "insert into commerce_migrations (version, name) values (4000, 'from the future')";
    Connection::open(&path).unwrap().execute_batch(newer).unwrap();
    assert!(matches!(connect(&path), Err(OpenError::Newer { found: 4000, .. })));
    assert!(matches!(migrate(&path), Err(OpenError::Newer { found: 4000, .. })));
}

#[test]
fn a_shop_of_an_older_version_is_named() {
    let path = fresh::shop();
    Connection::open(&path)
        .unwrap()
        .execute_batch("delete from commerce_migrations where version > 1")
        .unwrap();
    assert!(matches!(connect(&path), Err(OpenError::Outdated { found: 1, .. })));
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let path = fresh::path();
    std::fs::write(&path, "not a database, but long enough to be looked at ".repeat(50)).unwrap();
    assert!(matches!(connect(&path), Err(OpenError::Database(_))));
}

#[test]
fn many_may_migrate_at_once_and_again() {
    for _ in 0..10 {
        let path = fresh::path();
        thread::scope(|scope| {
            let migrating: Vec<_> = (0..8).map(|_| scope.spawn(|| migrate(&path))).collect();
            migrating.into_iter().for_each(|one| one.join().unwrap().unwrap());
        });
        let shop = Connection::open(&path).unwrap();
        let run: u32 =
            shop.query_row("select count(*) from commerce_migrations", (), |row| row.get(0)).unwrap();
        assert_eq!(run, 4);
    }
}

#[test]
fn what_was_over_before_anybody_could_forget_it_is_found_too() {
    let path = fresh::path();
    let file = Connection::open(&path).unwrap();
    let noted = "create table commerce_migrations (version integer not null primary key, name text not null,
        run_at text not null default '') strict; insert into commerce_migrations values (1, 'shop', '')";
    file.execute_batch(include_str!("../migrations/0001_shop.sql")).unwrap();
    file.execute_batch(noted).unwrap();
    let ended = [NOON, NOON + TimeDelta::nanoseconds(1), NOON + TimeDelta::milliseconds(120)];
    let mut sagas: Vec<_> =
        (1..).zip(ended).map(|(number, at)| (ended_saga(number, at), "completed", None)).collect();
    let late = SagaRecord { wake_at: Some(after_noon(60)), ..ended_saga(4, NOON) };
    sagas.push((late, "completed", Some("2026-12-03T12:01:00.000000000Z")));
    sagas.push((saga(5, NOON), "running", Some("2026-12-03T12:00:00.000000000Z")));
    let insert = "insert into sagas (id, writes, events, kind, status, due_at, document)
        values (?1, 1, 0, 'test', ?2, ?3, ?4)";
    for (saga, status, due_at) in sagas {
        let document = serde_json::to_string(&saga).unwrap();
        file.execute(insert, (saga.id.to_string(), status, due_at, document)).unwrap();
    }
    migrate(&path).unwrap();

    let store = connect(&path).unwrap();
    let found = |before| {
        let before = Cutoffs { sagas: before, reservations: NOON, events: NOON };
        let found = block_on(store.forgettable(before, 9)).unwrap();
        let sagas = found.into_iter().map(|found| match found {
            Forget::Saga { id, .. } => id.uuid().as_u128(),
            other => panic!("{other:?}"),
        });
        sagas.collect::<Vec<_>>()
    };
    assert_eq!(found(NOON), []);
    assert_eq!(found(ended[1]), [1]);
    assert_eq!(found(ended[2]), [1, 2]);
    assert_eq!(found(after_noon(1_000)), [1, 2, 3]);
}

#[test]
fn everything_is_there_when_the_file_is_opened_again() {
    let path = fresh::shop();
    let placed = changes()
        .with(Put::new(order(1)))
        .with(Put::new(saga(1, NOON)))
        .with(receive("MUG", 3))
        .with(reserve(1, held_by_cart(1, after_noon(60)), [demand("MUG", 2)]))
        .with_event(DomainEvent::OrderReleased { order: order_id(1) });
    {
        let store = fresh::open(&path);
        block_on(store.commit(placed)).unwrap();
        block_on(store.carts().put_cart(Put::new(cart(1, "MUG")))).unwrap();
    }
    let store = fresh::open(&path);
    assert!(block_on(store.order(order_id(1))).unwrap().is_some_and(|found| *found.value == order(1)));
    assert_eq!(block_on(store.due(NOON, 9)).unwrap(), [saga_id(1)]);
    assert_eq!(block_on(store.stock_levels(&[sku("MUG")])).unwrap()[0].reserved, 2);
    assert_eq!(block_on(store.expired_holds(after_noon(60), None, 9)).unwrap().len(), 1);
    // The order's own event, and that mugs can be bought.
    assert_eq!(block_on(store.undelivered(NOON, 9)).unwrap().len(), 2);
    assert_eq!(block_on(store.carts().carts(Page::first(9))).unwrap().len(), 1);
}

#[test]
fn a_transaction_nobody_waits_for_any_more_is_whole_and_in_nobodys_way() {
    let store = fresh::open(&fresh::shop());
    let delivery = changes().with(receive("MUG", 3)).with(receive("CUP", 3));
    let batch = Arc::new(Batch::of(vec![Arc::new(delivery)], Records::MayBeAssumed));
    assert!(store.writer().transact(batch).now_or_never().is_none());
    block_on(store.commit(changes().with(receive("CUP", 1)))).unwrap();
    let levels = block_on(store.stock_levels(&[sku("MUG"), sku("CUP")])).unwrap();
    assert_eq!(levels.iter().map(|level| level.on_hand).collect::<Vec<_>>(), [4, 3]);
}

#[test]
fn a_process_that_keeps_the_lock_for_a_while_is_waited_for() {
    let path = fresh::shop();
    let store = fresh::open(&path);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("begin immediate").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(store.commit(changes().with(receive("MUG", 1)))));
        thread::sleep(Duration::from_millis(300));
        // Readers do not wait meanwhile.
        assert_eq!(block_on(store.stock_levels(&[sku("MUG")])).unwrap(), []);
        assert!(!waiting.is_finished());
        other.execute_batch("rollback").unwrap();
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn a_row_that_does_not_decode_is_corrupt_and_no_rule_can_be_broken_by_hand() {
    let path = fresh::shop();
    let store = fresh::open(&path);
    block_on(store.commit(changes().with(Put::new(order(1))).with(receive("MUG", 3)))).unwrap();
    let hand = Connection::open(&path).unwrap();
    assert!(hand.execute_batch("update stock_levels set reserved = 4").is_err());
    assert!(hand.execute_batch("update stock_levels set on_hand = -1").is_err());
    hand.execute_batch("update orders set document = '{}'").unwrap();
    assert!(matches!(block_on(store.order(order_id(1))), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_person_can_read_the_shop() {
    let path = fresh::shop();
    let store = fresh::open(&path);
    block_on(store.commit(tables::shop())).unwrap();
    let shell = Connection::open(&path).unwrap();
    for (question, answer) in tables::QUESTIONS {
        let found: String = shell.query_row(question, (), |row| row.get(0)).unwrap();
        assert_eq!(found, answer, "{question}");
    }
}
