use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Bound::{Excluded, Unbounded},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    domain::{cart::Cart, ids::CartId},
    storage::{CartStore, Expect, Page, Put, StoreError, Version, Versioned},
};

/// Carts in memory.
#[derive(Default)]
pub struct MemoryCarts {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    carts: BTreeMap<CartId, Versioned<Cart>>,
    /// When each was last changed.
    changed: BTreeSet<(DateTime<Utc>, CartId)>,
}

impl MemoryCarts {
    /// No carts yet.
    pub const fn new() -> Self {
        Self { kept: Mutex::new(Kept { carts: BTreeMap::new(), changed: BTreeSet::new() }) }
    }

    /// The carts; nothing between the steps of a write can fail, so they are whole even if a thread died.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CartStore for MemoryCarts {
    async fn cart(&self, id: CartId) -> Result<Option<Versioned<Cart>>, StoreError> {
        Ok(self.lock().carts.get(&id).cloned())
    }

    async fn put_cart(&self, put: Put<Cart>) -> Result<Version, StoreError> {
        let (id, version) = (put.value.id, put.expect.next());
        let mut kept = self.lock();
        let Kept { carts, changed } = &mut *kept;
        let there = carts.get(&id).map_or(Expect::Absent, |cart| Expect::At(cart.version));
        if there != put.expect {
            return Err(StoreError::Conflict { record: format!("{id:?}") });
        }
        changed.insert((put.value.changed_at, id));
        if let Some(old) = carts.insert(id, Versioned { value: Arc::clone(&put.value), version })
            && old.changed_at != put.value.changed_at
        {
            changed.remove(&(old.changed_at, id));
        }
        Ok(version)
    }

    async fn forget_carts(&self, before: DateTime<Utc>, limit: usize) -> Result<usize, StoreError> {
        let mut kept = self.lock();
        let Kept { carts, changed } = &mut *kept;
        let mut forgotten = 0;
        while forgotten < limit
            && let Some(oldest) = changed.first().copied().filter(|(at, _)| *at < before)
        {
            changed.remove(&oldest);
            carts.remove(&oldest.1);
            forgotten += 1;
        }
        Ok(forgotten)
    }

    async fn carts(&self, page: Page<CartId>) -> Result<Vec<Versioned<Cart>>, StoreError> {
        let start = page.after.map_or(Unbounded, Excluded);
        let limit = page.limit.min(Page::<CartId>::LIMIT);
        Ok(self.lock().carts.range((start, Unbounded)).take(limit).map(|(_, cart)| cart.clone()).collect())
    }
}

impl fmt::Debug for MemoryCarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCarts").finish_non_exhaustive()
    }
}
