use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use async_trait::async_trait;
use commerce_core::{
    domain::{
        catalog::Product,
        event::DomainEvent,
        ids::{OrderId, ProductId, Sku},
    },
    gateway::{CloudEvent, EventSink, GatewayError},
    storage::Versioned,
};

use super::{BATCH, StoreSearch};
use crate::{
    document::Entry,
    error::IndexError,
    index::{day, lock, still_counts},
    mapping,
    search_index::Change,
};

impl StoreSearch {
    /// Reads these products from the store: their prices and their stock are found when this returns, their words with
    /// the next commit.
    ///
    /// # Errors
    /// When the store does not answer, or files cannot be written.
    pub async fn refresh(&self, products: &[ProductId]) -> Result<(), IndexError> {
        let change = {
            let _feeding = self.feeding.lock().await;
            let mut read = Vec::with_capacity(products.len());
            for product in products {
                read.extend(self.store.product(*product).await?);
            }
            self.index.note(self.entries(&read).await?)?
        };
        self.finish(change).await
    }

    /// Reads the stock of these SKUs from the store: it is found when this returns. Events do so by themselves; this is
    /// for what no event tells of, such as a count.
    ///
    /// # Errors
    /// As for [`refresh`](Self::refresh).
    pub async fn refresh_stock(&self, skus: &[Sku]) -> Result<(), IndexError> {
        let listings = self.store.listings(skus).await?;
        let mut products: BTreeSet<ProductId> =
            listings.iter().flatten().map(|listing| listing.product().id).collect();
        if let Ok(generation) = self.index.generation() {
            products.extend(generation.made_of(skus)?);
        }
        {
            let kits = lock(&self.kits);
            products.extend(skus.iter().filter_map(|sku| kits.get(sku)).flatten());
        }
        self.refresh(&products.into_iter().collect::<Vec<_>>()).await
    }

    /// What is to be found of these products, with their stock as it is now.
    pub(crate) async fn entries(&self, products: &[Versioned<Product>]) -> Result<Vec<Entry>, IndexError> {
        let skus: Vec<Sku> = products.iter().flat_map(|p| mapping::counted_skus(p)).cloned().collect();
        let mut levels = Vec::new();
        for skus in skus.chunks(BATCH) {
            levels.extend(self.store.stock_levels(skus).await?);
        }
        levels.sort_by(|a, b| a.key.sku.cmp(&b.key.sku));
        {
            let mut kits = lock(&self.kits);
            for product in products {
                for part in mapping::parts(product) {
                    kits.entry(part.clone()).or_default().insert(product.id);
                }
            }
        }
        let now = self.clock.now();
        let entry = |product| mapping::entry(product, &levels, &self.index.settings, now);
        Ok(products.iter().map(entry).collect())
    }

    async fn finish(&self, change: Change) -> Result<(), IndexError> {
        self.work(move || change.finish()).await
    }

    /// Counts what an order sold, or that it was called off; its stock has changed with it.
    async fn count_order(&self, id: OrderId) -> Result<(), IndexError> {
        let Some(order) = self.store.order(id).await? else { return Ok(()) };
        let now = self.clock.now();
        if still_counts(order.placed_at, now) {
            let (index, sale) = (Arc::clone(&self.index), mapping::sale(&order));
            self.work(move || index.sell(&sale, now)).await?;
        }
        let skus: BTreeSet<Sku> = order.stock.iter().map(|line| line.key.sku.clone()).collect();
        self.refresh_stock(&skus.into_iter().collect::<Vec<_>>()).await
    }

    /// What sold 30 days ago counts no longer.
    fn begin_the_day(&self) -> Result<(), IndexError> {
        let today = day(self.clock.now());
        if self.today.swap(today, Ordering::AcqRel) != today && self.index.is_built() {
            self.index.forget_sales(self.clock.now())?;
        }
        Ok(())
    }

    async fn note(&self, event: &DomainEvent) -> Result<(), IndexError> {
        self.begin_the_day()?;
        match event {
            DomainEvent::ProductSaved { product } => self.refresh(&[*product]).await,
            DomainEvent::StockLow { stock, .. } | DomainEvent::StockBack { stock, .. } => {
                self.refresh_stock(std::slice::from_ref(&stock.sku)).await
            }
            DomainEvent::OrderPlaced { order, .. } | DomainEvent::OrderCancelled { order, .. } => {
                self.count_order(*order).await
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl EventSink for StoreSearch {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        self.note(&event.data).await.map_err(GatewayError::unavailable)
    }
}
