use std::sync::Arc;

use async_trait::async_trait;
use commerce_core::storage::{Answers, Batch, SaveError, StoreError, Transactional};
use futures_channel::oneshot;
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    error::{Failure, uncertain},
    load::load,
    save::{Done, Writes},
    threads::Threads,
};

/// The only thread of this process that writes: one transaction at a time, which is all that SQLite can do.
#[derive(Debug, Clone)]
pub struct SqliteWriter {
    pub(crate) thread: Arc<Threads>,
}

#[async_trait]
impl Transactional for SqliteWriter {
    /// From its beginning to its end a transaction is one job of the thread: while it judges, nobody waits for a turn
    /// of the executor, which has everybody to run who was just answered.
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        let (caller, answer) = oneshot::channel();
        // A caller that went away does not want to know.
        self.thread.post(move |connection| drop(caller.send(transact(connection, &batch))))?;
        answer.await.map_err(|_| StoreError::uncertain("the thread of the database has stopped"))?
    }
}

fn transact(connection: &mut Connection, batch: &Batch) -> Result<Answers, SaveError> {
    // Takes the write lock at once: what is read is what is there until the end.
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::from)?;
    let (mut rows, expected) = load(&transaction, batch.keys().clone())?;
    let answers = batch.judge(&mut rows);
    let writes = Writes::of(&rows, &expected)?;
    if writes.is_empty() {
        return Ok(answers);
    }
    match writes.run(&transaction)? {
        Done::Stale => Err(SaveError::Stale),
        Done::All => {
            transaction.commit().map_err(uncertain)?;
            Ok(answers)
        }
    }
}
