use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::is_verdict;

/// Connections to one server, made when they are needed and lent to one user at a time.
///
/// A connection comes back only from a user who says that the server has answered everything; any other is closed.
/// So nobody is ever lent one on which something is still going on, such as a transaction whose `begin` was cut short.
/// The pool of sqlx takes such connections back, and asks the server once more after each use.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    /// Where new ones are made; nobody makes any where there is no place.
    place: Option<Place>,
    turns: Arc<Semaphore>,
    /// The one used last is lent first: most of its statements are planned already.
    idle: Mutex<Vec<Idle>>,
}

struct Place {
    server: PgConnectOptions,
    schema: Option<String>,
}

struct Idle {
    connection: PgConnection,
    made: Instant,
    since: Instant,
}

/// A connection for one user. Unless it is given back, it is closed when it is dropped.
pub(crate) struct Lent {
    connection: PgConnection,
    made: Instant,
    pool: Pool,
    _turn: OwnedSemaphorePermit,
}

/// How long anybody waits for a turn, and for a new connection, before they are sent away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that nobody used for so long is asked whether it still answers.
const IDLE: Duration = Duration::from_secs(1);
/// A connection that is older is made anew, so that no server process grows for ever.
const OLD: Duration = Duration::from_secs(30 * 60);

impl Pool {
    /// At most so many connections; none is made yet.
    pub(crate) fn new(server: PgConnectOptions, schema: Option<&str>, most: usize) -> Self {
        let place = Place { server, schema: schema.map(str::to_owned) };
        Self(Arc::new(Shared {
            place: Some(place),
            turns: Arc::new(Semaphore::new(most)),
            idle: Mutex::default(),
        }))
    }

    /// This connection alone, for as long as it lasts. With none, everybody is sent away.
    pub(crate) fn only(connection: Option<PgConnection>) -> Self {
        let now = Instant::now();
        let idle: Vec<_> =
            connection.into_iter().map(|connection| Idle { connection, made: now, since: now }).collect();
        let turns = Arc::new(Semaphore::new(1));
        Self(Arc::new(Shared { place: None, turns, idle: Mutex::new(idle) }))
    }

    /// A connection as soon as there is one.
    pub(crate) async fn lend(&self) -> sqlx::Result<Lent> {
        let turn = timeout(PATIENCE, Arc::clone(&self.0.turns).acquire_owned());
        let turn = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        while let Some(Idle { mut connection, made, since }) = self.next_idle() {
            let is_old = self.0.place.is_some() && made.elapsed() > OLD;
            if !is_old && (since.elapsed() < IDLE || connection.ping().await.is_ok()) {
                return Ok(Lent { connection, made, pool: self.clone(), _turn: turn });
            }
        }
        let Some(Place { server, schema }) = &self.0.place else { return Err(sqlx::Error::PoolClosed) };
        let connection = timeout(PATIENCE, connect(server, schema.as_deref()));
        let connection = connection.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        Ok(Lent { connection, made: Instant::now(), pool: self.clone(), _turn: turn })
    }

    fn next_idle(&self) -> Option<Idle> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Lent {
    /// For the next user: whatever was asked on it was answered, and no transaction is open.
    pub(crate) fn give_back(self) {
        let idle = Idle { connection: self.connection, made: self.made, since: Instant::now() };
        self.pool.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
    }

    /// For the next user, unless this answer leaves open what the server does.
    pub(crate) fn give_back_after<T>(self, answer: &sqlx::Result<T>) {
        if answer.as_ref().err().is_none_or(is_verdict) {
            self.give_back();
        }
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

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

/// The server behind a URL. Statements are not logged: addresses are in them.
pub(crate) fn server(url: &str) -> sqlx::Result<PgConnectOptions> {
    let server: PgConnectOptions = url.parse()?;
    Ok(server.application_name("commerce-kit").statement_cache_capacity(1_000).disable_statement_logging())
}

/// A connection that looks for tables in this schema first.
pub(crate) async fn connect(server: &PgConnectOptions, schema: Option<&str>) -> sqlx::Result<PgConnection> {
    let mut connection = server.connect().await?;
    connection.execute(SETUP).await?;
    if let Some(schema) = schema {
        let path = "select set_config('search_path', quote_ident($1) || ', ' || current_setting('search_path'), false)";
        sqlx::query(path).bind(schema).execute(&mut connection).await?;
    }
    Ok(connection)
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("free", &self.0.turns.available_permits()).finish_non_exhaustive()
    }
}
