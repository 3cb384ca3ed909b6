use async_trait::async_trait;
use commerce_core::{
    domain::{
        ids::{CheckoutId, PaymentId},
        payment::Payment,
    },
    storage::{Page, PaymentReader, StoreError, Versioned},
};
use rusqlite::types::Value;

use crate::{
    SqliteStore,
    columns::text,
    documents::{self, Document, Table, table},
};

impl Document for Payment {
    type Id = PaymentId;

    const TABLE: Table = table!("payments" by "id": "checkout");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(self.checkout)])
    }
}

pub(super) const OF_CHECKOUT: &str =
    "select writes, events, document from payments where checkout = ?1 order by id";

#[async_trait]
impl PaymentReader for SqliteStore {
    async fn payment(&self, id: PaymentId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn payments(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Result<Vec<Versioned<Payment>>, StoreError> {
        let checkout = checkout.to_string();
        self.readers.read(move |connection| documents::every(connection, OF_CHECKOUT, &[&checkout])).await
    }
}
