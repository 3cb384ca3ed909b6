//! A shop in a process of its own that is killed, copied and damaged while buyers buy: what it said holds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod buyer;
mod dice;
mod house;
mod purchase;

mod audits;
mod copies;
mod kills;
