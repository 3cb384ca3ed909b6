use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{MemoryStore, State, page_of};
use crate::{
    domain::{
        ids::{ReservationId, Sku},
        inventory::{MovementKey, Reservation, StockKey, StockLevel, StockMovement},
    },
    storage::{Counter, CounterHold, CounterKey, HoldKey, InventoryReader, Page, StoreError},
};

#[async_trait]
impl InventoryReader for MemoryStore {
    async fn stock_levels(&self, skus: &[Sku]) -> Result<Vec<StockLevel>, StoreError> {
        let state = self.lock();
        let mut levels = Vec::new();
        for sku in skus.iter().collect::<BTreeSet<_>>() {
            for key in state.indexes.levels_of(sku) {
                levels.extend(state.rows.stock.get(&key)?.cloned());
            }
        }
        Ok(levels)
    }

    async fn stock(&self, page: Page<StockKey>) -> Result<Vec<StockLevel>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.stock, &page).map(|(_, level)| level.clone()).collect())
    }

    async fn reservation(&self, id: ReservationId) -> Result<Option<Arc<Reservation>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.reservations.get(&id)?.cloned())
    }

    async fn reservations(&self, page: Page<ReservationId>) -> Result<Vec<Arc<Reservation>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.reservations, &page).map(|(_, reservation)| Arc::clone(reservation)).collect())
    }

    async fn expired_holds(
        &self,
        now: DateTime<Utc>,
        skus: Option<&[Sku]>,
        limit: usize,
    ) -> Result<Vec<Arc<Reservation>>, StoreError> {
        let mut state = self.lock();
        let State { rows, indexes } = &mut *state;
        let wanted = |hold: &Reservation| match skus {
            Some(skus) => hold.lines.iter().any(|line| skus.contains(&line.key.sku)),
            None => true,
        };
        let mut holds = Vec::new();
        for id in indexes.holds_over(rows, now)? {
            if holds.len() == limit {
                break;
            }
            holds.extend(rows.reservations.get(&id)?.filter(|hold| wanted(hold)).cloned());
        }
        Ok(holds)
    }

    async fn movements(&self, page: Page<MovementKey>) -> Result<Vec<StockMovement>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.movements, &page).map(|(_, movement)| movement.clone()).collect())
    }

    async fn counters(&self, page: Page<CounterKey>) -> Result<Vec<(CounterKey, Counter)>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.counters, &page).map(|(key, counter)| (key.clone(), *counter)).collect())
    }

    async fn counter_holds(&self, page: Page<HoldKey>) -> Result<Vec<(HoldKey, CounterHold)>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.counter_holds, &page).map(|(key, hold)| (key.clone(), *hold)).collect())
    }
}
