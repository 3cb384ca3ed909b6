//! Proof for shops and adapters.

mod delegate;

pub mod environment;
pub mod stage;

pub mod faults;

pub mod invariants;

pub mod world;

pub mod mocks;
pub mod shop;

#[doc(hidden)]
pub use {async_trait, chrono, commerce_core as core};
