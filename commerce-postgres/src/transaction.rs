use std::{fmt, sync::Arc};

use async_trait::async_trait;
use commerce_core::{
    domain::event::NumberedEvent,
    storage::{Answers, Batch, Keys, Records, SaveError, StoreError, Transactional, apply::Rows},
};
use sqlx::{Executor as _, PgConnection};

use crate::{
    error::{Failure, not_saved, not_saved_at_once},
    load::{Absent, load},
    pool::{Lent, Pool},
    rider::Rider,
    save::{Writes, new_events},
};

/// Writes one transaction after the other; several may be under way.
#[derive(Clone)]
pub struct PostgresWriter {
    pool: Pool,
    rider: Option<Arc<dyn Rider>>,
}

impl PostgresWriter {
    pub(crate) const fn new(pool: Pool, rider: Option<Arc<dyn Rider>>) -> Self {
        Self { pool, rider }
    }
}

#[async_trait]
impl Transactional for PostgresWriter {
    /// Where nothing is judged, what is written is a statement, and a transaction, of its own.
    async fn transact(&self, batch: Arc<Batch>) -> Result<Answers, SaveError> {
        if judges_nothing(batch.keys()) {
            let mut rows = Rows::subset();
            rows.assume(&batch.keys().expected);
            let answers = batch.judge(&mut rows);
            self.save_at_once(&rows).await?;
            return Ok(answers);
        }
        let mut unit = Unit::begin(&self.pool).await.map_err(Failure::Driver)?;
        let (mut rows, absent) = load(&mut unit.0, batch.keys()).await?;
        let answers = batch.judge(&mut rows);
        self.save_in(unit, Writes::of(&rows, &absent)?, &self.news(&rows)).await?;
        Ok(answers)
    }
}

/// Whether there are only records, whose versions are asserted where they are written.
fn judges_nothing(keys: &Keys) -> bool {
    let Keys { stock, reservations, counters, counter_holds, names, events, expected: _, records, forgotten } =
        keys;
    *records == Records::MayBeAssumed
        && stock.is_empty()
        && reservations.is_empty()
        && counters.is_empty()
        && counter_holds.is_empty()
        && names.is_empty()
        && events.is_empty()
        && forgotten.is_empty()
}

/// A connection with an open transaction. Unless that comes to its end, the connection is closed.
struct Unit(Lent);

impl Unit {
    async fn begin(pool: &Pool) -> sqlx::Result<Self> {
        let mut connection = pool.lend().await?;
        connection.execute("begin").await?;
        Ok(Self(connection))
    }

    async fn commit(mut self) -> sqlx::Result<()> {
        self.0.execute("commit").await?;
        self.0.give_back();
        Ok(())
    }

    async fn roll_back(mut self) {
        if self.0.execute("rollback").await.is_ok() {
            self.0.give_back();
        }
    }
}

impl PostgresWriter {
    /// Writes without anything having been loaded. If there is nothing to write, nobody is asked.
    async fn save_at_once(&self, rows: &Rows) -> Result<(), SaveError> {
        let (writes, events) = (Writes::of(rows, &Absent::default())?, self.news(rows));
        if writes.is_empty() {
            return Ok(());
        }
        if !events.is_empty() {
            let unit = Unit::begin(&self.pool).await.map_err(Failure::Driver)?;
            return self.save_in(unit, writes, &events).await;
        }
        let mut connection = self.pool.lend().await.map_err(Failure::Driver)?;
        let written = writes.run(&mut connection).await;
        connection.give_back_after(&written);
        written.map_err(not_saved_at_once)
    }

    async fn save_in(
        &self,
        mut unit: Unit,
        writes: Writes,
        events: &[NumberedEvent],
    ) -> Result<(), SaveError> {
        if writes.is_empty() {
            unit.roll_back().await;
            return Ok(());
        }
        let written = match writes.run(&mut unit.0).await {
            Ok(()) => self
                .ride(&mut unit.0, events)
                .await
                .map_err(|error| SaveError::Store(StoreError::unavailable(error))),
            Err(error) => Err(not_saved(error)),
        };
        match written {
            Ok(()) => Ok(unit.commit().await.map_err(StoreError::uncertain)?),
            Err(error) => {
                unit.roll_back().await;
                Err(error)
            }
        }
    }

    /// What a rider is told of.
    fn news(&self, rows: &Rows) -> Vec<NumberedEvent> {
        if self.rider.is_some() { new_events(rows) } else { Vec::new() }
    }

    async fn ride(&self, transaction: &mut PgConnection, events: &[NumberedEvent]) -> sqlx::Result<()> {
        if let Some(rider) = self.rider.as_ref().filter(|_| !events.is_empty()) {
            rider.ride(transaction, events).await?;
            // A rider may have swallowed an error. The transaction is lost then, but the server takes a commit of it.
            transaction.execute("select 1").await?;
        }
        Ok(())
    }
}

impl fmt::Debug for PostgresWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresWriter").finish_non_exhaustive()
    }
}
