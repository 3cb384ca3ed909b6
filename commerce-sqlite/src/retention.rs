use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::ids::{ReservationId, SagaId},
    storage::{Cutoffs, Forget, RetentionReader, StoreError},
};
use rusqlite::{Connection, Row};

use crate::{
    SqliteStore,
    columns::time,
    documents::{collect, rows_up_to, uuid, version_of},
    error::Failure,
    inventory::reservations,
    outbox, sagas,
};

#[async_trait]
impl RetentionReader for SqliteStore {
    async fn forgettable(&self, before: Cutoffs, limit: usize) -> Result<Vec<Forget>, StoreError> {
        self.readers
            .read(move |connection| {
                let kinds = [
                    over(connection, sagas::OVER, before.sagas, limit, saga)?,
                    over(connection, reservations::OVER, before.reservations, limit, reservation)?,
                    over(connection, outbox::DELIVERED, before.events, limit, event)?,
                ];
                Ok(kinds.concat())
            })
            .await
    }
}

fn over(
    connection: &Connection,
    sql: &str,
    before: DateTime<Utc>,
    limit: usize,
    make: fn(&Row<'_>) -> Result<Forget, Failure>,
) -> Result<Vec<Forget>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    collect(statement.query((time(before), rows_up_to(limit)))?, make)
}

fn saga(row: &Row<'_>) -> Result<Forget, Failure> {
    Ok(Forget::Saga { id: SagaId::from_uuid(uuid(row, 0)?), version: version_of(row, 1)? })
}

fn reservation(row: &Row<'_>) -> Result<Forget, Failure> {
    Ok(Forget::Reservation(ReservationId::from_uuid(uuid(row, 0)?)))
}

fn event(row: &Row<'_>) -> Result<Forget, Failure> {
    Ok(Forget::Event(outbox::number(row)?))
}
