//! The shop as its buyers and its people meet it: over real HTTP, on a port of its own for each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop, and says so"
)]

mod client;
mod document;

mod bank_rules;
mod banks;
mod buying;
mod described;
mod looking;
mod malformed;
mod refusals;
mod restarts;
mod scripts;
mod searching;
mod shopkeeping;
mod staff;
