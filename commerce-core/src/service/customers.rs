use std::sync::Arc;

use super::{Error, commerce::Engine};
use crate::{
    domain::{
        customer::{Customer, Email},
        event::DomainEvent,
        ids::CustomerId,
    },
    storage::{ChangeSet, Expect, NameChange, Page, Put, UniqueName, Versioned},
};

/// Who has an account.
#[derive(Debug, Clone, Copy)]
pub struct Customers<'a> {
    pub(super) engine: &'a Engine,
}

impl Customers<'_> {
    /// Adds a customer, unless somebody else has the e-mail address.
    pub async fn add(&self, customer: Customer) -> Result<(), Error> {
        self.save(customer, None).await
    }

    /// Puts a customer in the place of the one that was read.
    ///
    /// # Errors
    /// A conflict when they were changed since: read again, decide again.
    pub async fn replace(&self, read: &Versioned<Customer>, customer: Customer) -> Result<(), Error> {
        self.save(customer, Some(read)).await
    }

    /// One customer.
    pub async fn get(&self, id: CustomerId) -> Result<Versioned<Customer>, Error> {
        self.engine.ports.store.customer(id).await?.ok_or_else(|| Error::not_found("customer", id))
    }

    /// The customer with this e-mail address.
    pub async fn by_email(&self, email: &Email) -> Result<Option<Versioned<Customer>>, Error> {
        Ok(self.engine.ports.store.customer_by_email(email).await?)
    }

    /// All customers, by id.
    pub async fn list(&self, page: Page<CustomerId>) -> Result<Vec<Versioned<Customer>>, Error> {
        Ok(self.engine.ports.store.customers(page).await?)
    }

    async fn save(&self, customer: Customer, read: Option<&Versioned<Customer>>) -> Result<(), Error> {
        let id = read.map_or(customer.id, |read| read.id);
        let customer = Customer { id, ..customer };
        let owner = id.uuid();
        let name = UniqueName::Email(customer.email.clone());
        let mut changes = ChangeSet::new(self.engine.environment.clock.now())
            .with(NameChange::Claim { name, owner })
            .with_event(DomainEvent::CustomerSaved { customer: id });
        if let Some(read) = read.filter(|read| read.email != customer.email) {
            let name = UniqueName::Email(read.email.clone());
            changes = changes.with(NameChange::Free { name, owner });
        }
        let expect = read.map_or(Expect::Absent, |read| Expect::At(read.version));
        self.engine.ports.store.commit(changes.with(Put { value: Arc::new(customer), expect })).await?;
        Ok(())
    }
}
