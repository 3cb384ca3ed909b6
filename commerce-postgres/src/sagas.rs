use sqlx::Row as _;

use crate::{
    PostgresStore,
    columns::{Value, known, tag, text},
    documents::{self, Document, Table, rows_up_to, table},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::ids::SagaId,
    storage::{Page, SagaQueue, SagaRecord, Signal, StoreError, Versioned},
};

impl Document for SagaRecord {
    type Id = SagaId;

    const TABLE: Table =
        table!("sagas" by "id": "kind" text "status" text "due_at" timestamptz "over_since" timestamptz);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        let [due_at, over_since] = [self.due_at(), self.over_since()].map(|at| Value::Time(at.map(known)));
        Ok(vec![text(&self.kind), text(tag(&self.status)?), due_at, over_since])
    }
}

impl Document for Signal {
    type Id = SagaId;

    const TABLE: Table = table!("signals" by "saga": "pending" boolean);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![Value::Flag(self.pending)])
    }
}

/// Those whose time has come, then those with a signal that nobody has heard and whose time has not come.
pub(super) const DUE: &str = "(
        select id from sagas where due_at <= $1 order by due_at, id limit $2
    ) union all (
        select signals.saga from signals
        where signals.pending and not exists (
            select 1 from sagas where sagas.id = signals.saga and sagas.due_at <= $1
        ) order by signals.saga limit $2
    ) limit $2";

/// Those of which nobody wishes anything, and whose events are gone.
pub(super) const OVER: &str = "select id, writes, events from sagas
    where over_since < $1
        and not exists (select 1 from signals where signals.saga = sagas.id and signals.pending)
        and not exists (select 1 from outbox where outbox.aggregate = '5-checkout/' || sagas.id::text)
    order by over_since limit $2";

#[async_trait]
impl SagaQueue for PostgresStore {
    async fn saga(&self, id: SagaId) -> Result<Option<Versioned<SagaRecord>>, StoreError> {
        self.pools.lookups.sagas.find(id).await
    }

    async fn signal(&self, id: SagaId) -> Result<Option<Versioned<Signal>>, StoreError> {
        self.pools.lookups.signals.find(id).await
    }

    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<SagaId>, StoreError> {
        let question = sqlx::query(DUE).bind(known(now)).bind(rows_up_to(limit));
        self.pools.deciding.every(question, |row| Ok(SagaId::from_uuid(row.try_get(0)?))).await
    }

    async fn sagas(&self, page: Page<SagaId>) -> Result<Vec<Versioned<SagaRecord>>, StoreError> {
        documents::page(&self.pools.deciding, &page).await
    }
}
