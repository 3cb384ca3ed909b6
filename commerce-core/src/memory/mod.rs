//! The store and the carts in the box: everything in memory, nothing to install, gone when the process ends.
//!
//! The guards are the same as in every other store; only the rows lie in maps of this process. No lock is held while
//! anything waits, and no task is ever started.

mod carts;
mod catalog;
mod customers;
mod inventory;
mod orders;
mod outbox;
mod payments;
mod retention;
mod sagas;

mod index;

mod test_gateway;

pub use carts::MemoryCarts;
pub use test_gateway::{BookEntry, BuyerAnswer, Calls, TestGateway};

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::storage::{
    ChangeSet, Page, Receipt, Store, StoreError,
    apply::{Rows, Table, apply},
};
use index::Indexes;

/// A whole shop in memory, except its carts.
///
/// One lock around everything: a change set is judged and applied in about a microsecond, less than it would take
/// to hand it to another task.
pub struct MemoryStore {
    state: Mutex<State>,
}

/// The rows, and the ways to find them that are not their keys.
struct State {
    rows: Rows,
    indexes: Indexes,
}

impl MemoryStore {
    /// A shop that has nothing yet.
    pub fn new() -> Self {
        Self { state: Mutex::new(State { rows: Rows::whole(), indexes: Indexes::default() }) }
    }

    /// The state, as the last whole change set left it, even if a thread died amid another one.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| {
            let mut state = PoisonError::into_inner(poisoned);
            state.rows.undo();
            self.state.clear_poison();
            state
        })
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let mut state = self.lock();
        let State { rows, indexes } = &mut *state;
        let receipt = apply(rows, &changes)?;
        indexes.follow(rows);
        rows.settle();
        Ok(receipt)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

/// The rows of one page.
fn page_of<'a, K: Ord + Clone + fmt::Debug, V>(
    table: &'a Table<K, V>,
    page: &Page<K>,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    table.after(page.after.as_ref()).take(page.limit.min(Page::<K>::LIMIT))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, thread};

    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{
            ids::{CheckoutId, LocationId, ReservationId, Sku},
            inventory::{Candidates, Demand, Holder, Split, StockKey},
        },
        storage::{InventoryReader, Refusal, StockChange},
    };

    #[tokio::test]
    async fn the_last_unit_is_held_once() {
        let store = shop_with_mugs(1).await;
        store.commit(a_buyer_wants_a_mug(1)).await.unwrap();
        let refused = store.commit(a_buyer_wants_a_mug(2)).await;
        assert!(
            matches!(refused, Err(StoreError::Refused(Refusal::InsufficientStock { .. }))),
            "{refused:?}"
        );
        let level = &store.stock_levels(&[mugs().sku]).await.unwrap()[0];
        assert_eq!((level.on_hand, level.reserved, level.available()), (1, 1, 0));
    }

    #[tokio::test]
    async fn a_thread_that_dies_amid_a_change_set_leaves_nothing_of_it() {
        let store = shop_with_mugs(1).await;
        let broken = Arc::clone(&store);
        let died = thread::spawn(move || {
            let mut state = broken.lock();
            apply(&mut state.rows, &a_buyer_wants_a_mug(1)).unwrap();
            panic!("the machine hiccups");
        });
        assert!(died.join().is_err());
        store.commit(a_buyer_wants_a_mug(2)).await.unwrap();
        assert_eq!(store.reservation(reservation(1)).await.unwrap(), None);
    }

    async fn shop_with_mugs(units: i64) -> Arc<MemoryStore> {
        let store = Arc::new(MemoryStore::new());
        let delivery = StockChange::Receive { stock: mugs(), units };
        store.commit(ChangeSet::new(DateTime::UNIX_EPOCH).with(delivery)).await.unwrap();
        store
    }

    fn a_buyer_wants_a_mug(buyer: u128) -> ChangeSet {
        let candidates = Candidates { locations: vec![mugs().location], split: Split::Never };
        let checkout = CheckoutId::from_uuid(Uuid::from_u128(buyer));
        ChangeSet::new(DateTime::UNIX_EPOCH).with(StockChange::Reserve {
            id: reservation(buyer),
            holder: Holder::Checkout { checkout },
            demands: vec![Demand { sku: mugs().sku, units: 1, candidates }],
        })
    }

    fn mugs() -> StockKey {
        StockKey { sku: Sku::new("MUG").unwrap(), location: LocationId::new("main").unwrap() }
    }

    fn reservation(buyer: u128) -> ReservationId {
        ReservationId::from_uuid(Uuid::from_u128(buyer))
    }
}
