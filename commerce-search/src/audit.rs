use commerce_core::{
    domain::{catalog::ProductStatus, ids::ProductId},
    storage::Page,
};

use crate::{StoreSearch, error::IndexError, store_search::BATCH};

impl StoreSearch {
    /// Compares the committed index with the store, document by document; answers the products that are not found as
    /// the store says: their words, their prices, or whether they can be bought. Of a shop that sells, those that change
    /// at this moment are among them.
    ///
    /// # Errors
    /// When the store does not answer, or the index cannot be read.
    pub async fn audit(&self) -> Result<Vec<ProductId>, IndexError> {
        let (mut wrong, mut on_sale) = (Vec::new(), 0);
        let mut page = Page::first(BATCH);
        loop {
            let products = self.store.products(page).await?;
            for (product, entry) in products.iter().zip(self.entries(&products).await?) {
                on_sale += u64::from(product.status == ProductStatus::Active);
                let generation = self.index.generation()?;
                let documents = generation.documents(entry.product)?;
                let slot = generation.columns.slot(entry.product);
                let numbers = slot.map(|slot| generation.columns.numbers(slot).0);
                let same_words = documents.as_slice() == entry.document.as_slice();
                let same = numbers.is_some_and(|numbers| {
                    numbers.prices == entry.numbers.prices
                        && (numbers.stock > 0) == (entry.numbers.stock > 0)
                        && numbers.created == entry.numbers.created
                });
                if !(same_words && same) {
                    wrong.push(entry.product);
                }
            }
            let Some(last) = products.last() else { break };
            page = Page::after(last.id, BATCH);
        }
        let found = self.index.products()?;
        if wrong.is_empty() && found != on_sale {
            // Nothing of the store is wrong, so the index has what the store does not: it has no name there.
            tracing::error!(found, on_sale, "the index has products that the store does not have");
            wrong.push(ProductId::from_uuid(uuid::Uuid::nil()));
        }
        Ok(wrong)
    }
}
