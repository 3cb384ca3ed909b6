use std::{
    collections::BTreeMap,
    fmt,
    ops::Bound::{Excluded, Unbounded},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    domain::{cart::Cart, ids::CartId},
    storage::{CartStore, Expect, Page, Put, StoreError, Version, Versioned},
};

/// Carts in memory.
#[derive(Default)]
pub struct MemoryCarts {
    carts: Mutex<BTreeMap<CartId, Versioned<Cart>>>,
}

impl MemoryCarts {
    /// No carts yet.
    pub const fn new() -> Self {
        Self { carts: Mutex::new(BTreeMap::new()) }
    }

    /// The carts; every write is a single step, so they are whole even if a thread died.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<CartId, Versioned<Cart>>> {
        self.carts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CartStore for MemoryCarts {
    async fn cart(&self, id: CartId) -> Result<Option<Versioned<Cart>>, StoreError> {
        Ok(self.lock().get(&id).cloned())
    }

    async fn put_cart(&self, put: Put<Cart>) -> Result<Version, StoreError> {
        let (id, version) = (put.value.id, put.expect.next());
        let mut carts = self.lock();
        let there = carts.get(&id).map_or(Expect::Absent, |cart| Expect::At(cart.version));
        if there != put.expect {
            return Err(StoreError::Conflict { record: format!("{id:?}") });
        }
        carts.insert(id, Versioned { value: Arc::clone(&put.value), version });
        Ok(version)
    }

    async fn carts(&self, page: Page<CartId>) -> Result<Vec<Versioned<Cart>>, StoreError> {
        let start = page.after.map_or(Unbounded, Excluded);
        let limit = page.limit.min(Page::<CartId>::LIMIT);
        Ok(self.lock().range((start, Unbounded)).take(limit).map(|(_, cart)| cart.clone()).collect())
    }
}

impl fmt::Debug for MemoryCarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCarts").finish_non_exhaustive()
    }
}
