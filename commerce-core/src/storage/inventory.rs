use std::{fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Page, StoreError};
use crate::domain::{
    customer::Email,
    ids::{CheckoutId, CustomerId, PromotionId, ReservationId, Sku},
    inventory::{MovementKey, Reservation, StockKey, StockLevel, StockMovement},
};

/// Reads stock, who holds it, why it changed, and the limited counts that are held with it.
#[async_trait]
pub trait InventoryReader: Send + Sync {
    /// Every level of these SKUs, by key; SKUs without any are passed over.
    async fn stock_levels(&self, skus: &[Sku]) -> Result<Vec<StockLevel>, StoreError>;

    /// All levels, by key.
    async fn stock(&self, page: Page<StockKey>) -> Result<Vec<StockLevel>, StoreError>;

    /// One reservation.
    async fn reservation(&self, id: ReservationId) -> Result<Option<Arc<Reservation>>, StoreError>;

    /// All reservations, by id.
    async fn reservations(&self, page: Page<ReservationId>) -> Result<Vec<Arc<Reservation>>, StoreError>;

    /// Carts' holds whose time is up, the longest expired first; with SKUs, only those that hold one of them.
    async fn expired_holds(
        &self,
        now: DateTime<Utc>,
        skus: Option<&[Sku]>,
        limit: usize,
    ) -> Result<Vec<Arc<Reservation>>, StoreError>;

    /// The ledger, by key.
    async fn movements(&self, page: Page<MovementKey>) -> Result<Vec<StockMovement>, StoreError>;

    /// All limited counts, by key.
    async fn counters(&self, page: Page<CounterKey>) -> Result<Vec<(CounterKey, Counter)>, StoreError>;

    /// Who holds or has used them, by key.
    async fn counter_holds(&self, page: Page<HoldKey>) -> Result<Vec<(HoldKey, CounterHold)>, StoreError>;
}

/// Names a limited count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CounterKey(Arc<str>);

impl CounterKey {
    /// Uses of a promotion by everybody.
    pub fn promotion(id: PromotionId) -> Self {
        Self(format!("promotion/{id}").into())
    }

    /// Uses of a promotion by one customer.
    pub fn promotion_by_customer(id: PromotionId, customer: CustomerId) -> Self {
        Self(format!("promotion/{id}/customer/{customer}").into())
    }

    /// Uses of a promotion by one guest, known by a digest of their e-mail address.
    pub fn promotion_by_guest(id: PromotionId, email: &Email) -> Self {
        let guest = uuid::Uuid::new_v5(&id.uuid(), email.as_str().as_bytes());
        Self(format!("promotion/{id}/guest/{guest}").into())
    }

    /// The use of one code of a promotion's batch, by its number.
    pub fn promotion_code(id: PromotionId, number: u32) -> Self {
        Self(format!("promotion/{id}/code/{number:06}").into())
    }

    /// The orders of one customer.
    pub fn orders_of_customer(customer: CustomerId) -> Self {
        Self(format!("orders/customer/{customer}").into())
    }

    /// The orders of one guest, known by a digest of their e-mail address.
    pub fn orders_of_guest(email: &Email) -> Self {
        let guest = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, format!("mailto:{email}").as_bytes());
        Self(format!("orders/guest/{guest}").into())
    }

    /// A key after which this one comes first: nothing is stored between the two, because no character of a key comes
    /// after the tilde. So one count is read as a page of one.
    pub fn just_before(&self) -> Self {
        let mut text = String::from(&*self.0);
        let last = text.pop().and_then(|last| char::from_u32(u32::from(last).saturating_sub(1)));
        text.extend(last);
        text.push('~');
        Self(text.into())
    }

    /// The key as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key that was stored as this text.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for CounterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A limited count: `held + used` never exceeds the limit named when holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counter {
    /// Held by checkouts under way: the sum of their holds.
    pub held: u64,
    /// Used for good: the sum of settled holds.
    pub used: u64,
}

/// Names what one checkout holds of one count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HoldKey {
    /// Of what.
    pub counter: CounterKey,
    /// For whom.
    pub holder: CheckoutId,
}

/// What one checkout holds of one count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterHold {
    /// How much.
    pub amount: u64,
    /// Whether for now or for good.
    pub state: HoldState,
}

/// Whether something is held or used. What is given back leaves no trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// For now.
    Held,
    /// For good.
    Settled,
}
