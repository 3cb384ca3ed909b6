//! Use cases: load, decide, commit.
//!
//! [`Commerce`] is the handle of a shop; each of its methods opens one room: `catalog()`, `carts()`, `checkouts()`
//! and so on.

mod commerce;

mod builder;

mod error;

mod carts;
mod catalog;
mod customers;

mod inventory;

mod checkouts;
mod orders;
mod payments;

mod sagas;

mod event_relay;
mod retention;
mod strangers;
mod sweeper;
mod worker;

pub use builder::{Builder, MissingPart};
pub use carts::{Carts, NewCart, ReservePolicy};
pub use catalog::Catalog;
pub use checkouts::{Checkout, CheckoutStatus, Checkouts};
pub use commerce::Commerce;
pub use customers::Customers;
pub use error::{Error, Retry};
pub use inventory::{Discrepancy, Inventory};
pub use orders::{NewShipment, Orders};
pub use payments::Payments;
pub use retention::Retention;
pub use sagas::{Sagas, StuckSaga};
pub use worker::Report;

use chrono::{DateTime, Utc};

use crate::storage::{ChangeSet, StoreError, Write};
use commerce::Engine;

/// How often a decision is made again because somebody else was first.
const TRIES: u32 = 16;

/// Loads, decides and commits again while others are first.
async fn decide<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 1..TRIES {
        match attempt().await {
            Err(Error::Store(StoreError::Conflict { .. })) => {}
            settled => return settled,
        }
    }
    attempt().await
}

/// Commits these writes together; if one of them is bad, each by itself, so that it does not keep the others.
async fn commit_each<W: Into<Write>>(
    engine: &Engine,
    now: DateTime<Utc>,
    writes: impl IntoIterator<Item = W>,
) -> Result<(), Error> {
    let store = &engine.ports.store;
    let together = writes.into_iter().fold(ChangeSet::new(now), ChangeSet::with);
    if together.is_empty() {
        return Ok(());
    }
    match store.commit(together.clone()).await {
        Ok(_) => return Ok(()),
        Err(StoreError::Refused(_) | StoreError::Corrupt { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut failed = None;
    for write in together.writes {
        if let Err(error) = store.commit(ChangeSet::new(now).with(write.clone())).await {
            tracing::error!(?write, %error, "a write of the worker is bad and was left out");
            failed = Some(error);
        }
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}
