//! core
pub mod domain;
pub mod environment;
