//! Ports: what a database must do.
//!
//! Every write of the engine is one [`ChangeSet`] handed to [`Store::commit`]; everything else here only reads.
//! Authors of transactional stores implement [`Transactional`] and get `commit` from
//! [`GroupCommit`]: the guards are judged in [`apply`], once for all stores.

mod change_set;
mod version;

mod error;
mod page;

mod keys;

pub mod apply;

pub mod stored;

mod group_commit;
mod transactional;

mod carts;
mod catalog;
mod customers;
mod inventory;
mod orders;
mod outbox;
mod payments;
mod retention;
mod sagas;

pub use carts::CartStore;
pub use catalog::CatalogReader;
pub use change_set::{
    ChangeSet, CounterChange, DeliveryChange, DeliveryOutcome, Forget, NameChange, Put, Receipt, StockChange,
    UniqueName, Write,
};
pub use customers::CustomerReader;
pub use error::{Refusal, Shortage, StoreError};
pub use group_commit::GroupCommit;
pub use inventory::{Counter, CounterHold, CounterKey, HoldKey, HoldState, InventoryReader};
pub use keys::{Expected, Keys, Records};
pub use orders::OrderReader;
pub use outbox::{Outbox, OutboxEvent};
pub use page::Page;
pub use payments::PaymentReader;
pub use retention::{Cutoffs, RetentionReader};
pub use sagas::{Lease, LogLine, Reason, SagaQueue, SagaRecord, SagaStatus, Signal};
pub use transactional::{Answers, Batch, SaveError, Transactional};
pub use version::{Expect, Version, Versioned};

use std::fmt::Debug;

use async_trait::async_trait;

/// A database for a whole shop, except its carts.
///
/// The traits above it read; `commit` is the only way to write.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commerce_core::{
///     domain::{ids::{LocationId, Sku}, inventory::StockKey},
///     memory::MemoryStore,
///     storage::{ChangeSet, InventoryReader, StockChange, Store},
/// };
///
/// let store = MemoryStore::new();
/// let stock = StockKey { sku: Sku::new("MUG")?, location: LocationId::main() };
/// let delivery = StockChange::Receive { stock: stock.clone(), units: 5 };
/// let loss = StockChange::Count { stock: stock.clone(), counted: -1, note: "below nothing".into() };
///
/// let at = chrono::Utc::now();
/// let refused = store.commit(ChangeSet::new(at).with(delivery.clone()).with(loss)).await;
/// assert!(refused.is_err());
/// assert_eq!(store.stock_levels(&[stock.sku.clone()]).await?, [], "all of a change set is written, or nothing");
///
/// store.commit(ChangeSet::new(at).with(delivery)).await?;
/// assert_eq!(store.stock_levels(&[stock.sku]).await?[0].on_hand, 5);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Store:
    CatalogReader
    + CustomerReader
    + InventoryReader
    + OrderReader
    + PaymentReader
    + SagaQueue
    + Outbox
    + RetentionReader
    + Debug
    + Send
    + Sync
    + 'static
{
    /// Applies every write in `changes`, or none of them.
    ///
    /// # To be correct
    /// - every [`Expect`] and every guard is judged against the same state that the writes are applied to;
    /// - when this returns `Ok`, all readers see all writes, and they survive a power cut;
    /// - events are appended in order, numbered without a gap per aggregate;
    /// - if it cannot be known whether the writes took effect, the error is [`StoreError::Uncertain`], never
    ///   [`StoreError::Unavailable`];
    /// - dropping the future never leaves half a change set behind.
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError>;
}
