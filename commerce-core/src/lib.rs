//! core
pub mod domain;
pub mod environment;
pub mod storage;
