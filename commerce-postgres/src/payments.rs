use crate::{
    PostgresStore,
    columns::{Value, id},
    documents::{self, Document, Table, table},
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

/// Those of these checkouts; the checkout is the last column.
pub(super) const OF_CHECKOUTS: &str = "select here.writes, here.events, here.document, here.checkout
    from unnest($1::uuid[]) wanted (checkout) join payments here on here.checkout = wanted.checkout
    order by here.id";

#[async_trait]
impl PaymentReader for PostgresStore {
    async fn payment(&self, id: PaymentId) -> Result<Option<Versioned<Payment>>, StoreError> {
        self.pools.lookups.payments.find(id).await
    }

    async fn payments(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, StoreError> {
        documents::page(&self.pools.deciding, &page).await
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Result<Vec<Versioned<Payment>>, StoreError> {
        let mut found = self.pools.lookups.payments_of.find_all(vec![checkout]).await?;
        Ok(found.remove(&checkout).unwrap_or_default())
    }
}
