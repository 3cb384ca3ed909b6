use async_trait::async_trait;
use commerce_core::{
    domain::ids::{ReservationId, SagaId},
    storage::{Cutoffs, Forget, RetentionReader, StoreError},
};
use sqlx::{Row as _, postgres::PgRow};

use crate::{
    PostgresStore,
    columns::known,
    documents::{rows_up_to, version},
    error::Failure,
    inventory::reservations,
    outbox, sagas,
};

#[async_trait]
impl RetentionReader for PostgresStore {
    async fn forgettable(&self, before: Cutoffs, limit: usize) -> Result<Vec<Forget>, StoreError> {
        let (reader, limit) = (&self.pools.deciding, rows_up_to(limit));
        let over = |sql, before| sqlx::query(sql).bind(known(before)).bind(limit);
        let kinds = [
            reader.every(over(sagas::OVER, before.sagas), saga).await?,
            reader.every(over(reservations::OVER, before.reservations), reservation).await?,
            reader.every(over(outbox::DELIVERED, before.events), event).await?,
        ];
        Ok(kinds.concat())
    }
}

fn saga(row: &PgRow) -> Result<Forget, Failure> {
    let version = version(row.try_get(1)?, row.try_get(2)?)?;
    Ok(Forget::Saga { id: SagaId::from_uuid(row.try_get(0)?), version })
}

fn reservation(row: &PgRow) -> Result<Forget, Failure> {
    Ok(Forget::Reservation(ReservationId::from_uuid(row.try_get(0)?)))
}

fn event(row: &PgRow) -> Result<Forget, Failure> {
    Ok(Forget::Event(outbox::number_of(row)?))
}
