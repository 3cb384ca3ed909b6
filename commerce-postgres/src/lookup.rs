use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use commerce_core::{environment::Spawner, storage::StoreError};
use futures_channel::oneshot;
use sqlx::{
    Postgres, Row as _,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use tokio::time::timeout;

use crate::{
    documents::Key,
    error::Failure,
    pool::{PATIENCE, Pool},
};

/// Finds rows by their keys. Questions that come while one is under way go out together in the next one: with many
/// callers, reading costs the server a fraction of a statement each, and a row that many ask for is read once.
pub(crate) struct Lookup<K, V>(Arc<Shared<K, V>>);

/// What rows are found by. Several rows may have the same.
pub(crate) trait Sought: Clone + Ord + Send + Sync + 'static {
    /// The statement with these in the place of its array.
    fn bind(keys: BTreeSet<Self>, sql: &'static str) -> Question;

    /// The one by which a row was found.
    fn of(row: &PgRow) -> sqlx::Result<Self>;
}

type Question = Query<'static, Postgres, PgArguments>;

impl<K: Key> Sought for K {
    fn bind(keys: BTreeSet<Self>, sql: &'static str) -> Question {
        sqlx::query(sql).bind(keys.into_iter().map(Key::uuid).collect::<Vec<_>>())
    }

    fn of(row: &PgRow) -> sqlx::Result<Self> {
        Ok(<Self as Key>::of(row.try_get(row.len() - 1)?))
    }
}

impl Sought for String {
    fn bind(keys: BTreeSet<Self>, sql: &'static str) -> Question {
        sqlx::query(sql).bind(keys.into_iter().collect::<Vec<_>>())
    }

    fn of(row: &PgRow) -> sqlx::Result<Self> {
        row.try_get(row.len() - 1)
    }
}

struct Shared<K, V> {
    pool: Pool,
    spawner: Arc<dyn Spawner>,
    /// Finds rows by an array of keys; the key is the last column.
    sql: &'static str,
    make: fn(&PgRow) -> Result<V, Failure>,
    queue: Mutex<Queue<K, V>>,
}

struct Queue<K, V> {
    waiting: Vec<(Vec<K>, Caller<K, V>)>,
    asking: bool,
}

/// The rows of each key that has any, in the order of the statement.
type Found<K, V> = BTreeMap<K, Vec<V>>;

type Caller<K, V> = oneshot::Sender<Result<Found<K, V>, StoreError>>;

impl<K: Sought, V: Clone + Send + Sync + 'static> Lookup<K, V> {
    pub(crate) fn new(
        pool: &Pool,
        spawner: &Arc<dyn Spawner>,
        sql: &'static str,
        make: fn(&PgRow) -> Result<V, Failure>,
    ) -> Self {
        let queue = Mutex::new(Queue { waiting: Vec::new(), asking: false });
        Self(Arc::new(Shared { pool: pool.clone(), spawner: Arc::clone(spawner), sql, make, queue }))
    }

    /// The only row with this key. The rest is as [`Lookup::find_all`] says.
    pub(crate) async fn find(&self, key: K) -> Result<Option<V>, StoreError> {
        let mut found = self.find_all(vec![key]).await?;
        Ok(found.pop_first().and_then(|(_, mut rows)| rows.pop()))
    }

    /// The rows with these keys, as they are after this was called, or word within a few seconds that it takes too long.
    pub(crate) async fn find_all(&self, keys: Vec<K>) -> Result<Found<K, V>, StoreError> {
        let (caller, answer) = oneshot::channel();
        let starts = {
            let mut queue = self.0.lock();
            queue.waiting.push((keys, caller));
            !std::mem::replace(&mut queue.asking, true)
        };
        if starts {
            let shift = Shift { shared: Arc::clone(&self.0), ended: false };
            self.0.spawner.spawn(Box::pin(ask_all(shift)));
        }
        let answer =
            timeout(PATIENCE, answer).await.map_err(|_| Failure::Driver(sqlx::Error::PoolTimedOut))?;
        answer.unwrap_or_else(|_| Err(StoreError::unavailable("the task that reads has died")))
    }
}

/// Asks until nobody waits.
async fn ask_all<K: Sought, V: Clone + Send + Sync + 'static>(mut shift: Shift<K, V>) {
    loop {
        let batch = {
            let mut queue = shift.shared.lock();
            queue.asking = !queue.waiting.is_empty();
            std::mem::take(&mut queue.waiting)
        };
        if batch.is_empty() {
            shift.ended = true;
            return;
        }
        let found = shift.shared.ask(batch.iter().flat_map(|(keys, _)| keys).cloned().collect()).await;
        for (keys, caller) in batch {
            let answer = match &found {
                Ok(found) => theirs(found, keys),
                Err(error) => Err(error.shared()),
            };
            // A caller that went away does not want to know.
            drop(caller.send(answer));
        }
    }
}

/// What was found for one caller. A row that does not decode troubles only those who ask for it.
fn theirs<K: Ord, V: Clone>(
    found: &Found<K, Result<V, StoreError>>,
    keys: Vec<K>,
) -> Result<Found<K, V>, StoreError> {
    let mut theirs = Found::new();
    for key in keys {
        if let Some(rows) = found.get(&key) {
            let rows = rows.iter().map(|row| match row {
                Ok(row) => Ok(row.clone()),
                Err(error) => Err(error.shared()),
            });
            theirs.insert(key, rows.collect::<Result<_, _>>()?);
        }
    }
    Ok(theirs)
}

impl<K: Sought, V> Shared<K, V> {
    async fn ask(&self, keys: BTreeSet<K>) -> Result<Found<K, Result<V, StoreError>>, StoreError> {
        let mut connection = self.pool.lend().await.map_err(Failure::Driver)?;
        let rows = K::bind(keys, self.sql).fetch_all(&mut *connection).await;
        connection.give_back_after(&rows);
        let mut found = Found::new();
        for row in rows.map_err(Failure::Driver)? {
            let key = K::of(&row).map_err(Failure::Driver)?;
            let value = (self.make)(&row).map_err(StoreError::from);
            found.entry(key).or_insert_with(Vec::new).push(value);
        }
        Ok(found)
    }
}

impl<K, V> Shared<K, V> {
    fn lock(&self) -> MutexGuard<'_, Queue<K, V>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that dies leaves nobody waiting for ever, and the next caller starts anew.
struct Shift<K, V> {
    shared: Arc<Shared<K, V>>,
    ended: bool,
}

impl<K, V> Drop for Shift<K, V> {
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = self.shared.lock();
            queue.asking = false;
            queue.waiting.clear();
        }
    }
}

impl<K, V> Clone for Lookup<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> fmt::Debug for Lookup<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}
