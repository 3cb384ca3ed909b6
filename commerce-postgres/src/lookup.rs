use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use commerce_core::{environment::Spawner, storage::StoreError};
use futures_channel::oneshot;
use sqlx::{Row as _, postgres::PgRow};
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    documents::Key,
    error::Failure,
    pool::{PATIENCE, Pool},
};

/// Finds single rows by their ids. Questions that come while one is under way go out together in the next one: with
/// many callers, reading costs the server a fraction of a statement each.
pub(crate) struct Lookup<K, V>(Arc<Shared<K, V>>);

struct Shared<K, V> {
    pool: Pool,
    spawner: Arc<dyn Spawner>,
    /// Finds rows by an array of ids; the id is the last column.
    sql: &'static str,
    make: fn(&PgRow) -> Result<V, Failure>,
    queue: Mutex<Queue<K, V>>,
}

struct Queue<K, V> {
    waiting: Vec<(K, Caller<V>)>,
    asking: bool,
}

type Caller<V> = oneshot::Sender<Result<Option<V>, StoreError>>;

impl<K: Key, V: Clone + Send + Sync + 'static> Lookup<K, V> {
    pub(crate) fn new(
        pool: &Pool,
        spawner: &Arc<dyn Spawner>,
        sql: &'static str,
        make: fn(&PgRow) -> Result<V, Failure>,
    ) -> Self {
        let queue = Mutex::new(Queue { waiting: Vec::new(), asking: false });
        Self(Arc::new(Shared { pool: pool.clone(), spawner: Arc::clone(spawner), sql, make, queue }))
    }

    /// The row with this id, as it is after this was called, or word within a few seconds that it takes too long.
    pub(crate) async fn find(&self, key: K) -> Result<Option<V>, StoreError> {
        let (caller, answer) = oneshot::channel();
        let starts = {
            let mut queue = self.0.lock();
            queue.waiting.push((key, caller));
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
async fn ask_all<K: Key, V: Clone + Send + Sync + 'static>(mut shift: Shift<K, V>) {
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
        let found = shift.shared.ask(batch.iter().map(|(key, _)| key.uuid()).collect()).await;
        for (key, caller) in batch {
            let answer = match found.as_ref().map(|found| found.get(&key.uuid())) {
                Ok(Some(Ok(value))) => Ok(Some(value.clone())),
                Ok(None) => Ok(None),
                // A row that does not decode troubles only those who ask for it.
                Ok(Some(Err(error))) | Err(error) => Err(error.shared()),
            };
            // A caller that went away does not want to know.
            drop(caller.send(answer));
        }
    }
}

type Found<V> = BTreeMap<Uuid, Result<V, StoreError>>;

impl<K, V> Shared<K, V> {
    async fn ask(&self, ids: BTreeSet<Uuid>) -> Result<Found<V>, StoreError> {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let mut connection = self.pool.lend().await.map_err(Failure::Driver)?;
        let rows = sqlx::query(self.sql).bind(ids).fetch_all(&mut *connection).await;
        connection.give_back_after(&rows);
        let mut found = Found::new();
        for row in rows.map_err(Failure::Driver)? {
            let id = row.try_get(row.len() - 1).map_err(Failure::Driver)?;
            found.insert(id, (self.make)(&row).map_err(StoreError::from));
        }
        Ok(found)
    }

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
