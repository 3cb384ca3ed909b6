use crate::{
    PostgresStore,
    columns::{Value, text, time},
    documents::{self, Document, Table, ids_of, table, versioned},
};
use async_trait::async_trait;
use commerce_core::{
    domain::{
        ids::{CustomerId, OrderId, OrderNumber},
        order::Order,
    },
    storage::{OrderReader, Page, StoreError, Versioned},
};

impl Document for Order {
    type Id = OrderId;

    const TABLE: Table = table!("orders" by "id": "number" text "customer" uuid "placed_at" timestamptz);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.number), Value::Id(self.customer.map(CustomerId::uuid)), time(self.placed_at)])
    }
}

pub(super) const WITH_NUMBER: &str = "select o.writes, o.events, o.document
    from names n join orders o on o.id = n.owner where n.kind = 'order_number' and n.name = $1";

pub(super) const OF_CUSTOMER: &str = "select writes, events, document from orders
    where customer = $1 and id >= $2 order by id limit $3";

#[async_trait]
impl OrderReader for PostgresStore {
    async fn order(&self, id: OrderId) -> Result<Option<Versioned<Order>>, StoreError> {
        self.pools.lookups.orders.find(id).await
    }

    async fn order_by_number(&self, number: &OrderNumber) -> Result<Option<Versioned<Order>>, StoreError> {
        self.pools.deciding.first(sqlx::query(WITH_NUMBER).bind(number.as_str()), versioned).await
    }

    async fn orders(&self, page: Page<OrderId>) -> Result<Vec<Versioned<Order>>, StoreError> {
        documents::page(&self.pools.deciding, &page).await
    }

    async fn orders_of(
        &self,
        customer: CustomerId,
        page: Page<OrderId>,
    ) -> Result<Vec<Versioned<Order>>, StoreError> {
        let (from, limit) = ids_of(&page);
        let question = sqlx::query(OF_CUSTOMER).bind(customer.uuid()).bind(from).bind(limit);
        self.pools.browsing.every(question, versioned).await
    }
}
