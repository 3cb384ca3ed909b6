//! A shop that is looked at, and copied, while others write to it.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use commerce_core::storage::{
    CartStore, InventoryReader, OrderReader, Page, Put, Refusal, Store, StoreError,
};
use commerce_sqlite::{BackupError, OpenError, SqliteOptions, SqliteStore, backup, migrate};
use commerce_testkit::{
    conformance::block_on,
    environment::ThreadSpawner,
    fixtures::*,
    invariants::{Moment, check},
};
use rusqlite::Connection;

fn snapshot(path: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::snapshot(path, SqliteOptions::new(Arc::new(ThreadSpawner)))
}

fn beside(path: &Path, name: &str) -> PathBuf {
    path.with_file_name(name)
}

/// Mugs that are bought one by one until the test is over.
struct Trade {
    path: PathBuf,
    over: AtomicBool,
}

impl Trade {
    fn open() -> Self {
        let path = fresh::shop();
        block_on(fresh::open(&path).commit(changes().with(receive("MUG", 1_000_000)))).unwrap();
        Self { path, over: AtomicBool::new(false) }
    }

    /// Runs the test while two processes sell; how many they sold.
    fn beside(&self, test: impl FnOnce()) -> usize {
        thread::scope(|scope| {
            let closes = Closes(&self.over);
            let selling: Vec<_> = [1, 2].map(|shop| scope.spawn(move || self.sell(shop * 1_000_000))).into();
            test();
            drop(closes);
            selling.into_iter().map(|shop| shop.join().unwrap()).sum()
        })
    }

    fn sell(&self, first: u128) -> usize {
        let store = fresh::open(&self.path);
        let mut sold = 0;
        while !self.over.load(Ordering::Relaxed) {
            sold += 1;
            let buyer = first + u128::try_from(sold).unwrap();
            let sale = reserve(buyer, held_by_checkout(buyer), [demand("MUG", 1)]);
            block_on(store.commit(changes().with(sale).with(Put::new(order(buyer))))).unwrap();
        }
        sold
    }
}

/// Ends the trade when a test panics: its threads are waited for.
struct Closes<'a>(&'a AtomicBool);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What this store has: units reserved, and the reservations behind them, read one after the other.
fn reserved_and_reservations(store: &dyn Store) -> (i64, i64) {
    let units = || block_on(store.stock_levels(&[sku("MUG")])).unwrap()[0].reserved;
    let (mut held, mut page, before) = (0, Page::first(7), units());
    loop {
        let found = block_on(store.reservations(page)).unwrap();
        let Some(last) = found.last() else { break };
        held += i64::try_from(found.len()).unwrap();
        page = Page::after(last.id, 500);
    }
    assert_eq!(units(), before);
    (before, held)
}

#[test]
fn a_snapshot_sees_one_moment_in_however_many_pages_while_others_sell() {
    let trade = Trade::open();
    let mut seen = Vec::new();
    trade.beside(|| {
        while seen.iter().filter(|units| **units > 0).count() < 20 {
            let store = snapshot(&trade.path).unwrap();
            let (units, reservations) = reserved_and_reservations(&store);
            assert_eq!(units, reservations);
            seen.push(units);
        }
    });
    assert!(seen.is_sorted() && seen.first() < seen.last(), "each sees a later moment: {seen:?}");
}

#[test]
fn a_store_that_reads_page_by_page_beside_sellers_sees_a_shop_that_never_was() {
    let trade = Trade::open();
    trade.beside(|| {
        let store = fresh::open(&trade.path);
        let torn = |_: &u32| {
            let violations = block_on(check(&store, None, Moment::Anytime)).unwrap();
            violations.iter().any(|violation| violation.rule == "S3")
        };
        assert!((0..1_000).any(|round| torn(&round)), "so a snapshot is what an audit needs");
    });
}

#[test]
fn nothing_is_written_through_a_snapshot() {
    let path = fresh::shop();
    let (store, now) = (fresh::open(&path), snapshot(&path).unwrap());
    let delivery = || changes().with(receive("MUG", 1));
    assert!(matches!(block_on(now.commit(delivery())), Err(StoreError::Unavailable { .. })));
    let put = block_on(now.carts().put_cart(Put::new(cart(1, "MUG"))));
    assert!(matches!(put, Err(StoreError::Unavailable { .. })), "{put:?}");

    block_on(store.commit(delivery())).unwrap();
    assert_eq!(block_on(now.stock_levels(&[sku("MUG")])).unwrap(), [], "it is as it was");
    assert_eq!(block_on(snapshot(&path).unwrap().stock_levels(&[sku("MUG")])).unwrap().len(), 1);
    assert!(matches!(snapshot(&fresh::path()), Err(OpenError::NotMigrated { .. })));
}

