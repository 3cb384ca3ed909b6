use std::sync::Arc;

use async_trait::async_trait;

use super::{Page, StoreError, Versioned};
use crate::domain::{
    catalog::{Listing, Product},
    ids::{CouponCode, ProductId, PromotionId, Sku},
    pricing::Promotion,
};

/// Reads what is for sale.
#[async_trait]
pub trait CatalogReader: Send + Sync {
    /// One product.
    async fn product(&self, id: ProductId) -> Result<Option<Versioned<Product>>, StoreError>;

    /// Products of every status, by id.
    async fn products(&self, page: Page<ProductId>) -> Result<Vec<Versioned<Product>>, StoreError>;

    /// The variants with these SKUs.
    ///
    /// # To be correct
    /// - the answer is as long as the question and in its order, `None` where no product has the SKU.
    async fn listings(&self, skus: &[Sku]) -> Result<Vec<Option<Listing>>, StoreError>;

    /// One promotion.
    async fn promotion(&self, id: PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError>;

    /// Promotions of every status, by id.
    async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, StoreError>;

    /// The promotions to try on a cart: every one without a code, and the one with this code, by id.
    async fn offers(&self, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, StoreError>;
}
