//! The shop in PostgreSQL, and what its tables can do without the engine: references for the same run.

use commerce_core::{
    domain::{ids::ReservationId, inventory::Demand},
    storage::{ChangeSet, Receipt, StockChange, Store, Write},
};
use commerce_postgres::{
    PostgresOptions, PostgresStore, migrate,
    sqlx::{self, Connection as _, PgPool, postgres::PgPoolOptions},
};
use commerce_testservers::{Database, Postgres};

/// How units are reserved without the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reference {
    /// As most shops do it: begin, `select … for update`, update, insert, commit.
    Naive,
    /// One conditional statement.
    OneStatement,
}

/// An empty shop on a server that waits for the disk.
pub(crate) async fn open() -> (PostgresStore, Database) {
    let database = Postgres::shared().database();
    let options = PostgresOptions::default();
    migrate(&database.url(), &options).await.unwrap();
    (PostgresStore::connect(&database.url(), options).await.unwrap(), database)
}

/// The tables of a shop, with a connection for each of many callers.
pub(crate) struct Tables {
    pub(crate) store: PostgresStore,
    pool: PgPool,
}

impl Tables {
    pub(crate) async fn new(store: PostgresStore, database: &Database) -> Self {
        let pool =
            PgPoolOptions::new().max_connections(64).acquire_timeout(std::time::Duration::from_secs(60));
        let pool = pool.test_before_acquire(false).connect(&database.url()).await.unwrap();
        Self { store, pool }
    }

    pub(crate) async fn commit(&self, reference: Reference, changes: ChangeSet) -> Receipt {
        let [Write::Stock(StockChange::Reserve { id, demands, .. })] = changes.writes.as_slice() else {
            return self.store.commit(changes).await.unwrap();
        };
        match reference {
            Reference::Naive => self.naive(*id, &demands[0]).await,
            Reference::OneStatement => self.one_statement(*id, &demands[0]).await,
        }
        Receipt::default()
    }

    /// Writes the rows of reservations in one statement, and nothing else.
    pub(crate) async fn in_bulk(&self, changes: ChangeSet) -> Receipt {
        let reserved = changes.writes.iter().filter_map(|write| match write {
            Write::Stock(StockChange::Reserve { id, demands, .. }) => Some((id.uuid(), lines(&demands[0]))),
            _ => None,
        });
        let (ids, lines): (Vec<_>, Vec<_>) = reserved.unzip();
        if ids.is_empty() {
            return self.store.commit(changes).await.unwrap();
        }
        let all = "insert into reservations (id, cart, until, state, lines, made_at)
            select id, id, now(), 'held', lines, now() from unnest($1::uuid[], $2::text[]) new (id, lines)";
        sqlx::query(all).bind(ids).bind(lines).execute(&self.pool).await.unwrap();
        Receipt::default()
    }

    /// How many reservations there are.
    pub(crate) async fn rows(&self) -> i64 {
        sqlx::query_scalar("select count(*) from reservations").fetch_one(&self.pool).await.unwrap()
    }

    async fn naive(&self, id: ReservationId, demand: &Demand) {
        let mut connection = self.pool.acquire().await.unwrap();
        let mut transaction = connection.begin().await.unwrap();
        let look = "select on_hand - reserved - committed - safety from stock_levels
            where sku = $1 and location = 'main' for update";
        let available: i64 =
            sqlx::query_scalar(look).bind(demand.sku.as_str()).fetch_one(&mut *transaction).await.unwrap();
        assert!(available >= demand.units);
        let take = "update stock_levels set reserved = reserved + $2 where sku = $1 and location = 'main'";
        let take = sqlx::query(take).bind(demand.sku.as_str()).bind(demand.units);
        take.execute(&mut *transaction).await.unwrap();
        let note = "insert into reservations (id, cart, until, state, lines, made_at)
            values ($1, $1, now(), 'held', $2, now())";
        let note = sqlx::query(note).bind(id.uuid()).bind(lines(demand));
        note.execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }

    async fn one_statement(&self, id: ReservationId, demand: &Demand) {
        let all = "with taken as (
                update stock_levels set reserved = reserved + $3
                where sku = $2 and location = 'main' and on_hand - reserved - committed - safety >= $3
                returning 1
            )
            insert into reservations (id, cart, until, state, lines, made_at)
            select $1, $1, now(), 'held', $4, now() from taken";
        let all = sqlx::query(all).bind(id.uuid()).bind(demand.sku.as_str()).bind(demand.units);
        all.bind(lines(demand)).execute(&self.pool).await.unwrap();
    }
}

fn lines(demand: &Demand) -> String {
    format!(r#"[{{"sku":"{}","location":"main","units":{}}}]"#, demand.sku, demand.units)
}
