use crate::{
    PostgresStore,
    columns::{Value, id},
    documents::{self, Document, Table, table, versioned},
};
use async_trait::async_trait;
use commerce_core::{
    domain::{
        ids::{CheckoutId, PaymentId},
        payment::Payment,
    },
    storage::{Page, PaymentReader, StoreError, Versioned},
};

impl Document for Payment {
    type Id = PaymentId;

    const TABLE: Table = table!("payments" by "id": "checkout" uuid);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![id(self.checkout.uuid())])
    }
}

pub(super) const OF_CHECKOUT: &str =
    "select writes, events, document from payments where checkout = $1 order by id";

#[async_trait]
impl PaymentReader for PostgresStore {
    async fn payment(&self, id: PaymentId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.pools.lookups.payments.find(id).await
    }

    async fn payments(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, StoreError> {
        documents::page(&self.pools.deciding, &page).await
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Result<Vec<Versioned<Payment>>, StoreError> {
        let question = sqlx::query(OF_CHECKOUT).bind(checkout.uuid());
        self.pools.deciding.every(question, versioned).await
    }
}
