use async_trait::async_trait;

use super::{Page, StoreError, Versioned};
use crate::domain::{
    ids::{CustomerId, OrderId, OrderNumber},
    order::Order,
};

/// Reads what was bought.
#[async_trait]
pub trait OrderReader: Send + Sync {
    /// One order.
    async fn order(&self, id: OrderId) -> Result<Option<Versioned<Order>>, StoreError>;

    /// The order with this number on the invoice: the one that the name belongs to.
    async fn order_by_number(&self, number: &OrderNumber) -> Result<Option<Versioned<Order>>, StoreError>;

    /// All orders, by id.
    async fn orders(&self, page: Page<OrderId>) -> Result<Vec<Versioned<Order>>, StoreError>;

    /// The orders of one customer, by id.
    async fn orders_of(
        &self,
        customer: CustomerId,
        page: Page<OrderId>,
    ) -> Result<Vec<Versioned<Order>>, StoreError>;
}
