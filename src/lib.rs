//! An embeddable commerce engine.

pub use commerce_core::*;
