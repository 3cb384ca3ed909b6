pub(crate) mod counters;
pub(crate) mod levels;
pub(crate) mod reservations;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        ids::{ReservationId, Sku},
        inventory::{MovementKey, Reservation, StockKey, StockLevel, StockMovement},
    },
    storage::{Counter, CounterHold, CounterKey, HoldKey, InventoryReader, Page, StoreError},
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::{
    PostgresStore,
    columns::{Cells, integer, known},
    documents::{ids_of, limit as limit_of, rows_up_to},
    error::Failure,
};

#[async_trait]
impl InventoryReader for PostgresStore {
    async fn stock_levels(&self, skus: &[Sku]) -> Result<Vec<StockLevel>, StoreError> {
        let levels = self.pools.lookups.levels.find_all(skus.iter().map(Sku::to_string).collect()).await?;
        Ok(levels.into_values().flatten().collect())
    }

    async fn stock(&self, page: Page<StockKey>) -> Result<Vec<StockLevel>, StoreError> {
        let (sku, location) = page.after.as_ref().map_or(("", ""), texts);
        let question = sqlx::query(levels::PAGE).bind(sku).bind(location).bind(limit_of(&page));
        self.pools.deciding.every(question, of(levels::level)).await
    }

    async fn reservation(&self, id: ReservationId) -> Result<Option<Arc<Reservation>>, StoreError> {
        self.pools.lookups.reservations.find(id).await
    }

    async fn reservations(&self, page: Page<ReservationId>) -> Result<Vec<Arc<Reservation>>, StoreError> {
        let (from, limit) = ids_of(&page);
        let question = sqlx::query(reservations::PAGE).bind(from).bind(limit);
        self.pools.deciding.every(question, of(reservations::reservation)).await
    }

    async fn expired_holds(
        &self,
        now: DateTime<Utc>,
        skus: Option<&[Sku]>,
        limit: usize,
    ) -> Result<Vec<Arc<Reservation>>, StoreError> {
        let skus: Option<Vec<&str>> = skus.map(|skus| skus.iter().map(Sku::as_str).collect());
        let question = sqlx::query(reservations::EXPIRED).bind(known(now)).bind(skus).bind(rows_up_to(limit));
        self.pools.deciding.every(question, of(reservations::reservation)).await
    }

    async fn movements(&self, page: Page<MovementKey>) -> Result<Vec<StockMovement>, StoreError> {
        let (sku, location) = page.after.as_ref().map_or(("", ""), |after| texts(&after.stock));
        let number = integer(page.after.as_ref().map_or(0, |after| after.number))?;
        let question = sqlx::query(levels::MOVEMENTS).bind(sku).bind(location).bind(number);
        self.pools.deciding.every(question.bind(limit_of(&page)), of(levels::movement)).await
    }

    async fn counters(&self, page: Page<CounterKey>) -> Result<Vec<(CounterKey, Counter)>, StoreError> {
        // Next behind a text comes the same text with the first character there is.
        let from = page.after.as_ref().map(|after| format!("{after}\u{1}")).unwrap_or_default();
        let question = sqlx::query(counters::PAGE).bind(from).bind(limit_of(&page));
        self.pools.deciding.every(question, of(counters::counter)).await
    }

    async fn counter_holds(&self, page: Page<HoldKey>) -> Result<Vec<(HoldKey, CounterHold)>, StoreError> {
        let counter = page.after.as_ref().map_or("", |after| after.counter.as_str());
        let holder = page.after.as_ref().map_or(Uuid::nil(), |after| after.holder.uuid());
        let question = sqlx::query(counters::HOLDS).bind(counter).bind(holder).bind(limit_of(&page));
        self.pools.deciding.every(question, of(counters::hold)).await
    }
}

fn texts(key: &StockKey) -> (&str, &str) {
    (key.sku.as_str(), key.location.as_str())
}

/// Makes something of a row that has nothing but cells.
fn of<T>(make: impl Fn(&Cells) -> Result<T, Failure>) -> impl Fn(&PgRow) -> Result<T, Failure> {
    move |row| make(&Cells::from(row, 0)?)
}
