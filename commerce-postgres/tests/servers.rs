//! What a server and a database are before, between and after the processes that use them.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod fresh;

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use commerce_core::{
    domain::{
        event::{DomainEvent, NumberedEvent},
        inventory::ReleaseReason,
    },
    storage::{
        Batch, CartStore, CatalogReader, ChangeSet, InventoryReader, OrderReader, Outbox, Page, Put, Records,
        SagaQueue, Store, StoreError, Transactional,
    },
};
use commerce_postgres::{
    OpenError, PostgresOptions, PostgresStore, Rider, Weakness, migrate,
    sqlx::{self, Connection as _, Executor as _, PgConnection},
};
use commerce_testkit::{conformance::tables, fixtures::*};
use commerce_testservers::{Database, Postgres};
use futures_util::FutureExt;

async fn connect(database: &Database) -> Result<PostgresStore, OpenError> {
    PostgresStore::connect(&database.url(), PostgresOptions::default()).await
}

#[test]
fn nothing_is_migrated_unasked() {
    let database = Postgres::shared().database();
    assert!(matches!(fresh::run(connect(&database)), Err(OpenError::NotMigrated)));
    assert_eq!(database.run("select count(*) from pg_tables where schemaname = 'public'").trim(), "0");
    fresh::run(migrate(&database.url(), &PostgresOptions::default())).unwrap();
    fresh::run(connect(&database)).unwrap();
}

#[test]
fn a_shop_of_a_newer_or_older_version_is_left_alone() {
    let database = fresh::shop();
    database.run("insert into commerce_migrations (version, name) values (4000, 'from the future')");
    assert!(matches!(fresh::run(connect(&database)), Err(OpenError::Newer { found: 4000, .. })));
    let migrated = fresh::run(migrate(&database.url(), &PostgresOptions::default()));
    assert!(matches!(migrated, Err(OpenError::Newer { found: 4000, .. })));
    database
        .run("delete from commerce_migrations; insert into commerce_migrations values (0, 'from the past')");
    assert!(matches!(fresh::run(connect(&database)), Err(OpenError::Outdated { found: 0, .. })));
}

#[test]
fn many_may_migrate_at_once_and_again() {
    let database = Postgres::shared().database();
    let (url, options) = (database.url(), PostgresOptions::default());
    let migrating = (0..8).map(|_| migrate(&url, &options));
    fresh::run(futures_util::future::join_all(migrating)).into_iter().for_each(Result::unwrap);
    assert_eq!(database.run("select count(*) from commerce_migrations").trim(), "3");
}

#[test]
fn a_shop_may_have_a_schema_of_its_own() {
    let database = fresh::shop();
    let options = || PostgresOptions::default().with_schema("commerce");
    let other = |options| PostgresStore::connect(Box::leak(Box::new(database.url())), options);
    // There is a shop elsewhere in the database; it is not taken for this one.
    assert!(matches!(fresh::run(other(options())), Err(OpenError::NotMigrated)));
    fresh::run(migrate(&database.url(), &options())).unwrap();
    let store = fresh::run(other(options())).unwrap();
    fresh::run(store.commit(changes().with(receive("MUG", 3)))).unwrap();
    assert_eq!(fresh::run(store.stock_levels(&[sku("MUG")])).unwrap().len(), 1);
    let counts =
        "select (select count(*) from commerce.stock_levels), (select count(*) from public.stock_levels)";
    assert_eq!(database.run(counts).trim(), "1|0");
}

#[test]
fn a_server_that_may_lose_what_it_acknowledged_is_refused_unless_that_is_allowed_by_name() {
    for (setting, weakness) in
        [("fsync", Weakness::FsyncOff), ("full_page_writes", Weakness::FullPageWritesOff)]
    {
        let server = Postgres::start_with(&[(setting, "off")]);
        let database = server.database();
        fresh::run(migrate(&database.url(), &PostgresOptions::default())).unwrap();
        let refused = fresh::run(connect(&database));
        assert!(matches!(refused, Err(OpenError::NotDurable(found)) if found == weakness), "{refused:?}");
        let allowed = PostgresOptions::default().allowing(weakness);
        fresh::run(PostgresStore::connect(&database.url(), allowed)).unwrap();
    }
}

