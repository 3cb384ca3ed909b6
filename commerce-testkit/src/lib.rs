//! Proof for shops and adapters.
//!
//! - An adapter proves itself with [`store_conformance!`] and [`cart_store_conformance!`]: one named test per rule.
//! - A shop's own tests find a whole shop in [`shop`], things to sell in [`fixtures`], ports that fail on purpose in
//!   [`faults`], and ports that must not be called in [`mocks`].
//! - [`invariants`] is what must hold in every shop at all times, as a function over a store: for tests, after a crash,
//!   and as a nightly reconciliation.
//! - [`processes`] lets a test start itself again, as a crowd of buyers in a process of its own.
//! - [`names`] are names of real things, and how buyers mistype them: for searches.
//! - [`world`] puts a shop on a [`stage`] where time is virtual, processes die and come back, and every run is the same.

pub mod fixtures;

pub mod conformance;
pub mod invariants;

mod delegate;
pub mod doubles;
pub mod mocks;
pub mod shop;

pub mod dice;
pub mod environment;
pub mod stage;

pub mod faults;

pub mod processes;

pub mod folder;

pub mod names;

pub mod world;

pub mod simulation;

#[doc(hidden)]
pub use {async_trait, chrono, commerce_core};
