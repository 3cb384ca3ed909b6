//! The commerce-kit facade.

pub use commerce_core::domain;
