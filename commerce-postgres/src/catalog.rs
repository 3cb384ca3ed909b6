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
use serde_json::json;
use sqlx::Row as _;

use crate::{
    PostgresStore,
    columns::{Value, count, maybe, tag, text},
    documents::{self, Document, Table, table, versioned},
};

impl Document for Product {
    type Id = ProductId;

    const TABLE: Table = table!("products" by "id": "title" text "status" text "attributes" jsonb);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.title), text(tag(&self.status)?), text(attributes(self))])
    }
}

impl Document for Promotion {
    type Id = PromotionId;

    const TABLE: Table = table!("promotions" by "id": "name" text "code" text "status" text);

    fn columns(&self) -> Result<Vec<Value>, StoreError> {
        Ok(vec![text(&self.name), maybe(self.code.as_ref()), text(tag(&self.status)?)])
    }
}

/// What tells variants apart, for whoever searches by it: each with its SKU, its options by name, and its notes.
fn attributes(product: &Product) -> String {
    let names = || product.options.iter().map(|option| known_to_jsonb(&option.name));
    let variants = product.variants.iter().map(|variant| {
        let values = variant.option_values.iter().map(|value| known_to_jsonb(value));
        let options: serde_json::Map<_, _> = names().zip(values.map(Into::into)).collect();
        let notes = variant.metadata.notes().chain(product.metadata.notes());
        let notes = notes.map(|(name, note)| (known_to_jsonb(name), known_to_jsonb(note).into()));
        let metadata: serde_json::Map<_, _> = notes.collect();
        json!({ "sku": variant.sku.as_str(), "options": options, "metadata": metadata })
    });
    serde_json::Value::Array(variants.collect()).to_string()
}

/// No text in there may have a NUL; the document has it.
fn known_to_jsonb(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// With the place that each SKU has in the question.
pub(super) const WITH_SKUS: &str = "select p.writes, p.events, p.document, wanted.place
    from unnest($1::text[]) with ordinality wanted (sku, place)
        join names n on n.kind = 'sku' and n.name = wanted.sku
        join products p on p.id = n.owner";

/// Every promotion without a code, and the one with this code.
pub(super) const OFFERS: &str = "select writes, events, document from (
        select id, writes, events, document from promotions where code is null
        union all
        select p.id, p.writes, p.events, p.document from names n join promotions p on p.id = n.owner
        where n.kind = 'coupon' and n.name = $1 and p.code = $1
    ) offers order by id";

#[async_trait]
impl CatalogReader for PostgresStore {
    async fn product(&self, id: ProductId) -> Result<Option<Versioned<Product>>, StoreError> {
        self.pools.lookups.products.find(id).await
    }

    async fn products(&self, page: Page<ProductId>) -> Result<Vec<Versioned<Product>>, StoreError> {
        documents::page(&self.pools.browsing, &page).await
    }

    async fn listings(&self, skus: &[Sku]) -> Result<Vec<Option<Listing>>, StoreError> {
        let codes: Vec<&str> = skus.iter().map(Sku::as_str).collect();
        let found = self.pools.deciding.every(sqlx::query(WITH_SKUS).bind(codes), |row| {
            let place: usize = count(row.try_get(3)?)?;
            Ok((place, versioned::<Product>(row)?))
        });
        let mut listings = vec![None; skus.len()];
        for (place, product) in found.await? {
            // Places are counted from one.
            let place = place.saturating_sub(1);
            if let (Some(listing), Some(sku)) = (listings.get_mut(place), skus.get(place)) {
                *listing = Listing::of(product.value, sku);
            }
        }
        Ok(listings)
    }

    async fn promotion(&self, id: PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError> {
        self.pools.lookups.promotions.find(id).await
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, StoreError> {
        documents::page(&self.pools.browsing, &page).await
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, StoreError> {
        let question = sqlx::query(OFFERS).bind(coupon.map(CouponCode::as_str));
        let offers = self.pools.deciding.every(question, versioned::<Promotion>).await?;
        Ok(offers.into_iter().map(|promotion| promotion.value).collect())
    }
}
