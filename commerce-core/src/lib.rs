//! core
pub mod domain;
pub mod environment;

pub mod gateway;
pub mod storage;

pub mod saga;

pub mod cancellation;
pub mod capture;
pub mod checkout;
pub mod refund;

pub mod service;

pub use service::{Commerce, Error, Retry};

#[cfg(feature = "memory")]
pub mod memory;

#[cfg(all(feature = "memory", feature = "tokio"))]
mod in_memory;
