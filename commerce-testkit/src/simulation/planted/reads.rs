use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use commerce_core::{
    domain::{
        catalog::{Listing, Product},
        ids::{CheckoutId, CouponCode, PaymentId, ProductId, PromotionId, Sku},
        payment::{Payment, RefundState},
        pricing::Promotion,
    },
    storage::{CatalogReader, ChangeSet, Page, PaymentReader, Receipt, Store, StoreError, Versioned, Write},
};

use crate::delegate_readers;

/// A store whose prices were remembered when they were first read.
#[derive(Debug)]
pub(super) struct StaleReader {
    inner: Arc<dyn Store>,
    remembered: Mutex<BTreeMap<Sku, Listing>>,
}

impl StaleReader {
    pub(super) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, remembered: Mutex::default() }
    }
}

delegate_readers!(
    StaleReader, inner, only CustomerReader InventoryReader OrderReader PaymentReader SagaQueue Outbox RetentionReader
);

#[async_trait]
impl CatalogReader for StaleReader {
    async fn product(&self, id: ProductId) -> Result<Option<Versioned<Product>>, StoreError> {
        self.inner.product(id).await
    }

    async fn products(&self, page: Page<ProductId>) -> Result<Vec<Versioned<Product>>, StoreError> {
        self.inner.products(page).await
    }

    async fn listings(&self, skus: &[Sku]) -> Result<Vec<Option<Listing>>, StoreError> {
        let fresh = self.inner.listings(skus).await?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let old = |(sku, fresh): (&Sku, Option<Listing>)| {
            let fresh = fresh?;
            Some(remembered.entry(sku.clone()).or_insert(fresh).clone())
        };
        Ok(skus.iter().zip(fresh).map(old).collect())
    }

    async fn promotion(&self, id: PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError> {
        self.inner.promotion(id).await
    }

    async fn promotions(&self, page: Page<PromotionId>) -> Result<Vec<Versioned<Promotion>>, StoreError> {
        self.inner.promotions(page).await
    }

    async fn offers(&self, coupon: Option<&CouponCode>) -> Result<Vec<Arc<Promotion>>, StoreError> {
        self.inner.offers(coupon).await
    }
}

#[async_trait]
impl Store for StaleReader {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.inner.commit(changes).await
    }
}

/// A store that does not say what was given back of a payment.
#[derive(Debug)]
pub(super) struct ForgetfulReader {
    pub(super) inner: Arc<dyn Store>,
}

delegate_readers!(
    ForgetfulReader, inner, only CatalogReader CustomerReader InventoryReader OrderReader SagaQueue Outbox
    RetentionReader
);

#[async_trait]
impl PaymentReader for ForgetfulReader {
    async fn payment(&self, id: PaymentId) -> Result<Option<Versioned<Payment>>, StoreError> {
        Ok(self.inner.payment(id).await?.map(without_refunds))
    }

    async fn payments(&self, page: Page<PaymentId>) -> Result<Vec<Versioned<Payment>>, StoreError> {
        self.inner.payments(page).await
    }

    async fn payments_of(&self, checkout: CheckoutId) -> Result<Vec<Versioned<Payment>>, StoreError> {
        self.inner.payments_of(checkout).await
    }
}

#[async_trait]
impl Store for ForgetfulReader {
    async fn commit(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        for write in &mut changes.writes {
            let Write::Payment(put) = write else { continue };
            let Some(there) = self.inner.payment(put.value.id).await? else { continue };
            let mut payment = Payment::clone(&put.value);
            let unknown =
                there.refunds.iter().filter(|old| !payment.refunds.iter().any(|new| new.id == old.id));
            let refunds: Vec<_> = unknown.cloned().collect();
            payment.refunds.splice(0..0, refunds);
            put.value = Arc::new(payment);
        }
        self.inner.commit(changes).await
    }
}

fn without_refunds(read: Versioned<Payment>) -> Versioned<Payment> {
    let mut payment = Payment::clone(&read);
    payment.refunds.retain(|refund| refund.state == RefundState::Promised);
    Versioned { value: Arc::new(payment), version: read.version }
}
