use async_trait::async_trait;
use commerce_core::{
    domain::{
        ids::{CustomerId, OrderId, OrderNumber},
        order::Order,
    },
    storage::{OrderReader, Page, StoreError, Versioned},
};
use rusqlite::types::Value;

use crate::{
    SqliteStore,
    columns::{maybe, text, time},
    documents::{self, Document, Table, after, collect, limit, table, versioned},
};

impl Document for Order {
    type Id = OrderId;

    const TABLE: Table = table!("orders" by "id": "number" "customer" "placed_at");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.number), maybe(self.customer), text(time(self.placed_at))])
    }
}

pub(super) const WITH_NUMBER: &str = "select o.writes, o.events, o.document
    from names n join orders o on o.id = n.owner where n.kind = 'order_number' and n.name = ?1";

pub(super) const OF_CUSTOMER: &str = "select writes, events, document from orders
    where customer = ?1 and id > ?2 order by id limit ?3";

#[async_trait]
impl OrderReader for SqliteStore {
    async fn order(&self, id: OrderId) -> Result<Option<Versioned<Order>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn order_by_number(&self, number: &OrderNumber) -> Result<Option<Versioned<Order>>, StoreError> {
        let number = number.clone();
        self.readers
            .read(move |connection| documents::first(connection, WITH_NUMBER, &[number.as_str()]))
            .await
    }

    async fn orders(&self, page: Page<OrderId>) -> Result<Vec<Versioned<Order>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }

    async fn orders_of(
        &self,
        customer: CustomerId,
        page: Page<OrderId>,
    ) -> Result<Vec<Versioned<Order>>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut statement = connection.prepare_cached(OF_CUSTOMER)?;
                collect(statement.query((customer.to_string(), after(&page), limit(&page)))?, versioned)
            })
            .await
    }
}
