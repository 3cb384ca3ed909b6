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

use crate::{
    PostgresStore,
    columns::{Value, maybe, tag, text},
    documents::{self, Document, Table, table},
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

/// The products that sell these SKUs.
pub(super) const WITH_SKUS: &str = "select p.writes, p.events, p.document, wanted.sku
    from unnest($1::text[]) wanted (sku)
        join names n on n.kind = 'sku' and n.name = wanted.sku
        join products p on p.id = n.owner";

/// Every promotion without a code, and those with these codes.
pub(super) const OFFERS: &str = "select writes, events, document, code from (
        select id, writes, events, document, '' as code from promotions where code is null
        union all
        select p.id, p.writes, p.events, p.document, wanted.code from unnest($1::text[]) wanted (code)
            join names n on n.kind = 'coupon' and n.name = wanted.code
            join promotions p on p.id = n.owner and p.code = wanted.code
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
        let codes = skus.iter().map(Sku::to_string).collect();
        let sellers = self.pools.lookups.sellers.find_all(codes).await?;
        let listing = |sku: &Sku| Listing::of(Arc::clone(&sellers.get(sku.as_str())?.first()?.value), sku);
        Ok(skus.iter().map(listing).collect())
    }

    async fn promotion(&self, id: PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError> {
        self.pools.lookups.promotions.find(id).await
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, StoreError> {
        documents::page(&self.pools.browsing, &page).await
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, StoreError> {
        let codes = [String::new()].into_iter().chain(coupon.map(CouponCode::to_string)).collect();
        let offers = self.pools.lookups.offers.find_all(codes).await?;
        let mut offers: Vec<_> = offers.into_values().flatten().map(|promotion| promotion.value).collect();
        offers.sort_by_key(|promotion| promotion.id);
        Ok(offers)
    }
}
