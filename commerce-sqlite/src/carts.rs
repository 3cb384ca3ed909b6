use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{cart::Cart, ids::CartId},
    storage::{CartStore, Expect, Page, Put, StoreError, Version, Versioned},
};
use futures_channel::oneshot;
use rusqlite::{Connection, TransactionBehavior, types::Value};

use crate::{
    columns::{maybe, text, time},
    documents::{self, Document, Table, table},
    error::{Failure, uncertain},
    save::{Done, write},
    threads::Threads,
};

impl Document for Cart {
    type Id = CartId;

    const TABLE: Table = table!("carts" by "id": "customer" "changed_at");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![maybe(self.customer), text(time(self.changed_at))])
    }
}

/// Carts in the file of a shop. Those that are put at the same time share one transaction.
#[derive(Clone)]
pub struct SqliteCarts {
    writer: Arc<Threads>,
    readers: Arc<Threads>,
    waiting: Arc<Mutex<Vec<Waiting>>>,
}

struct Waiting {
    id: CartId,
    expect: Expect,
    row: Vec<Value>,
    caller: oneshot::Sender<Result<Version, StoreError>>,
}

impl SqliteCarts {
    pub(crate) fn new(writer: Arc<Threads>, readers: Arc<Threads>) -> Self {
        Self { writer, readers, waiting: Arc::default() }
    }
}

#[async_trait]
impl CartStore for SqliteCarts {
    async fn cart(&self, id: CartId) -> Result<Option<Versioned<Cart>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn put_cart(&self, put: Put<Cart>) -> Result<Version, StoreError> {
        let (id, expect) = (put.value.id, put.expect);
        let row = documents::row(id, expect.next(), expect, &*put.value)?;
        let (caller, answer) = oneshot::channel();
        let first = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(Waiting { id, expect, row, caller });
            waiting.len() == 1
        };
        if first {
            let waiting = Arc::clone(&self.waiting);
            self.writer.post(move |connection| put_all(connection, &waiting))?;
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::uncertain("the thread of the database has stopped")))
    }

    async fn forget_carts(&self, before: DateTime<Utc>, limit: usize) -> Result<usize, StoreError> {
        let (caller, answer) = oneshot::channel();
        self.writer.post(move |connection| {
            // A caller that went away does not want to know.
            drop(caller.send(forget(connection, before, limit)));
        })?;
        answer.await.unwrap_or_else(|_| Err(StoreError::uncertain("the thread of the database has stopped")))
    }

    async fn carts(&self, page: Page<CartId>) -> Result<Vec<Versioned<Cart>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }
}

pub(super) const FORGET: &str = "delete from carts where id in
    (select id from carts where changed_at < ?1 order by changed_at limit ?2)";

fn forget(connection: &mut Connection, before: DateTime<Utc>, limit: usize) -> Result<usize, StoreError> {
    let run = |transaction: &Connection| {
        transaction.prepare_cached(FORGET)?.execute((time(before), documents::rows_up_to(limit)))
    };
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::Driver)?;
    let forgotten = run(&transaction).map_err(Failure::Driver)?;
    transaction.commit().map_err(uncertain)?;
    Ok(forgotten)
}

/// Puts everything that waits, and answers each.
fn put_all(connection: &mut Connection, waiting: &Mutex<Vec<Waiting>>) {
    let batch = std::mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
    let verdicts = put_in_one_transaction(connection, &batch);
    let mut verdicts = verdicts.map(Vec::into_iter);
    for one in batch {
        let verdict = match &mut verdicts {
            Ok(verdicts) => verdicts.next().unwrap_or(Err(StoreError::unavailable("never judged"))),
            Err(error) => Err(error.shared()),
        };
        // A caller that went away does not want to know.
        drop(one.caller.send(verdict));
    }
}

fn put_in_one_transaction(
    connection: &mut Connection,
    batch: &[Waiting],
) -> Result<Vec<Result<Version, StoreError>>, StoreError> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::Driver)?;
    let mut verdicts = Vec::with_capacity(batch.len());
    for one in batch {
        let sql = match one.expect {
            Expect::Absent => Cart::TABLE.insert,
            Expect::At(_) => Cart::TABLE.update,
        };
        let written = write(&transaction, sql, std::slice::from_ref(&one.row))?;
        verdicts.push(match written {
            Done::All => Ok(one.expect.next()),
            Done::Stale => Err(StoreError::Conflict { record: format!("{:?}", one.id) }),
        });
    }
    transaction.commit().map_err(uncertain)?;
    Ok(verdicts)
}

impl fmt::Debug for SqliteCarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteCarts").finish_non_exhaustive()
    }
}
