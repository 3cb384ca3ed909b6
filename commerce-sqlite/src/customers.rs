use async_trait::async_trait;
use commerce_core::{
    domain::{
        customer::{Customer, Email},
        ids::CustomerId,
    },
    storage::{CustomerReader, Page, StoreError, Versioned},
};
use rusqlite::types::Value;

use crate::{
    SqliteStore,
    columns::text,
    documents::{self, Document, Table, table},
};

impl Document for Customer {
    type Id = CustomerId;

    const TABLE: Table = table!("customers" by "id": "email" "name");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.email), text(&self.name)])
    }
}

pub(super) const WITH_EMAIL: &str =
    "select c.writes, c.events, c.document from names n join customers c on c.id = n.owner
    where n.kind = 'email' and n.name = ?1 and c.email = ?1";

#[async_trait]
impl CustomerReader for SqliteStore {
    async fn customer(&self, id: CustomerId) -> Result<Option<Versioned<Customer>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn customer_by_email(&self, email: &Email) -> Result<Option<Versioned<Customer>>, StoreError> {
        let email = email.clone();
        self.readers.read(move |connection| documents::first(connection, WITH_EMAIL, &[email.as_str()])).await
    }

    async fn customers(&self, page: Page<CustomerId>) -> Result<Vec<Versioned<Customer>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }
}