#[test]
fn what_is_said_to_a_server_is_encrypted_when_the_url_asks_for_it() {
    let Some(server) = Postgres::start_with_tls() else {
        eprintln!("SKIPPED: there is no openssl on this machine");
        return;
    };
    let database = server.database();
    let at = |database: &Database, mode: &str| format!("{}?sslmode={mode}", database.url());
    let open = |url: String| {
        fresh::run(async {
            migrate(&url, &PostgresOptions::default()).await?;
            PostgresStore::connect(&url, PostgresOptions::default()).await
        })
    };
    let store = open(at(&database, "require")).unwrap();
    fresh::run(store.commit(changes().with(receive("MUG", 1)))).unwrap();
    let ours = "select count(*) > 0, bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid)
        where application_name = 'commerce-kit'";
    assert_eq!(database.run(ours).trim(), "t|t");

    // Nobody vouches for the certificate, and another server has none.
    let unknown = open(at(&database, "verify-full"));
    assert!(matches!(unknown, Err(OpenError::Database(_))), "{unknown:?}");
    let plain = Postgres::start();
    let refused = open(at(&plain.database(), "require"));
    assert!(matches!(refused, Err(OpenError::Database(_))), "{refused:?}");
}

#[test]
fn every_connection_waits_for_the_disk_and_for_nothing_else_for_ever() {
    let database = fresh::shop();
    database.run(&format!("alter database {} set synchronous_commit = off", database.name()));
    database
        .run(&format!("alter database {} set default_transaction_isolation = serializable", database.name()));
    let asked = Arc::new(Settings::default());
    let options = PostgresOptions::default().with_rider(Arc::clone(&asked) as Arc<dyn Rider>);
    let store = fresh::run(PostgresStore::connect(&database.url(), options)).unwrap();
    fresh::run(store.commit(placed(1))).unwrap();
    assert_eq!(*asked.0.lock().unwrap(), ["on", "read committed", "30s", "10s", "10s"]);
}

/// A rider that only looks at how its connection is set up.
#[derive(Default)]
struct Settings(Mutex<Vec<String>>);

#[async_trait]
impl Rider for Settings {
    async fn ride(&self, transaction: &mut PgConnection, _: &[NumberedEvent]) -> sqlx::Result<()> {
        let names = [
            "synchronous_commit",
            "transaction_isolation",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
        ];
        let all = sqlx::query_scalar("select current_setting(name) from unnest($1::text[]) name");
        *self.0.lock().unwrap() = all.bind(&names[..]).fetch_all(transaction).await?;
        Ok(())
    }
}

fn placed(number: u128) -> commerce_core::storage::ChangeSet {
    changes().with(Put::new(order(number))).with_event(DomainEvent::OrderReleased { order: order_id(number) })
}

/// A host that keeps a list of its own, and sometimes fails or forgets that it did.
#[derive(Default)]
struct Host {
    fails: AtomicBool,
    swallows: AtomicBool,
}

#[async_trait]
impl Rider for Host {
    async fn ride(&self, transaction: &mut PgConnection, events: &[NumberedEvent]) -> sqlx::Result<()> {
        for event in events {
            let note = sqlx::query("insert into host (event) values ($1)").bind(event.number.to_string());
            note.execute(&mut *transaction).await?;
        }
        if self.fails.load(Ordering::Relaxed) {
            transaction.execute("insert into nowhere values (1)").await?;
        }
        if self.swallows.load(Ordering::Relaxed) {
            drop(transaction.execute("insert into nowhere values (1)").await);
        }
        Ok(())
    }
}

