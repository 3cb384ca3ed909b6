//! Proof for shops and adapters: rules that every store keeps, things to sell in tests, and doubles to test against.
//!
//! An adapter proves itself with [`store_conformance!`] and [`cart_store_conformance!`]; a shop's own tests find
//! products, orders and payments in [`fixtures`].

pub mod fixtures;

pub mod conformance;

pub mod doubles;

#[doc(hidden)]
pub use commerce_core;
