use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        cart::Cart,
        ids::{CartId, CustomerId},
    },
    environment::Spawner,
    storage::{CartStore, Expect, Page, Put, SaveError, StoreError, Version, Versioned},
};
use futures_channel::oneshot;
use sqlx::Row as _;

use crate::{
    columns::{Column, Value, known, time},
    documents::{self, Document, Key as _, Table, table},
    error::{Failure, not_saved_at_once},
    pool::Pool,
    pools::Pools,
    statement::Statement,
};

impl Document for Cart {
    type Id = CartId;

    const TABLE: Table = table!("carts" by "id": "customer" uuid "changed_at" timestamptz);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![Value::Id(self.customer.map(CustomerId::uuid)), time(self.changed_at)])
    }
}

/// Puts what is not there. What is there already is passed over, and not answered.
pub(super) const INSERT: &str = "insert into carts (id, writes, events, document, customer, changed_at)
    select * from unnest(?::uuid[], ?::int8[], ?::int8[], ?::text[], ?::uuid[], ?::timestamptz[])
    on conflict do nothing returning id";

/// A cart that somebody is changing is passed over, and nobody is waited for.
pub(super) const FORGET: &str = "delete from carts using (
        select id from carts where changed_at < $1 order by changed_at limit $2 for update skip locked
    ) untouched where carts.id = untouched.id";

/// Carts in the database of a shop. Those that are put at the same time share one statement.
#[derive(Clone)]
pub struct PostgresCarts {
    pools: Pools,
    spawner: Arc<dyn Spawner>,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    draining: bool,
}

struct Waiting {
    put: Put<Cart>,
    caller: oneshot::Sender<Result<Version, StoreError>>,
}

/// The most carts in one statement.
const BATCH: usize = 512;
/// The most that may wait.
const WAITING: usize = 16_384;

impl PostgresCarts {
    pub(crate) fn new(pools: Pools, spawner: Arc<dyn Spawner>) -> Self {
        Self { pools, spawner, queue: Arc::default() }
    }
}

#[async_trait]
impl CartStore for PostgresCarts {
    async fn cart(&self, id: CartId) -> Result<Option<Versioned<Cart>>, StoreError> {
        self.pools.lookups.carts.find(id).await
    }

    async fn put_cart(&self, put: Put<Cart>) -> Result<Version, StoreError> {
        let (caller, answer) = oneshot::channel();
        let starts = {
            let mut queue = lock(&self.queue);
            if queue.waiting.len() >= WAITING {
                return Err(StoreError::unavailable("too many carts wait"));
            }
            queue.waiting.push_back(Waiting { put, caller });
            !std::mem::replace(&mut queue.draining, true)
        };
        if starts {
            let (pool, queue) = (self.pools.writing.clone(), Arc::clone(&self.queue));
            self.spawner.spawn(Box::pin(drain(pool, Shift { queue, ended: false })));
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::uncertain("the task that puts carts has died")))
    }

    async fn forget_carts(&self, before: DateTime<Utc>, limit: usize) -> Result<usize, StoreError> {
        let question = sqlx::query(FORGET).bind(known(before)).bind(documents::rows_up_to(limit));
        let mut connection = self.pools.writing.lend().await.map_err(Failure::Driver)?;
        let forgotten = question.execute(&mut *connection).await;
        connection.give_back_after(&forgotten);
        let forgotten = forgotten.map_err(uncertain_unless_refused)?.rows_affected();
        usize::try_from(forgotten).map_err(|error| StoreError::corrupt("a count of carts", error))
    }

    async fn carts(&self, page: Page<CartId>) -> Result<Vec<Versioned<Cart>>, StoreError> {
        documents::page(&self.pools.deciding, &page).await
    }
}

/// Puts what waits until nothing does. A task of its own: a caller that goes away cuts nothing short.
async fn drain(pool: Pool, mut shift: Shift) {
    loop {
        let batch = next_batch(&mut lock(&shift.queue));
        if batch.is_empty() {
            shift.ended = true;
            return;
        }
        let written = put_all(&pool, batch.iter().map(|one| &one.put)).await;
        for Waiting { put, caller } in batch {
            let verdict = match &written {
                Ok(written) if written.contains(&put.value.id) => Ok(put.expect.next()),
                Ok(_) => Err(StoreError::Conflict { record: format!("{:?}", put.value.id) }),
                Err(error) => Err(error.shared()),
            };
            // A caller that went away does not want to know.
            drop(caller.send(verdict));
        }
    }
}

/// Those that have waited longest, each cart once: who comes second for a cart waits for who came first.
fn next_batch(queue: &mut Queue) -> Vec<Waiting> {
    let (mut batch, mut later, mut carts) = (Vec::new(), VecDeque::new(), BTreeSet::new());
    while batch.len() < BATCH {
        let Some(one) = queue.waiting.pop_front() else { break };
        if carts.insert(one.put.value.id) {
            batch.push(one);
        } else {
            later.push_back(one);
        }
    }
    later.append(&mut queue.waiting);
    queue.waiting = later;
    queue.draining = !batch.is_empty();
    batch
}

/// Puts carts in one statement; answers those that were as expected.
async fn put_all(
    pool: &Pool,
    carts: impl Iterator<Item = &Put<Cart>>,
) -> Result<BTreeSet<CartId>, StoreError> {
    let sorted: BTreeMap<_, _> = carts.map(|put| (put.value.id, put)).collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for (id, put) in sorted {
        let row = documents::row(id, put.expect.next(), put.expect, &*put.value)?;
        match put.expect {
            Expect::Absent => new.push(row),
            Expect::At(_) => changed.push(row),
        }
    }
    let mut statement = Statement::default();
    for (sql, rows) in [(Cart::TABLE.update, changed), (INSERT, new)] {
        if !rows.is_empty() {
            statement.add(0, sql, Column::of(rows))?;
        }
    }
    let mut connection = pool.lend().await.map_err(Failure::Driver)?;
    let written = statement.read(&mut connection).await;
    connection.give_back_after(&written);
    let written = written.map_err(uncertain_unless_refused)?;
    let ids = written.iter().map(|row| Ok(CartId::of(row.try_get(1)?)));
    Ok(ids.collect::<Result<_, sqlx::Error>>().map_err(Failure::Driver)?)
}

fn uncertain_unless_refused(error: sqlx::Error) -> StoreError {
    match not_saved_at_once(error) {
        SaveError::Store(error) => error,
        SaveError::Stale => StoreError::unavailable("carts were put at the same time elsewhere"),
    }
}

/// A drain under way. One that dies leaves nobody waiting for ever, and the next caller starts anew.
struct Shift {
    queue: Arc<Mutex<Queue>>,
    ended: bool,
}

impl Drop for Shift {
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = lock(&self.queue);
            queue.draining = false;
            queue.waiting.clear();
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for PostgresCarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresCarts").finish_non_exhaustive()
    }
}
