use crate::{
    domain::{
        customer::Email,
        ids::{CustomerId, PromotionId},
    },
    storage::CounterKey,
};

/// A buyer as the limited counts know them: customers by their account, guests by their e-mail address.
#[derive(Debug, Clone, Copy)]
pub(super) enum KnownBuyer<'a> {
    Customer(CustomerId),
    Guest(&'a Email),
}

impl<'a> KnownBuyer<'a> {
    /// Whoever it is, if that is known.
    pub(super) fn of(customer: Option<CustomerId>, email: Option<&'a Email>) -> Option<Self> {
        customer.map(Self::Customer).or(email.map(Self::Guest))
    }

    /// Their uses of a promotion.
    pub(super) fn uses(self, promotion: PromotionId) -> CounterKey {
        match self {
            Self::Customer(customer) => CounterKey::promotion_by_customer(promotion, customer),
            Self::Guest(email) => CounterKey::promotion_by_guest(promotion, email),
        }
    }

    /// Their orders.
    pub(super) fn orders(self) -> CounterKey {
        match self {
            Self::Customer(customer) => CounterKey::orders_of_customer(customer),
            Self::Guest(email) => CounterKey::orders_of_guest(email),
        }
    }
}
