//! core
pub mod domain;
pub mod environment;
pub mod gateway;
#[cfg(feature = "memory")]
pub mod memory;
pub mod storage;
