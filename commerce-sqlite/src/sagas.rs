use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::ids::SagaId,
    storage::{Page, SagaQueue, SagaRecord, Signal, StoreError, Versioned},
};
use rusqlite::{Connection, types::Value};

use crate::{
    SqliteStore,
    columns::{maybe, tag, text, time},
    documents::{self, Document, Table, collect, rows_up_to, table, uuid},
    error::Failure,
};

impl Document for SagaRecord {
    type Id = SagaId;

    const TABLE: Table = table!("sagas" by "id": "kind" "status" "due_at" "over_since");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        let [due_at, over_since] = [self.due_at(), self.over_since()].map(|at| maybe(at.map(time)));
        Ok(vec![text(&self.kind), text(tag(&self.status)?), due_at, over_since])
    }
}

impl Document for Signal {
    type Id = SagaId;

    const TABLE: Table = table!("signals" by "saga": "pending");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![Value::Integer(self.pending.into())])
    }
}

pub(super) const DUE: &str = "select id from sagas where due_at <= ?1 order by due_at, id limit ?2";

/// Those with a signal that nobody has heard, unless they are due anyway.
pub(super) const SIGNALLED: &str = "select saga from signals
    where pending = 1 and not exists (select 1 from sagas where id = saga and due_at <= ?1)
    order by saga limit ?2";

/// Those of which nobody wishes anything, and whose events are gone.
pub(super) const OVER: &str = "select id, writes, events from sagas
    where over_since < ?1 and not exists (select 1 from signals where saga = id and pending = 1)
        and not exists (select 1 from outbox where aggregate = '5-checkout/' || id)
    order by over_since limit ?2";

#[async_trait]
impl SagaQueue for SqliteStore {
    async fn saga(&self, id: SagaId) -> Result<Option<Versioned<SagaRecord>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn signal(&self, id: SagaId) -> Result<Option<Versioned<Signal>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<SagaId>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut due = found(connection, DUE, now, limit)?;
                let left = limit.saturating_sub(due.len());
                due.extend(found(connection, SIGNALLED, now, left)?);
                Ok(due)
            })
            .await
    }

    async fn sagas(&self, page: Page<SagaId>) -> Result<Vec<Versioned<SagaRecord>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }
}

fn found(
    connection: &Connection,
    sql: &str,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<SagaId>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query((time(now), rows_up_to(limit)))?;
    collect(rows, |row| Ok(SagaId::from_uuid(uuid(row, 0)?)))
}
