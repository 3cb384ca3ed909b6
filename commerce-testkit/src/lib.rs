//! Proof for shops and adapters.

pub mod environment;
pub mod stage;

pub mod faults;

pub mod invariants;

pub mod world;
