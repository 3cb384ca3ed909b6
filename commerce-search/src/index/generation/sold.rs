use std::sync::atomic::Ordering;

use commerce_core::domain::ids::ProductId;

use super::{Generation, lock};
use crate::{error::IndexError, index::Sale};

impl Generation {
    /// Notes what an order sold, or no longer sells; the numbers can be found at once.
    pub(crate) fn sell(&self, sale: Sale, today: i64) -> Result<(), IndexError> {
        let writing = self.writing()?;
        let (file, changed) = {
            let mut sales = lock(&writing.sales);
            let changed = sales.note(sale, today)?;
            (sales.handle()?, changed)
        };
        self.count_sales(&changed)?;
        Ok(file.sync_data()?)
    }

    /// Forgets sales that are over.
    pub(crate) fn forget_sales(&self, today: i64) -> Result<(), IndexError> {
        let changed = lock(&self.writing()?.sales).forget(today);
        self.count_sales(&changed)
    }

    /// Sales may have ended while nobody looked.
    pub(super) fn count_sales_anew(&self) -> Result<(), IndexError> {
        let products: Vec<ProductId> = lock(&self.writing()?.rows).by_product.keys().copied().collect();
        self.count_sales(&products)
    }

    fn count_sales(&self, products: &[ProductId]) -> Result<(), IndexError> {
        let writing = self.writing()?;
        let sales = lock(&writing.sales);
        let mut rows = lock(&writing.rows);
        let mut records = Vec::new();
        for product in products {
            let Some(slot) = rows.by_product.get(product).copied() else { continue };
            let (numbers, before) = self.columns.numbers(slot);
            let sold = sales.sold(*product);
            if sold == before {
                continue;
            }
            let row = rows.again(slot, *product, numbers, sold);
            self.columns.set(&row);
            records.push(row.encode());
        }
        if !records.is_empty() {
            self.stamp.fetch_add(1, Ordering::AcqRel);
            rows.frames.append(&records)?;
        }
        Ok(())
    }
}
