//! core
pub mod domain;
pub mod environment;
pub mod gateway;
pub mod saga;
pub mod storage;
