//! Throwaway servers for tests, started from installed binaries: on a free port, in a temporary folder, gone when
//! their guard is dropped, when the test panics, and when its process is killed.
//!
//! ```
//! use commerce_testservers::Postgres;
//!
//! let database = Postgres::shared().database();
//! assert!(database.url().starts_with("postgres"));
//! ```
//!
//! [`Postgres::shared`] is one server for all tests of a process, or the one that `DATABASE_URL` names. A server that a
//! test wants to kill, to set up in another way or to copy is its own: [`Postgres::start`].

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that has no server stops")]

mod postgres;

mod database;
mod replica;

mod template;

mod binaries;
mod supervisor;

pub use database::Database;
pub use postgres::{Postgres, Stopped};
