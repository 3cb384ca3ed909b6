use std::{io, path::PathBuf, time::Duration};

use commerce_core::storage::{SaveError, StoreError};
use rusqlite::{Error as DriverError, ErrorCode, ffi, types::FromSqlError};

/// Why a file cannot be used as a shop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no shop in this file, or no such file: call [`migrate`](crate::migrate) first.
    #[error("{} has no shop in it: migrate it first", path.display())]
    NotMigrated {
        /// The file.
        path: PathBuf,
    },
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
    /// The database could not be opened or changed.
    #[error("the database failed")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What goes wrong while a statement runs: the database's own trouble, or what the statement found.
#[derive(Debug)]
pub(crate) enum Failure {
    Driver(DriverError),
    Store(StoreError),
}

impl From<DriverError> for Failure {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl From<FromSqlError> for Failure {
    fn from(error: FromSqlError) -> Self {
        Self::Driver(error.into())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DriverError> for OpenError {
    fn from(error: DriverError) -> Self {
        Self::Database(error.into())
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Database(error.into())
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

/// What failed before anything was written.
impl From<Failure> for SaveError {
    fn from(failure: Failure) -> Self {
        Self::Store(failure.into())
    }
}

/// What failed while it was committed: if another process had the lock nothing was written, else nobody knows.
pub(crate) fn uncertain(error: DriverError) -> StoreError {
    if is_busy(&error) { Failure::Driver(error).into() } else { StoreError::uncertain(error) }
}

/// The thread of the database has ended, before it touched anything.
pub(crate) fn stopped() -> StoreError {
    StoreError::unavailable("the thread of the database has stopped")
}

/// Whether another process has had the lock for longer than we wait.
pub(crate) fn is_busy(error: &DriverError) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether there already is a row with such a key.
pub(crate) fn is_taken(error: &DriverError) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE))
}

/// Whether the file or its rows are not as they must be, so that trying again does not help.
fn is_wrong(error: &DriverError) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(
            code,
            ErrorCode::ConstraintViolation | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
        ),
        None => true,
    }
}
