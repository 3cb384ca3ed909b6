use async_trait::async_trait;

use super::{Page, StoreError, Versioned};
use crate::domain::{
    customer::{Customer, Email},
    ids::CustomerId,
};

/// Reads who has an account.
#[async_trait]
pub trait CustomerReader: Send + Sync {
    /// One customer.
    async fn customer(&self, id: CustomerId) -> Result<Option<Versioned<Customer>>, StoreError>;

    /// The customer with this e-mail address.
    async fn customer_by_email(&self, email: &Email) -> Result<Option<Versioned<Customer>>, StoreError>;

    /// All customers, by id.
    async fn customers(&self, page: Page<CustomerId>) -> Result<Vec<Versioned<Customer>>, StoreError>;
}
