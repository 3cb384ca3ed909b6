use std::sync::Arc;

use async_trait::async_trait;
use commerce_core::{
    domain::{
        catalog::{Listing, Product},
        ids::{CouponCode, ProductId, PromotionId, Sku},
        pricing::Promotion,
    },
    storage::{CatalogReader, Page, StoreError, Versioned},
};
use rusqlite::{Connection, types::Value};

use crate::{
    SqliteStore,
    columns::{maybe, tag, text},
    documents::{self, Document, Table, table},
    error::Failure,
};

impl Document for Product {
    type Id = ProductId;

    const TABLE: Table = table!("products" by "id": "title" "status");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.title), text(tag(&self.status)?)])
    }
}

impl Document for Promotion {
    type Id = PromotionId;

    const TABLE: Table = table!("promotions" by "id": "name" "code" "status");

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.name), maybe(self.code.as_ref()), text(tag(&self.status)?)])
    }
}

pub(super) const WITH_SKU: &str =
    "select p.writes, p.events, p.document from names n join products p on p.id = n.owner
    where n.kind = 'sku' and n.name = ?1";

pub(super) const OPEN: &str =
    "select writes, events, document from promotions where code is null order by id";

pub(super) const WITH_CODE: &str =
    "select p.writes, p.events, p.document from names n join promotions p on p.id = n.owner
    where n.kind = 'coupon' and n.name = ?1 and p.code = ?1";

#[async_trait]
impl CatalogReader for SqliteStore {
    async fn product(&self, id: ProductId) -> Result<Option<Versioned<Product>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn products(&self, page: Page<ProductId>) -> Result<Vec<Versioned<Product>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }

    async fn listings(&self, skus: &[Sku]) -> Result<Vec<Option<Listing>>, StoreError> {
        let skus = skus.to_vec();
        let found = move |connection: &Connection| skus.iter().map(|sku| listing(connection, sku)).collect();
        self.readers.read(found).await
    }

    async fn promotion(&self, id: PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError> {
        self.readers.read(move |connection| documents::one(connection, id)).await
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, StoreError> {
        self.readers.read(move |connection| documents::page(connection, &page)).await
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, StoreError> {
        let coupon = coupon.cloned();
        self.readers.read(move |connection| offers(connection, coupon.as_ref())).await
    }
}

fn listing(connection: &Connection, sku: &Sku) -> Result<Option<Listing>, Failure> {
    let product: Option<Versioned<Product>> = documents::first(connection, WITH_SKU, &[sku.as_str()])?;
    Ok(product.and_then(|product| Listing::of(product.value, sku)))
}

fn offers(connection: &Connection, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, Failure> {
    let mut offers: Vec<Versioned<Promotion>> = documents::every(connection, OPEN, &[])?;
    if let Some(code) = coupon {
        offers.extend(documents::first(connection, WITH_CODE, &[code.as_str()])?);
    }
    offers.sort_unstable_by_key(|promotion| promotion.id);
    Ok(offers.into_iter().map(|promotion| promotion.value).collect())
}
