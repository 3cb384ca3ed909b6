use crate::{
    PostgresStore,
    columns::{Value, text},
    documents::{self, Document, Table, table, versioned},
};
use async_trait::async_trait;
use commerce_core::{
    domain::{
        customer::{Customer, Email},
        ids::CustomerId,
    },
    storage::{CustomerReader, Page, StoreError, Versioned},
};

impl Document for Customer {
    type Id = CustomerId;

    const TABLE: Table = table!("customers" by "id": "email" text "name" text);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.email), text(&self.name)])
    }
}

pub(super) const WITH_EMAIL: &str =
    "select c.writes, c.events, c.document from names n join customers c on c.id = n.owner
    where n.kind = 'email' and n.name = $1 and c.email = $1";

#[async_trait]
impl CustomerReader for PostgresStore {
    async fn customer(&self, id: CustomerId) -> Result<Option<Versioned<Customer>>, StoreError> {
        self.pools.lookups.customers.find(id).await
    }

    async fn customer_by_email(&self, email: &Email) -> Result<Option<Versioned<Customer>>, StoreError> {
        self.pools.deciding.first(sqlx::query(WITH_EMAIL).bind(email.as_str()), versioned).await
    }

    async fn customers(&self, page: Page<CustomerId>) -> Result<Vec<Versioned<Customer>>, StoreError> {
        documents::page(&self.pools.browsing, &page).await
    }
}
