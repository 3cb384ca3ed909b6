//! What adapters that keep records as JSON and counts as signed integers do alike.

use std::error::Error;

use serde::{Serialize, de::DeserializeOwned};

use super::StoreError;

/// A record as JSON.
///
/// # Errors
/// [`StoreError::Corrupt`] when it cannot be written so.
pub fn document(record: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(|error| StoreError::corrupt("a record to be written", error))
}

/// The record that was stored as this JSON.
///
/// # Errors
/// [`StoreError::Corrupt`] with this name when it is not such a record.
pub fn parsed<T: DeserializeOwned>(name: &str, document: &str) -> Result<T, StoreError> {
    serde_json::from_str(document).map_err(|error| StoreError::corrupt(name, error))
}

/// The name under which serde knows a variant without content: `held` for `ReservationState::Held`.
///
/// # Errors
/// [`StoreError::Corrupt`] when it cannot be written.
pub fn tag(variant: &impl Serialize) -> Result<String, StoreError> {
    let quoted = document(variant)?;
    Ok(quoted.trim_matches('"').to_owned())
}

/// A count as databases count.
///
/// # Errors
/// [`StoreError::Corrupt`] past 2^63 - 1.
pub fn integer(count: u64) -> Result<i64, StoreError> {
    i64::try_from(count).map_err(|error| StoreError::corrupt(format!("count {count}"), error))
}

/// A count as the engine counts.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is none, such as a negative one.
pub fn count<N: TryFrom<i64, Error: Error + Send + Sync + 'static>>(integer: i64) -> Result<N, StoreError> {
    N::try_from(integer).map_err(|error| StoreError::corrupt(format!("count {integer}"), error))
}
