//! A shop in PostgreSQL, for many processes at once, fast on one hot row.
//!
//! - [`migrate`] makes the tables; [`PostgresStore::connect`] never does.
//! - Any number of processes may sell from the same database: the rows that are judged are locked in one order, and
//!   what another process changed meanwhile is judged again.
//! - What was acknowledged survives a power cut; a server that could lose it is refused.
//! - Everything can be read with `psql`; the files under `migrations/` say what is where.
//!
//! ```
//! use std::sync::Arc;
//!
//! use commerce_postgres::{PostgresOptions, PostgresStore, migrate};
//!
//! # let database = commerce_testservers::Postgres::shared().database();
//! # let url = &database.url();
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let options = PostgresOptions::default().with_schema("commerce");
//! migrate(url, &options).await?;
//! let store = Arc::new(PostgresStore::connect(url, options).await?);
//! let carts = Arc::new(store.carts());
//! # drop((store, carts));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Times are kept to the microsecond; what is finer is cut off where a time has a column of its own.

mod options;
mod store;

mod rider;

mod carts;
mod catalog;
mod customers;
mod inventory;
mod names;
mod orders;
mod outbox;
mod payments;
mod retention;
mod sagas;

mod transaction;

mod load;
mod save;
mod statement;

mod columns;
mod documents;

mod lookup;
mod migrate;
mod pool;
mod pools;

mod error;

#[cfg(test)]
mod plans;

pub use carts::PostgresCarts;
pub use error::OpenError;
pub use migrate::migrate;
pub use options::{PostgresOptions, Weakness};
pub use rider::Rider;
pub use store::PostgresStore;
pub use transaction::PostgresWriter;

pub use sqlx;