#[test]
fn what_rides_along_is_written_with_the_shop_or_not_at_all() {
    let database = fresh::shop();
    database.run("create table host (event text primary key)");
    let host = Arc::new(Host::default());
    let options = PostgresOptions::default().with_rider(Arc::clone(&host) as Arc<dyn Rider>);
    let store = fresh::run(PostgresStore::connect(&database.url(), options)).unwrap();
    let counts = || database.run("select (select count(*) from host), (select count(*) from orders)");
    fresh::run(store.commit(placed(1))).unwrap();
    assert_eq!(counts().trim(), "1|1");
    for (fails, swallows) in [(true, false), (false, true)] {
        host.fails.store(fails, Ordering::Relaxed);
        host.swallows.store(swallows, Ordering::Relaxed);
        let failed = fresh::run(store.commit(placed(2)));
        assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
        // The same with rows that are judged.
        let failed = fresh::run(store.commit(placed(2).with(receive("MUG", 1))));
        assert!(matches!(failed, Err(StoreError::Unavailable { .. })), "{failed:?}");
        assert_eq!(counts().trim(), "1|1");
    }
    host.swallows.store(false, Ordering::Relaxed);
    fresh::run(store.commit(placed(2).with(receive("MUG", 1)))).unwrap();
    // Stock that can be bought for the first time is an event as well.
    assert_eq!(counts().trim(), "3|2");
}

#[test]
fn everything_is_there_when_the_database_is_opened_again() {
    let database = fresh::shop();
    let everything = changes()
        .with(Put::new(order(1)))
        .with(Put::new(saga(1, NOON)))
        .with(receive("MUG", 3))
        .with(reserve(1, held_by_cart(1, after_noon(60)), [demand("MUG", 2)]))
        .with_event(DomainEvent::OrderReleased { order: order_id(1) });
    fresh::run(async {
        let store = fresh::open(&database).await;
        store.commit(everything).await.unwrap();
        store.carts().put_cart(Put::new(cart(1, "MUG"))).await.unwrap();
        drop(store);
        let store = fresh::open(&database).await;
        assert!(store.order(order_id(1)).await.unwrap().is_some_and(|found| *found.value == order(1)));
        assert_eq!(store.due(NOON, 9).await.unwrap(), [saga_id(1)]);
        assert_eq!(store.stock_levels(&[sku("MUG")]).await.unwrap()[0].reserved, 2);
        assert_eq!(store.expired_holds(after_noon(60), None, 9).await.unwrap().len(), 1);
        // The order's own event, and that mugs can be bought.
        assert_eq!(store.undelivered(NOON, 9).await.unwrap().len(), 2);
        assert_eq!(store.carts().carts(Page::first(9)).await.unwrap().len(), 1);
    });
}

/// A batch of one.
fn alone(changes: ChangeSet) -> Arc<Batch> {
    Arc::new(Batch::of(vec![Arc::new(changes)], Records::MayBeAssumed))
}

#[test]
fn a_transaction_that_is_dropped_is_rolled_back_and_in_nobodys_way() {
    let database = fresh::shop();
    fresh::run(async {
        let store = fresh::open(&database).await;
        store.commit(changes().with(receive("MUG", 1))).await.unwrap();
        // Somebody keeps the row, so that it has begun and waits when it is dropped.
        let mut other = PgConnection::connect(&database.url()).await.unwrap();
        other.execute("begin; select 1 from stock_levels for update").await.unwrap();
        let delivery = store.writer().transact(alone(changes().with(receive("MUG", 3))));
        tokio::time::timeout(Duration::from_millis(300), delivery).await.unwrap_err();
        other.execute("rollback").await.unwrap();
        store.commit(changes().with(receive("MUG", 1))).await.unwrap();
        assert_eq!(store.stock_levels(&[sku("MUG")]).await.unwrap()[0].on_hand, 2);
    });
}

/// The server stops while it is told to begin; whoever asked for it goes away. The next one must not find itself in a
/// transaction that nobody commits.
#[test]
fn a_transaction_whose_beginning_was_cut_short_is_never_lent_to_anybody() {
    let server = Postgres::start();
    let database = server.database();
    fresh::run(async {
        migrate(&database.url(), &PostgresOptions::default()).await.unwrap();
        let store = fresh::open(&database).await;
        store.commit(changes().with(receive("MUG", 1))).await.unwrap();
        let backends = server.stop_backends_of(&database);
        for _ in 0..8 {
            // Until every connection there is has been asked to begin, and more. Where one is new, this is refused.
            let refused = changes().with(release(1, ReleaseReason::Asked, [line("MUG", 1)]));
            let asked = store.writer().transact(alone(refused));
            drop(tokio::time::timeout(Duration::from_millis(50), asked).await);
        }
        drop(backends);
        // This one judges nothing, so it would be written in whatever transaction is open. Others look before the next
        // one, whose commit would bring it along.
        store.commit(changes().with(Put::new(order(1)))).await.unwrap();
        assert_eq!(database.run("select count(*) from orders").trim(), "1");
        store.commit(changes().with(receive("MUG", 1))).await.unwrap();
    });
    assert_eq!(database.run("select on_hand from stock_levels").trim(), "2");
}

