use std::time::Duration;

use commerce_core::storage::StoreError;
use sqlx::{
    ConnectOptions as _, Executor as _, PgConnection, PgPool, Postgres,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    query::Query,
};

use crate::{error::Failure, error::OpenError, migrate, options::PostgresOptions};

/// Connections to write with: one transaction of change sets is under way, and one of carts. The others are for the
/// moment in which one is made anew.
const WRITERS: u32 = 4;
/// How long a reader or a writer waits for its turn before it is sent away.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that nobody used for so long is asked whether it still answers.
const IDLE: Duration = Duration::from_secs(1);

/// How every connection is set up.
/// - Each statement is meant to find its rows by an index. A plan that is made while a table is empty would scan it
///   for ever, so scanning is off; what is planned once then stays right, and need not be planned again.
/// - Nothing waits for ever, and nothing is kept open for ever.
const SETUP: &str = "
    select set_config('synchronous_commit', 'on', false)
        where current_setting('synchronous_commit') <> 'remote_apply';
    set default_transaction_isolation = 'read committed';
    set default_transaction_read_only = off;
    set plan_cache_mode = force_generic_plan;
    set enable_seqscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off;
    set jit = off;
    set statement_timeout = '30s';
    set lock_timeout = '10s';
    set idle_in_transaction_session_timeout = '10s';
    set timezone = 'UTC'";

/// Connections to one server.
pub(crate) async fn connect(
    server: PgConnectOptions,
    most: u32,
    schema: Option<&str>,
) -> Result<PgPool, sqlx::Error> {
    let schema = schema.map(str::to_owned);
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            let schema = schema.clone();
            Box::pin(async move { set_up(connection, schema.as_deref()).await })
        })
        .connect_with(server)
        .await
}

pub(crate) async fn set_up(connection: &mut PgConnection, schema: Option<&str>) -> Result<(), sqlx::Error> {
    connection.execute(SETUP).await?;
    if let Some(schema) = schema {
        let path = "select set_config('search_path', quote_ident($1) || ', ' || current_setting('search_path'), false)";
        sqlx::query(path).bind(schema).execute(connection).await?;
    }
    Ok(())
}

/// The server behind a URL. Statements are not logged: addresses are in them.
pub(crate) fn server(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    let server: PgConnectOptions = url.parse()?;
    Ok(server.application_name("commerce-kit").statement_cache_capacity(1_000).disable_statement_logging())
}

/// The connections of a store.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    pub(crate) writing: PgPool,
    /// Reads that something is decided upon.
    pub(crate) deciding: Reader,
    /// Reads that are only looked at; they may be a moment late.
    pub(crate) browsing: Reader,
}

impl Pools {
    pub(crate) async fn open(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let schema = options.schema.as_deref();
        let primary = server(url)?;
        let writing = connect(primary.clone(), WRITERS, schema).await?;
        migrate::check(&mut *writing.acquire().await?, options).await?;
        let deciding = Reader(connect(primary, options.readers.get(), schema).await?);
        let browsing = match &options.replica {
            Some(url) => Reader(connect(server(url)?, options.readers.get(), schema).await?),
            None => deciding.clone(),
        };
        Ok(Self { writing, deciding, browsing })
    }
}

/// Connections that only read.
#[derive(Debug, Clone)]
pub(crate) struct Reader(PgPool);

type Question<'a> = Query<'a, Postgres, PgArguments>;

impl Reader {
    /// The first row that a statement finds.
    pub(crate) async fn first<T>(
        &self,
        question: Question<'_>,
        make: impl Fn(&PgRow) -> Result<T, Failure>,
    ) -> Result<Option<T>, StoreError> {
        let found = question.fetch_optional(&self.0).await.map_err(Failure::Driver)?;
        Ok(found.as_ref().map(make).transpose()?)
    }

    /// Every row that a statement finds.
    pub(crate) async fn every<T>(
        &self,
        question: Question<'_>,
        make: impl Fn(&PgRow) -> Result<T, Failure>,
    ) -> Result<Vec<T>, StoreError> {
        let found = question.fetch_all(&self.0).await.map_err(Failure::Driver)?;
        Ok(found.iter().map(make).collect::<Result<_, _>>()?)
    }
}
