//! The driver that was not taken: reservations on the adapter's tables through sqlx, behind the same seam and with the
//! shapes that suit it best, a few statements of many rows. Nothing but what this bench writes.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::SecondsFormat;
use commerce_core::{
    domain::{
        ids::{LocationId, Sku},
        inventory::{Holder, Reservation, StockKey, StockLevel, StockPolicy},
    },
    environment::TokioSpawner,
    storage::{
        Answers, Batch, ChangeSet, GroupCommit, Keys, Receipt, SaveError, Store, StoreError, Transactional,
        apply::Rows,
    },
};
use commerce_testkit::delegate_readers;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::Mutex;

use crate::stored::File;

/// The most rows of one statement: more gain nothing, and each length is a text of its own that stays prepared.
const ROWS: usize = 128;
const TEXTS: usize = 8 * ROWS;

/// Committed through sqlx, and read as ever.
#[derive(Debug)]
pub(crate) struct BySqlx {
    store: Arc<dyn Store>,
    group: GroupCommit<Writer>,
}

#[derive(Debug)]
struct Writer(Mutex<SqliteConnection>);

impl BySqlx {
    pub(crate) async fn connect(file: &File) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(&file.path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(false)
            .pragma("wal_autocheckpoint", "4000")
            .pragma("cache_size", "-65536")
            .statement_cache_capacity(TEXTS)
            .disable_statement_logging();
        let writer = Writer(Mutex::new(options.connect().await.unwrap()));
        Self { store: file.open(), group: GroupCommit::new(writer, Arc::new(TokioSpawner)) }
    }
}

delegate_readers!(BySqlx, store);

#[async_trait]
impl Store for BySqlx {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.group.commit(changes).await
    }
}

#[async_trait]
impl Transactional for Writer {
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        let mut tx = self.0.lock().await;
        sqlx::raw_sql("begin immediate").execute(&mut *tx).await.map_err(failed)?;
        let mut rows = Rows::subset();
        load_levels(&mut tx, batch.keys(), &mut rows).await.map_err(failed)?;
        // No caller of this bench draws an id twice.
        rows.assume(&batch.keys().expected);
        let answers = batch.judge(&mut rows);
        let reservations: Vec<_> =
            rows.reservations.dirty().filter_map(|(_, _, row)| row.map(|row| &**row)).collect();
        for some in reservations.chunks(ROWS) {
            put_reservations(&mut tx, some).await.map_err(failed)?;
        }
        let levels: Vec<_> = rows.stock.dirty().filter_map(|(_, _, row)| row).collect();
        for some in levels.chunks(ROWS) {
            put_levels(&mut tx, some).await.map_err(failed)?;
        }
        sqlx::raw_sql("commit").execute(&mut *tx).await.map_err(failed)?;
        Ok(answers)
    }
}

async fn load_levels(tx: &mut SqliteConnection, keys: &Keys, rows: &mut Rows) -> sqlx::Result<()> {
    for key in &keys.stock {
        rows.stock.load(key.clone(), None);
    }
    let all: Vec<_> = keys.stock.iter().collect();
    for some in all.chunks(ROWS) {
        let sql = format!(
            "select sku, location, on_hand, reserved, committed, movements, events
             from stock_levels where (sku, location) in (values {})",
            values(some.len(), 2)
        );
        let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, key| {
            query.bind(key.sku.as_str()).bind(key.location.as_str())
        });
        for row in query.fetch_all(&mut *tx).await? {
            let (sku, location) = (Sku::new(row.get::<&str, _>(0)), LocationId::new(row.get::<&str, _>(1)));
            let key = StockKey { sku: sku.unwrap(), location: location.unwrap() };
            let level = StockLevel {
                key: key.clone(),
                on_hand: row.get(2),
                reserved: row.get(3),
                committed: row.get(4),
                policy: StockPolicy::default(),
                movements: row.get::<i64, _>(5).try_into().unwrap(),
                events: row.get::<i64, _>(6).try_into().unwrap(),
            };
            rows.stock.load(key, Some(level));
        }
    }
    Ok(())
}

async fn put_reservations(tx: &mut SqliteConnection, some: &[&Reservation]) -> sqlx::Result<()> {
    let sql = format!(
        "insert into reservations (id, cart, until, checkout, state, why, lines, made_at) values {}",
        values(some.len(), 8)
    );
    let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, one| {
        let Holder::Cart { cart, until } = one.holder else { panic!("only carts buy here") };
        query
            .bind(one.id.to_string())
            .bind(cart.to_string())
            .bind(until.to_rfc3339_opts(SecondsFormat::Nanos, true))
            .bind(None::<String>)
            .bind("held")
            .bind(None::<String>)
            .bind(serde_json::to_string(&one.lines).unwrap())
            .bind(one.made_at.to_rfc3339_opts(SecondsFormat::Nanos, true))
    });
    query.execute(tx).await.map(drop)
}

async fn put_levels(tx: &mut SqliteConnection, some: &[&StockLevel]) -> sqlx::Result<()> {
    let sql = format!(
        "insert into stock_levels (sku, location, on_hand, reserved, committed, safety, low_stock_at, backorder,
             movements, events) values {}
         on conflict (sku, location) do update set on_hand = excluded.on_hand, reserved = excluded.reserved,
             committed = excluded.committed, movements = excluded.movements, events = excluded.events",
        values(some.len(), 10)
    );
    let query = some.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, level| {
        query
            .bind(level.key.sku.as_str())
            .bind(level.key.location.as_str())
            .bind(level.on_hand)
            .bind(level.reserved)
            .bind(level.committed)
            .bind(level.policy.safety)
            .bind(level.policy.low_stock_at)
            .bind("denied")
            .bind(i64::try_from(level.movements).unwrap())
            .bind(i64::try_from(level.events).unwrap())
    });
    query.execute(tx).await.map(drop)
}

/// So many rows of so many parameters.
fn values(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::unavailable(error)
}
