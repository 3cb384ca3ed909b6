//! A shop in processes of its own, in a file and in PostgreSQL, that is killed, copied and damaged while buyers buy: what
//! it said holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may stop, and says so"
)]

mod buyer;
mod dice;
mod house;
mod kept;
mod picking;
mod purchase;
mod rounds;

mod audits;
mod copies;
mod crowds;
mod imports;
mod kills;
