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
mod merging;

mod inventory;

mod checkouts;
mod orders;
mod payments;

mod sagas;

mod event_relay;
mod sweeper;
mod worker;

pub use builder::{Builder, MissingPart};
pub use carts::{Carts, NewCart, ReservePolicy};
pub use catalog::{Catalog, CodeState, IssuedCode};
pub use checkouts::{Checkout, CheckoutStatus, Checkouts};
pub use commerce::Commerce;
pub use customers::Customers;
pub use error::{Error, Retry};
pub use inventory::{Discrepancy, Inventory};
pub use merging::Merged;
pub use orders::{NewShipment, Orders};
pub use payments::Payments;
pub use sagas::{Sagas, StuckSaga};
pub use worker::Report;

use crate::storage::StoreError;

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
