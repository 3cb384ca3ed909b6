//! An embeddable commerce engine.

pub use commerce_core::*;

/// A shop in one SQLite file.
#[cfg(feature = "sqlite")]
pub use commerce_sqlite as sqlite;
