use async_trait::async_trait;

use super::{MemoryStore, page_of};
use crate::{
    domain::{
        customer::{Customer, Email},
        ids::CustomerId,
    },
    storage::{CustomerReader, Page, StoreError, UniqueName, Versioned},
};

#[async_trait]
impl CustomerReader for MemoryStore {
    async fn customer(&self, id: CustomerId) -> Result<Option<Versioned<Customer>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.customers.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn customer_by_email(&self, email: &Email) -> Result<Option<Versioned<Customer>>, StoreError> {
        let state = self.lock();
        let Some(owner) = state.rows.names.get(&UniqueName::Email(email.clone()))? else { return Ok(None) };
        let named = state.rows.customers.get(&CustomerId::from_uuid(*owner))?;
        Ok(named.and_then(|record| record.versioned()).filter(|customer| customer.email == *email))
    }

    async fn customers(&self, page: Page<CustomerId>) -> Result<Vec<Versioned<Customer>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.customers, &page).filter_map(|(_, record)| record.versioned()).collect())
    }
}
