//! core
pub mod domain;
pub mod environment;

pub mod gateway;
#[cfg(feature = "memory")]
pub mod memory;
pub mod storage;

pub mod saga;

pub mod cancellation;
pub mod capture;
pub mod checkout;
pub mod refund;
