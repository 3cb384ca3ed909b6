//! Ports that fail on purpose: one wrapper for all of them.
//!
//! A [`FaultPlan`] counts the port calls of one process and lets a [`Fault`] happen at the chosen one.

mod gateways;
mod store;

mod plan;

pub use gateways::FaultyGateway;
pub use plan::{Call, Fault, FaultPlan, Port};
pub use store::{FaultyCarts, FaultyStore};
