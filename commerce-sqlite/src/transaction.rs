use std::{
    fmt,
    sync::{Arc, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use commerce_core::storage::{Expected, Keys, SaveError, StoreError, Transactional, apply::Rows};
use futures_channel::oneshot;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{
    error::{Failure, stopped, uncertain},
    load::load,
    save::{Done, Writes},
    threads::Threads,
};

/// The only thread of this process that writes: one transaction at a time, which is all that SQLite can do.
#[derive(Debug, Clone)]
pub struct SqliteWriter {
    pub(crate) thread: Arc<Threads>,
}

/// An open transaction on the writer's thread, which waits for what to write. Dropping it rolls back.
pub struct OpenTransaction {
    expected: Expected,
    thread: mpsc::Sender<Save>,
}

/// How long the writer's thread waits for what to write. Judging takes no time, but an executor may be stuck, and
/// other processes wait for the lock.
const PATIENCE: Duration = Duration::from_secs(10);

struct Save {
    writes: Writes,
    caller: oneshot::Sender<Result<(), SaveError>>,
}

type Opened = Result<(OpenTransaction, Rows), StoreError>;

#[async_trait]
impl Transactional for SqliteWriter {
    type Tx = OpenTransaction;

    async fn begin(&self, keys: &Keys) -> Result<(OpenTransaction, Rows), StoreError> {
        let keys = keys.clone();
        let (caller, opened) = oneshot::channel();
        self.thread.post(move |connection| run(connection, keys, caller))?;
        opened.await.map_err(|_| stopped())?
    }

    async fn save(&self, transaction: OpenTransaction, rows: &Rows) -> Result<(), SaveError> {
        let OpenTransaction { expected, thread } = transaction;
        let writes = Writes::of(rows, &expected)?;
        if writes.is_empty() {
            return Ok(());
        }
        let (caller, saved) = oneshot::channel();
        let given_up = |_| StoreError::unavailable("the transaction was open for too long");
        thread.send(Save { writes, caller }).map_err(given_up)?;
        saved.await.map_err(|_| StoreError::uncertain("the thread of the database has stopped"))?
    }
}

/// One transaction, from its beginning to its end.
fn run(connection: &mut Connection, keys: Keys, caller: oneshot::Sender<Opened>) {
    let begun = begin(connection, keys);
    let (transaction, rows, expected) = match begun {
        Ok(begun) => begun,
        Err(failure) => {
            // A caller that went away does not want to know.
            drop(caller.send(Err(failure.into())));
            return;
        }
    };
    let (thread, orders) = mpsc::channel();
    // If the caller went away, so did the other end of `orders`.
    drop(caller.send(Ok((OpenTransaction { expected, thread }, rows))));
    if let Ok(Save { writes, caller }) = orders.recv_timeout(PATIENCE) {
        drop(caller.send(save(transaction, &writes)));
    }
}

fn begin(connection: &mut Connection, keys: Keys) -> Result<(Transaction<'_>, Rows, Expected), Failure> {
    // Takes the write lock at once: what is read is what is there until the end.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (rows, expected) = load(&transaction, keys)?;
    Ok((transaction, rows, expected))
}

fn save(transaction: Transaction<'_>, writes: &Writes) -> Result<(), SaveError> {
    match writes.run(&transaction).map_err(StoreError::from)? {
        Done::Stale => Err(SaveError::Stale),
        Done::All => Ok(transaction.commit().map_err(uncertain)?),
    }
}

impl fmt::Debug for OpenTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTransaction").finish_non_exhaustive()
    }
}