#[test]
fn too_many_readers_are_sent_away_with_a_hint() {
    let database = fresh::shop();
    fresh::run(async {
        let options = PostgresOptions::default().with_readers(NonZeroUsize::MIN);
        let store = PostgresStore::connect(&database.url(), options).await.unwrap();
        // Somebody keeps the only reader busy.
        let mut other = PgConnection::connect(&database.url()).await.unwrap();
        other.execute("begin; lock table orders in access exclusive mode").await.unwrap();
        let (store, start) = (&store, Instant::now());
        let mut readers = [Box::pin(store.order(order_id(1))), Box::pin(store.order(order_id(2)))];
        let (first, rest) = readers.split_at_mut(1);
        assert!(first[0].as_mut().now_or_never().is_none());
        let sent_away = tokio::select! {
            answer = &mut first[0] => answer,
            answer = &mut rest[0] => answer,
        };
        assert!(
            matches!(sent_away, Err(StoreError::Unavailable { retry_after: Some(_), .. })),
            "{sent_away:?}"
        );
        assert!(start.elapsed() < Duration::from_secs(9), "before the lock was given up");
        other.execute("rollback").await.unwrap();
    });
}

#[test]
fn a_row_that_does_not_decode_is_corrupt_and_no_rule_can_be_broken_by_hand() {
    let database = fresh::shop();
    fresh::run(async {
        let store = fresh::open(&database).await;
        store.commit(changes().with(Put::new(order(1))).with(receive("MUG", 3))).await.unwrap();
        let mut hand = PgConnection::connect(&database.url()).await.unwrap();
        for broken in ["update stock_levels set reserved = 4", "update stock_levels set on_hand = -1"] {
            assert!(hand.execute(broken).await.is_err());
        }
        hand.execute("update orders set document = '{}'").await.unwrap();
        assert!(matches!(store.order(order_id(1)).await, Err(StoreError::Corrupt { .. })));
    });
}

#[test]
fn a_person_can_read_the_shop_and_search_it_by_attributes() {
    let database = fresh::shop();
    fresh::run(async { fresh::open(&database).await.commit(tables::shop()).await }).unwrap();
    let by_attributes = (r#"select count(*) from products where attributes @> '[{"sku": "MUG"}]'"#, "1");
    for (question, answer) in tables::QUESTIONS.into_iter().chain([by_attributes]) {
        assert_eq!(database.run(question).trim(), answer, "{question}");
    }
}

#[test]
fn text_with_a_nul_in_it_harms_nobody() {
    let database = fresh::shop();
    let mut odd = product(1, "MUG");
    odd.title = "a\0b".into();
    fresh::run(async {
        let store = fresh::open(&database).await;
        store.commit(changes().with(Put::new(odd.clone()))).await.unwrap();
        let found = store.product(odd.id).await.unwrap().unwrap();
        assert_eq!(found.title, odd.title);
    });
}

#[test]
fn keys_sort_by_bytes_whatever_the_language_of_the_database() {
    let database = fresh::shop();
    let codes = ["B", "a", "Z-1", "Z1", "z"];
    fresh::run(async {
        let store = fresh::open(&database).await;
        let deliveries = codes.iter().fold(changes(), |changes, code| changes.with(receive(code, 1)));
        store.commit(deliveries).await.unwrap();
        let mut page = Page::first(2);
        let mut seen = Vec::new();
        loop {
            let found = store.stock(page).await.unwrap();
            let Some(last) = found.last() else { break };
            page = Page::after(last.key.clone(), 2);
            seen.extend(found.into_iter().map(|level| level.key.sku.to_string()));
        }
        let mut sorted = codes.map(String::from).to_vec();
        sorted.sort();
        assert_eq!(seen, sorted);
    });
}
