use std::sync::Arc;

use async_trait::async_trait;

use super::{MemoryStore, page_of};
use crate::{
    domain::{
        catalog::{Listing, Product},
        ids::{CouponCode, ProductId, PromotionId, Sku},
        pricing::Promotion,
    },
    storage::{CatalogReader, Page, StoreError, UniqueName, Versioned, apply::Rows},
};

#[async_trait]
impl CatalogReader for MemoryStore {
    async fn product(&self, id: ProductId) -> Result<Option<Versioned<Product>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.products.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn products(&self, page: Page<ProductId>) -> Result<Vec<Versioned<Product>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.products, &page).filter_map(|(_, record)| record.versioned()).collect())
    }

    async fn listings(&self, skus: &[Sku]) -> Result<Vec<Option<Listing>>, StoreError> {
        let state = self.lock();
        skus.iter().map(|sku| listing(&state.rows, sku)).collect()
    }

    async fn promotion(&self, id: PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError> {
        let state = self.lock();
        Ok(state.rows.promotions.get(&id)?.and_then(|record| record.versioned()))
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, StoreError> {
        let state = self.lock();
        Ok(page_of(&state.rows.promotions, &page).filter_map(|(_, record)| record.versioned()).collect())
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, StoreError> {
        let state = self.lock();
        let mut offers = Vec::new();
        for id in state.indexes.open_promotions() {
            offers.extend(promotion(&state.rows, id)?);
        }
        if let Some(code) = coupon {
            offers.extend(promotion_with(&state.rows, code)?);
        }
        offers.sort_unstable_by_key(|promotion| promotion.id);
        Ok(offers)
    }
}

fn listing(rows: &Rows, sku: &Sku) -> Result<Option<Listing>, StoreError> {
    let Some(owner) = rows.names.get(&UniqueName::Sku(sku.clone()))? else { return Ok(None) };
    let product = rows.products.get(&ProductId::from_uuid(*owner))?;
    let product = product.and_then(|record| record.value.clone());
    Ok(product.and_then(|product| Listing::of(product, sku)))
}

fn promotion(rows: &Rows, id: PromotionId) -> Result<Option<Arc<Promotion>>, StoreError> {
    Ok(rows.promotions.get(&id)?.and_then(|record| record.value.clone()))
}

fn promotion_with(rows: &Rows, code: &CouponCode) -> Result<Option<Arc<Promotion>>, StoreError> {
    let Some(owner) = rows.names.get(&UniqueName::Coupon(code.clone()))? else { return Ok(None) };
    let named = promotion(rows, PromotionId::from_uuid(*owner))?;
    Ok(named.filter(|promotion| promotion.code.as_ref() == Some(code)))
}
