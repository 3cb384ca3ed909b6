//! Ports that fail on purpose: one wrapper for all of them.
//!
//! Every port call goes through a [`Course`], which asks a [`Fate`] what goes wrong with it. A [`FaultPlan`] is the fate
//! that counts the calls of one process and lets a [`Fault`] happen at the chosen one.

mod gateways;
mod store;

mod course;
mod doing;
mod plan;

pub use course::{Course, Fate, Happening};
pub use doing::{COMMITS, doing};
pub use gateways::FaultyGateway;
pub use plan::{Call, Fault, FaultPlan, Port};
pub use store::{FaultyCarts, FaultyStore};