#[test]
fn a_backup_of_a_shop_that_sells_is_the_shop_of_one_moment() {
    let trade = Trade::open();
    let mut copied = Vec::new();
    let sold = trade.beside(|| {
        for number in 0..5 {
            let acknowledged = reserved_and_reservations(&snapshot(&trade.path).unwrap()).0;
            let copy = beside(&trade.path, &format!("copy-{number}.db"));
            backup(&trade.path, &copy).unwrap();
            let store = fresh::open(&copy);
            let (units, reservations) = reserved_and_reservations(&store);
            assert_eq!(units, reservations);
            assert!(units >= acknowledged, "{units} of {acknowledged}");
            copied.push(units);
        }
    });
    assert!(copied.is_sorted(), "{copied:?}");
    let mut files: Vec<_> = fs::read_dir(trade.path.parent().unwrap()).unwrap().collect();
    files.retain(|file| file.as_ref().unwrap().file_name().to_str().unwrap().contains("partial"));
    assert!(files.is_empty(), "{files:?}");
    assert!(sold > 5);
}

#[test]
fn a_copy_is_a_shop_of_its_own() {
    let path = fresh::shop();
    let (shop, copy) = (fresh::open(&path), beside(&path, "copy.db"));
    block_on(shop.commit(changes().with(receive("MUG", 3)).with(Put::new(order(1))))).unwrap();
    block_on(shop.carts().put_cart(Put::new(cart(1, "MUG")))).unwrap();
    backup(&path, &copy).unwrap();

    migrate(&copy).unwrap();
    let copied = fresh::open(&copy);
    assert!(block_on(copied.order(order_id(1))).unwrap().is_some());
    assert!(block_on(copied.carts().cart(cart_id(1))).unwrap().is_some());
    block_on(copied.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 3)])))).unwrap();
    let sold_out =
        block_on(copied.commit(changes().with(reserve(2, held_by_checkout(2), [demand("MUG", 1)]))));
    assert!(matches!(sold_out, Err(StoreError::Refused(Refusal::InsufficientStock { .. }))));
    assert_eq!(block_on(shop.stock_levels(&[sku("MUG")])).unwrap()[0].reserved, 0);
}

#[test]
fn a_backup_never_writes_over_a_file() {
    let path = fresh::shop();
    let copy = beside(&path, "copy.db");
    for (there, asked) in [("copy.db", &copy), ("shop.db", &path), ("copy.db-wal", &copy)] {
        let there = beside(&path, there);
        let before = fs::read(&there).unwrap_or_else(|_| b"something of mine".into());
        fs::write(&there, &before).unwrap();
        match backup(&path, asked) {
            Err(BackupError::Exists { path }) => assert_eq!(path, there),
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(&there).unwrap(), before);
        if there != path {
            fs::remove_file(&there).unwrap();
        }
    }
    backup(&path, &copy).unwrap();
}

#[test]
fn of_two_backups_to_one_name_one_is_made() {
    let path = fresh::shop();
    for round in 0..10 {
        let copy = beside(&path, &format!("copy-{round}.db"));
        let made = thread::scope(|scope| {
            let backups: Vec<_> = (0..4).map(|_| scope.spawn(|| backup(&path, &copy))).collect();
            backups.into_iter().map(|one| one.join().unwrap()).filter(Result::is_ok).count()
        });
        assert_eq!(made, 1);
        fresh::open(&copy);
    }
}

#[test]
fn what_is_no_shop_or_is_damaged_becomes_no_backup() {
    let nothing = fresh::path();
    let copy = beside(&nothing, "copy.db");
    assert!(matches!(backup(&nothing, &copy), Err(BackupError::Open(OpenError::NotMigrated { .. }))));
    assert!(!copy.exists());

    let path = fresh::shop();
    let copy = beside(&path, "copy.db");
    damage(&path);
    assert!(matches!(backup(&path, &copy), Err(BackupError::Damaged { .. })));
    assert!(!copy.exists() && !beside(&path, "copy.db.partial").exists());
    let nowhere = beside(&path, "no/such/folder/copy.db");
    assert!(matches!(backup(&path, nowhere), Err(BackupError::Copy(_))));
}

/// Leaves an index without the row of its table.
fn damage(path: &Path) {
    let shop = Connection::open(path).unwrap();
    block_on(fresh::open(path).commit(changes().with(Put::new(order(1))))).unwrap();
    shop.execute_batch(
        "pragma writable_schema = on;
         update sqlite_schema set rootpage = (select rootpage from sqlite_schema where name = 'payments')
             where name = 'orders';",
    )
    .unwrap();
}
