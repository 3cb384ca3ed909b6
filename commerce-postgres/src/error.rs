use std::time::Duration;

use commerce_core::storage::{SaveError, StoreError};
use sqlx::error::DatabaseError;

use crate::options::Weakness;

/// Why a database cannot be used as a shop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no shop in this database: call [`migrate`](crate::migrate) first.
    #[error("the database has no shop in it: migrate it first")]
    NotMigrated,
    /// The shop was made by an older version of this crate: call [`migrate`](crate::migrate) first.
    #[error("the shop is at migration {found} of {known}: migrate it first")]
    Outdated {
        /// The last migration that was run on it.
        found: u32,
        /// The last one there is.
        known: u32,
    },
    /// The shop was migrated by a newer version of this crate, which has to be used from now on.
    #[error("the shop is at migration {found}, but this version knows {known}: use a newer one")]
    Newer {
        /// The last migration that was run on it.
        found: u32,
        /// The last one this version knows.
        known: u32,
    },
    /// The server may lose what it has acknowledged. Set it up to be durable, or allow this by its name with
    /// [`PostgresOptions::allowing`](crate::PostgresOptions::allowing).
    #[error("the server may lose what it has acknowledged: {0}")]
    NotDurable(Weakness),
    /// The server only follows another one. Connect to that one, and name this one as a replica.
    #[error("the server is a replica: connect to its primary")]
    Replica,
    /// The text in the database is not UTF-8, so not every name could be stored.
    #[error("the database is encoded in {0}: make one in UTF8")]
    Encoding(String),
    /// The database could not be opened or changed.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What goes wrong while a statement runs: the database's own trouble, or what the statement found.
#[derive(Debug)]
pub(crate) enum Failure {
    Driver(sqlx::Error),
    Store(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What failed before anything was written.
impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => error,
            Failure::Driver(error) if is_busy(&error) => {
                Self::Unavailable { retry_after: Some(Duration::from_millis(100)), source: error.into() }
            }
            Failure::Driver(error) if is_wrong(&error) => Self::corrupt("a stored row", error),
            Failure::Driver(error) => Self::unavailable(error),
        }
    }
}

impl From<Failure> for SaveError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

/// What failed while the transaction was still open: nothing was written.
pub(crate) fn not_saved(error: sqlx::Error) -> SaveError {
    if is_stale(&error) { SaveError::Stale } else { SaveError::Store(Failure::Driver(error).into()) }
}

/// What failed in a statement that is a transaction of its own: if the server says so itself, nothing was written.
pub(crate) fn not_saved_at_once(error: sqlx::Error) -> SaveError {
    if is_verdict(&error) { not_saved(error) } else { SaveError::Store(StoreError::uncertain(error)) }
}

/// The classes of errors that end a statement and leave the connection alone. Behind all others, such as that the
/// server shuts down, there may be a commit.
pub(crate) fn is_verdict(error: &sqlx::Error) -> bool {
    const VERDICTS: [&str; 8] = ["22", "23", "25", "40", "42", "53", "55", "CK"];
    match code(error).as_deref() {
        Some(code) => VERDICTS.iter().any(|class| code.starts_with(class)) || code == CANCELLED,
        None => matches!(error, sqlx::Error::Encode(_) | sqlx::Error::PoolTimedOut),
    }
}

/// Whether something was not as assumed: a version, or that a key was free.
fn is_stale(error: &sqlx::Error) -> bool {
    const NOT_AS_ASSUMED: &str = "CK001";
    let taken = |error: &dyn DatabaseError| error.is_unique_violation();
    code(error).as_deref() == Some(NOT_AS_ASSUMED) || error.as_database_error().is_some_and(taken)
}

/// A statement took too long.
const CANCELLED: &str = "57014";

/// Whether others are in the way, so that trying again soon may help.
fn is_busy(error: &sqlx::Error) -> bool {
    const BUSY: [&str; 4] = ["40001", "40P01", "55P03", CANCELLED];
    match code(error).as_deref() {
        Some(code) => BUSY.contains(&code) || code.starts_with("53"),
        None => matches!(error, sqlx::Error::PoolTimedOut),
    }
}

/// Whether the tables or their rows are not as they must be, so that trying again does not help.
fn is_wrong(error: &sqlx::Error) -> bool {
    use sqlx::Error::{ColumnDecode, ColumnIndexOutOfBounds, ColumnNotFound, Decode, Encode, TypeNotFound};
    match code(error).as_deref() {
        Some(code) => ["22", "23", "42"].iter().any(|class| code.starts_with(class)),
        None => matches!(
            error,
            ColumnDecode { .. }
                | ColumnIndexOutOfBounds { .. }
                | ColumnNotFound(_)
                | Decode(_)
                | Encode(_)
                | TypeNotFound { .. }
        ),
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(|code| code.into_owned())
}
