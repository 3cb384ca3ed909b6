//! A shop in processes of its own, in a file and in PostgreSQL, that is killed, copied and damaged while buyers buy: what
//! it said holds.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod buyer;
mod dice;
mod house;
mod kept;
mod picking;
mod purchase;

mod audits;
mod copies;
mod crowds;
mod kills;
