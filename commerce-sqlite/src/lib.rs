//! A shop in one SQLite file, still there after a restart or a power cut.
//!
//! - [`migrate`] makes the tables; [`SqliteStore::connect`] never does.
//! - Several processes may open the same file: each change set is judged and written while no other process writes.
//! - [`SqliteStore::snapshot`] sees one moment, for an audit of a shop that is open; [`backup`] copies one.
//! - Everything can be read with the `sqlite3` shell; the files under `migrations/` say what is where.
//!
//! ```
//! use std::sync::Arc;
//!
//! use commerce_sqlite::{SqliteOptions, SqliteStore, migrate};
//!
//! # let folder = std::env::temp_dir().join(format!("commerce-sqlite-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("shop.db");
//! migrate(&path)?;
//! let store = Arc::new(SqliteStore::connect(&path, SqliteOptions::default())?);
//! let carts = Arc::new(store.carts());
//! # drop((store, carts));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod options;
mod store;

mod carts;
mod catalog;
mod customers;
mod inventory;
mod orders;
mod outbox;
mod payments;
mod retention;
mod sagas;

mod transaction;

mod load;
mod save;

mod columns;
mod documents;

mod backup;
mod connection;
mod migrate;
mod threads;

mod error;

#[cfg(test)]
mod plans;

pub use backup::{BackupError, backup};
pub use carts::SqliteCarts;
pub use error::OpenError;
pub use migrate::migrate;
pub use options::SqliteOptions;
pub use store::SqliteStore;
pub use transaction::SqliteWriter;
