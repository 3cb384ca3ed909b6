use std::{fmt::Debug, sync::Arc};

use super::Table;
use crate::storage::{Expect, Put, StoreError, Version, Versioned};

/// A versioned record.
#[derive(Debug)]
pub struct Record<T> {
    /// Its version.
    pub version: Version,
    /// Its value; none when only its version was assumed.
    pub value: Option<Arc<T>>,
}

impl<T> Record<T> {
    /// A record as it was loaded.
    pub const fn loaded(version: Version, value: Arc<T>) -> Self {
        Self { version, value: Some(value) }
    }

    /// The record for a reader.
    pub fn versioned(&self) -> Option<Versioned<T>> {
        let value = self.value.as_ref()?;
        Some(Versioned { value: Arc::clone(value), version: self.version })
    }
}

/// Writes a record if what is there is what the writer expects.
pub(super) fn put<K, T>(table: &mut Table<K, Record<T>>, key: K, put: &Put<T>) -> Result<(), StoreError>
where
    K: Ord + Copy + Debug,
{
    let as_expected = match (table.get(&key)?, put.expect) {
        (None, Expect::Absent) => true,
        (Some(there), Expect::At(version)) => there.version == version,
        (None, Expect::At(_)) | (Some(_), Expect::Absent) => false,
    };
    if !as_expected {
        return Err(StoreError::Conflict { record: format!("{key:?}") });
    }
    table.put(key, Record::loaded(put.expect.next(), Arc::clone(&put.value)));
    Ok(())
}
