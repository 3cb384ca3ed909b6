use async_trait::async_trait;

use super::{MemoryStore, page_of};
use crate::{
    domain::{
        ids::{CheckoutId, PaymentId},
        payment::Payment,
    },
    storage::{Page, PaymentReader, StoreError, Versioned},
};

#[async_trait]
impl PaymentReader for MemoryStore {
    async fn payment(&self, id: PaymentId) -> Result<Option<Versioned<Payment>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.payments.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn payments(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.payments, &page).filter_map(|(_, record)| record.versioned()).collect())
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Result<Vec<Versioned<Payment>>, StoreError> {
        let state = self.lock();
        let mut payments = Vec::new();
        for id in state.indexes.payments_of(checkout) {
            payments.extend(state.rows.payments.get(&id)?.and_then(|record| record.versioned()));
        }
        Ok(payments)
    }
}
