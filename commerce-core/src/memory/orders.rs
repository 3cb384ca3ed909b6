use async_trait::async_trait;

use super::{MemoryStore, page_of};
use crate::{
    domain::{
        ids::{CustomerId, OrderId, OrderNumber},
        order::Order,
    },
    storage::{OrderReader, Page, StoreError, UniqueName, Versioned},
};

#[async_trait]
impl OrderReader for MemoryStore {
    async fn order(&self, id: OrderId) -> Result<Option<Versioned<Order>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.orders.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn order_by_number(&self, number: &OrderNumber) -> Result<Option<Versioned<Order>>, StoreError> {
        let state = self.lock();
        let name = UniqueName::OrderNumber(number.clone());
        let Some(owner) = state.rows.names.get(&name)?.copied() else { return Ok(None) };
        Ok(state.rows.orders.get(&OrderId::from_uuid(owner))?.and_then(|record| record.versioned()))
    }

    async fn orders(&self, page: Page<OrderId>) -> Result<Vec<Versioned<Order>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.orders, &page).filter_map(|(_, record)| record.versioned()).collect())
    }

    async fn orders_of(
        &self,
        customer: CustomerId,
        page: Page<OrderId>,
    ) -> Result<Vec<Versioned<Order>>, StoreError> {
        let state = self.lock();
        let mut orders = Vec::new();
        for id in state.indexes.orders_of(customer, page.after).take(page.limit.min(Page::<OrderId>::LIMIT)) {
            orders.extend(state.rows.orders.get(&id)?.and_then(|record| record.versioned()));
        }
        Ok(orders)
    }
}
