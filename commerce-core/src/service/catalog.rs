use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, commerce::Engine};
use crate::{
    domain::{
        catalog::{CategoryTree, Listing, Product, ProductStatus},
        event::DomainEvent,
        ids::{CouponCode, ProductId, PromotionId, Sku},
        pricing::Promotion,
    },
    storage::{
        ChangeSet, Counter, CounterKey, Expect, NameChange, Page, Put, UniqueName, Version, Versioned, Write,
    },
};

/// What is for sale.
#[derive(Debug, Clone, Copy)]
pub struct Catalog<'a> {
    pub(super) engine: &'a Engine,
}

/// One code of a promotion's batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IssuedCode {
    /// Its number in the batch.
    pub number: u32,
    /// What the buyer types in.
    pub code: CouponCode,
    /// What became of it.
    pub state: CodeState,
}

/// What became of a code that is good for one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeState {
    /// Nobody has used it.
    Unused,
    /// A checkout under way has it.
    Held,
    /// An order has used it.
    Used,
}

impl Catalog<'_> {
    /// Adds a product, unless one of its SKUs belongs to another.
    pub async fn add_product(&self, product: Product) -> Result<(), Error> {
        self.save_product(product, None).await
    }

    /// Puts a product in the place of the one that was read.
    ///
    /// # Errors
    /// A conflict when it was changed since: read again, decide again.
    pub async fn replace_product(&self, read: &Versioned<Product>, product: Product) -> Result<(), Error> {
        self.save_product(product, Some(read)).await
    }

    /// One product.
    pub async fn product(&self, id: ProductId) -> Result<Versioned<Product>, Error> {
        self.engine.ports.store.product(id).await?.ok_or_else(|| Error::not_found("product", id))
    }

    /// Products of every status, by id.
    pub async fn products(&self, page: Page<ProductId>) -> Result<Vec<Versioned<Product>>, Error> {
        Ok(self.engine.ports.store.products(page).await?)
    }

    /// The variant with this SKU.
    pub async fn listing(&self, sku: &Sku) -> Result<Listing, Error> {
        let found = self.engine.ports.store.listings(std::slice::from_ref(sku)).await?;
        found.into_iter().next().flatten().ok_or_else(|| Error::not_found("variant", sku))
    }

    /// Adds a promotion, unless its code belongs to another.
    pub async fn add_promotion(&self, promotion: Promotion) -> Result<(), Error> {
        self.save_promotion(promotion, None).await
    }

    /// Puts a promotion in the place of the one that was read.
    ///
    /// # Errors
    /// A conflict when it was changed since: read again, decide again.
    pub async fn replace_promotion(
        &self,
        read: &Versioned<Promotion>,
        promotion: Promotion,
    ) -> Result<(), Error> {
        self.save_promotion(promotion, Some(read)).await
    }

    /// One promotion.
    pub async fn promotion(&self, id: PromotionId) -> Result<Versioned<Promotion>, Error> {
        self.engine.ports.store.promotion(id).await?.ok_or_else(|| Error::not_found("promotion", id))
    }

    /// Promotions of every status, by id.
    pub async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, Error> {
        Ok(self.engine.ports.store.promotions(page).await?)
    }

    /// The codes of a promotion's batch, by number, and what became of each; none when it has no batch.
    pub async fn codes(&self, promotion: PromotionId, page: Page<u32>) -> Result<Vec<IssuedCode>, Error> {
        let found = self.promotion(promotion).await?;
        let Some((batch, prefix)) = found.batch.as_ref().zip(found.code.as_ref()) else {
            return Ok(Vec::new());
        };
        let limit = page.limit.min(Page::<u32>::LIMIT);
        let first = page.after.map_or(0, |after| after.saturating_add(1));
        let key = |number| CounterKey::promotion_code(promotion, number);
        // Only codes that somebody used or is about to use are counted, so one page has all of these.
        let counters = self.engine.ports.store.counters(Page::after(key(first).just_before(), limit)).await?;
        let counters: BTreeMap<CounterKey, Counter> = counters.into_iter().collect();
        let issued = (first..batch.count).take(limit).filter_map(|number| {
            let count = counters.get(&key(number)).copied().unwrap_or_default();
            let state = match (count.used, count.held) {
                (0, 0) => CodeState::Unused,
                (0, _) => CodeState::Held,
                _ => CodeState::Used,
            };
            Some(IssuedCode { number, code: batch.code(prefix, number)?, state })
        });
        Ok(issued.collect())
    }

    /// The category tree of the products on sale. It is counted product by product: keep the answer for a while.
    pub async fn categories(&self) -> Result<CategoryTree, Error> {
        let (mut tree, mut after) = (CategoryTree::default(), None);
        loop {
            let page = self.products(Page { after, limit: Page::<ProductId>::LIMIT }).await?;
            let Some(last) = page.last() else { return Ok(tree) };
            after = Some(last.id);
            for product in page.iter().filter(|product| product.status == ProductStatus::Active) {
                tree.add(&product.categories);
            }
        }
    }

    async fn save_product(&self, product: Product, read: Option<&Versioned<Product>>) -> Result<(), Error> {
        product.check()?;
        self.check_prices(&product)?;
        let id = read.map_or(product.id, |read| read.id);
        let mut product = Product { id, ..product };
        product.note_prices(read.map(|read| &**read), self.engine.environment.clock.now());
        let names = |product: &Product| -> Vec<UniqueName> {
            product.variants.iter().map(|variant| UniqueName::Sku(variant.sku.clone())).collect()
        };
        let old = read.map(|read| names(read)).unwrap_or_default();
        let renames = renames(id.uuid(), old, names(&product));
        let event = DomainEvent::ProductSaved { product: id };
        self.save(renames, put(product, read.map(|read| read.version)), event).await
    }

    async fn save_promotion(
        &self,
        promotion: Promotion,
        read: Option<&Versioned<Promotion>>,
    ) -> Result<(), Error> {
        promotion.check()?;
        let id = read.map_or(promotion.id, |read| read.id);
        let promotion = Promotion { id, ..promotion };
        let names = |promotion: &Promotion| -> Vec<UniqueName> {
            promotion.code.iter().cloned().map(UniqueName::Coupon).collect()
        };
        let old = read.map(|read| names(read)).unwrap_or_default();
        let renames = renames(id.uuid(), old, names(&promotion));
        let event = DomainEvent::PromotionSaved { promotion: id };
        self.save(renames, put(promotion, read.map(|read| read.version)), event).await
    }

    async fn save(
        &self,
        renames: Vec<NameChange>,
        put: impl Into<Write>,
        event: DomainEvent,
    ) -> Result<(), Error> {
        let mut changes = ChangeSet::new(self.engine.environment.clock.now());
        changes.writes.extend(renames.into_iter().map(Write::Name));
        self.engine.ports.store.commit(changes.with(put).with_event(event)).await?;
        Ok(())
    }

    fn check_prices(&self, product: &Product) -> Result<(), Error> {
        for variant in &product.variants {
            for price in &variant.prices {
                let (currency, id) = (price.amount.currency(), &price.market);
                let market = self.engine.ports.settings.markets.get(id);
                let market = market.ok_or_else(|| Error::UnknownMarket { market: id.clone() })?;
                if market.currency != currency {
                    let (sku, market, expected) = (variant.sku.clone(), id.clone(), market.currency);
                    return Err(Error::PriceCurrency { sku, market, currency, expected });
                }
            }
        }
        Ok(())
    }
}

fn put<T>(value: T, version: Option<Version>) -> Put<T> {
    Put { value: Arc::new(value), expect: version.map_or(Expect::Absent, Expect::At) }
}

/// Gives up the names that are no longer borne and claims the new ones.
fn renames(owner: Uuid, old: Vec<UniqueName>, new: Vec<UniqueName>) -> Vec<NameChange> {
    let gone =
        old.into_iter().filter(|name| !new.contains(name)).map(|name| NameChange::Free { name, owner });
    let gone: Vec<NameChange> = gone.collect();
    gone.into_iter().chain(new.into_iter().map(|name| NameChange::Claim { name, owner })).collect()
}
