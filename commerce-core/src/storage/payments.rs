use async_trait::async_trait;

use super::{Page, StoreError, Versioned};
use crate::domain::{
    ids::{CheckoutId, PaymentId},
    payment::Payment,
};

/// Reads what was paid.
#[async_trait]
pub trait PaymentReader: Send + Sync {
    /// One payment.
    async fn payment(&self, id: PaymentId) -> Result<Option<Versioned<Payment>>, StoreError>;

    /// All payments, by id.
    async fn payments(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, StoreError>;

    /// The payments of one checkout, and so of its order, by id.
    async fn payments_of(&self, checkout: CheckoutId) -> Result<Vec<Versioned<Payment>>, StoreError>;
}
