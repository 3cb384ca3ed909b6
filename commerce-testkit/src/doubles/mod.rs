//! Stores that are not what they seem, to test against.

mod grouped_store;
mod subset_store;

pub use grouped_store::GroupedStore;
pub use subset_store::SubsetStore;
