use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Page, Put, StoreError, Version, Versioned};
use crate::domain::{cart::Cart, ids::CartId};

/// Keeps carts: a port of its own, so that carts may live elsewhere than orders.
#[async_trait]
pub trait CartStore: Debug + Send + Sync + 'static {
    /// One cart.
    async fn cart(&self, id: CartId) -> Result<Option<Versioned<Cart>>, StoreError>;

    /// Writes a cart; answers its new version.
    ///
    /// # To be correct
    /// - of two writers that expect the same version, one gets [`StoreError::Conflict`];
    /// - if it cannot be known whether it was written, the error is [`StoreError::Uncertain`].
    async fn put_cart(&self, put: Put<Cart>) -> Result<Version, StoreError>;

    /// Drops carts that nobody has changed since before this time, the longest untouched first, at most `limit`; answers
    /// how many.
    ///
    /// # To be correct
    /// - a cart that is changed meanwhile stays, or its writer gets [`StoreError::Conflict`]: never both, never neither.
    async fn forget_carts(&self, before: DateTime<Utc>, limit: usize) -> Result<usize, StoreError>;

    /// All carts, by id.
    async fn carts(&self, page: Page<CartId>) -> Result<Vec<Versioned<Cart>>, StoreError>;
}
