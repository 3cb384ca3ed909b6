//! Stores that are not what they seem, to test against.

mod subset_store;

pub use subset_store::SubsetStore;
