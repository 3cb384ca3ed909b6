pub(crate) mod counters;
pub(crate) mod levels;
pub(crate) mod reservations;

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        ids::{ReservationId, Sku},
        inventory::{MovementKey, Reservation, StockKey, StockLevel, StockMovement},
    },
    storage::{Counter, CounterHold, CounterKey, HoldKey, InventoryReader, Page, StoreError},
};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    SqliteStore,
    columns::{integer, time},
    documents::{after, collect, limit},
    error::Failure,
};

#[async_trait]
impl InventoryReader for SqliteStore {
    async fn stock_levels(&self, skus: &[Sku]) -> Result<Vec<StockLevel>, StoreError> {
        let skus: BTreeSet<Sku> = skus.iter().cloned().collect();
        self.readers.read(move |connection| levels_of(connection, &skus)).await
    }

    async fn stock(&self, page: Page<StockKey>) -> Result<Vec<StockLevel>, StoreError> {
        self.readers
            .read(move |connection| {
                let (sku, location) = page.after.as_ref().map_or(("", ""), texts);
                let mut statement = connection.prepare_cached(levels::PAGE)?;
                collect(statement.query((sku, location, limit(&page)))?, levels::level)
            })
            .await
    }

    async fn reservation(&self, id: ReservationId) -> Result<Option<Arc<Reservation>>, StoreError> {
        self.readers.read(move |connection| reservation(connection, id)).await
    }

    async fn reservations(&self, page: Page<ReservationId>) -> Result<Vec<Arc<Reservation>>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut statement = connection.prepare_cached(reservations::PAGE)?;
                collect(statement.query((after(&page), limit(&page)))?, reservations::reservation)
            })
            .await
    }

    async fn expired_holds(
        &self,
        now: DateTime<Utc>,
        skus: Option<&[Sku]>,
        limit: usize,
    ) -> Result<Vec<Arc<Reservation>>, StoreError> {
        let skus = skus.map(<[Sku]>::to_vec);
        self.readers.read(move |connection| expired_holds(connection, now, skus.as_deref(), limit)).await
    }

    async fn movements(&self, page: Page<MovementKey>) -> Result<Vec<StockMovement>, StoreError> {
        self.readers
            .read(move |connection| {
                let (sku, location) = page.after.as_ref().map_or(("", ""), |after| texts(&after.stock));
                let number = integer(page.after.as_ref().map_or(0, |after| after.number))?;
                let mut statement = connection.prepare_cached(levels::MOVEMENTS)?;
                collect(statement.query((sku, location, number, limit(&page)))?, levels::movement)
            })
            .await
    }

    async fn counters(&self, page: Page<CounterKey>) -> Result<Vec<(CounterKey, Counter)>, StoreError> {
        self.readers
            .read(move |connection| match &page.after {
                Some(after) => {
                    let mut statement = connection.prepare_cached(counters::PAGE)?;
                    collect(statement.query((after.as_str(), limit(&page)))?, counters::counter)
                }
                None => {
                    let mut statement = connection.prepare_cached(counters::FIRST_PAGE)?;
                    collect(statement.query([limit(&page)])?, counters::counter)
                }
            })
            .await
    }

    async fn counter_holds(&self, page: Page<HoldKey>) -> Result<Vec<(HoldKey, CounterHold)>, StoreError> {
        self.readers
            .read(move |connection| {
                let counter = page.after.as_ref().map_or("", |after| after.counter.as_str());
                let holder = page.after.as_ref().map(|after| after.holder.to_string()).unwrap_or_default();
                let mut statement = connection.prepare_cached(counters::HOLDS)?;
                collect(statement.query((counter, holder, limit(&page)))?, counters::hold)
            })
            .await
    }
}

fn texts(key: &StockKey) -> (&str, &str) {
    (key.sku.as_str(), key.location.as_str())
}

fn levels_of(connection: &Connection, skus: &BTreeSet<Sku>) -> Result<Vec<StockLevel>, Failure> {
    let mut statement = connection.prepare_cached(levels::OF_SKU)?;
    let mut found = Vec::new();
    for sku in skus {
        found.extend(collect(statement.query([sku.as_str()])?, levels::level)?);
    }
    Ok(found)
}

fn reservation(connection: &Connection, id: ReservationId) -> Result<Option<Arc<Reservation>>, Failure> {
    let mut statement = connection.prepare_cached(reservations::ONE)?;
    let found = statement.query_row([id.to_string()], |row| Ok(reservations::reservation(row)));
    found.optional()?.transpose()
}

/// What a hold has is inside its row, so those without the SKUs are passed over one by one.
fn expired_holds(
    connection: &Connection,
    now: DateTime<Utc>,
    skus: Option<&[Sku]>,
    limit: usize,
) -> Result<Vec<Arc<Reservation>>, Failure> {
    let wanted = |hold: &Reservation| match skus {
        Some(skus) => hold.lines.iter().any(|line| skus.contains(&line.key.sku)),
        None => true,
    };
    let mut statement = connection.prepare_cached(reservations::EXPIRED)?;
    let mut rows = statement.query([time(now)])?;
    let mut holds = Vec::new();
    while holds.len() < limit {
        let Some(row) = rows.next()? else { break };
        let hold = reservations::reservation(row)?;
        if wanted(&hold) {
            holds.push(hold);
        }
    }
    Ok(holds)
}
