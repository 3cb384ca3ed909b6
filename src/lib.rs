#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! Everything of `commerce-core` under one name.
//!
//! | start with | for |
//! |---|---|
//! | [`Commerce`] | the handle of a shop; [`Commerce::builder`] puts one together |
//! | [`service`] | the use cases: [`Checkouts`](service::Checkouts), [`Carts`](service::Carts), [`Inventory`](service::Inventory) and so on |
//! | [`domain`] | what they speak of: [`Money`](domain::money::Money), products, orders |
//! | [`checkout`] | what a buyer sends, and why it may be refused |
//! | [`Error`], [`Retry`] | what failed, and what to do next |
//! | [`gateway`] | what to implement for a payment provider, taxes, shipping |
//! | [`storage`] | what to implement for a database |
//! | [`memory`] | a store, carts and a gateway for tests and demos |

pub use commerce_core::*;

/// Products from merchants' files, and back.
#[cfg(feature = "import")]
pub use commerce_import as import;
/// A shop in PostgreSQL.
#[cfg(feature = "postgres")]
pub use commerce_postgres as postgres;
/// Products found by what buyers type and pick.
#[cfg(feature = "search")]
pub use commerce_search as search;
/// A shop in one SQLite file.
#[cfg(feature = "sqlite")]
pub use commerce_sqlite as sqlite;
