use std::{ops::Deref, sync::Arc};

use serde::{Deserialize, Serialize};

/// How often a record was written, and how many events it has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    /// 1 for a new record, one more with each write.
    pub writes: u64,
    /// The number of its latest event; 0 without any. A given `writes` always has the same `events`.
    pub events: u64,
}

/// A record as it was read, and the version to name when writing it.
#[derive(Debug, PartialEq)]
pub struct Versioned<T> {
    /// The record.
    pub value: Arc<T>,
    /// Its version.
    pub version: Version,
}

/// What a write expects to find. There is no "overwrite whatever is there".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// No such record.
    Absent,
    /// The record at this version.
    At(Version),
}

impl Expect {
    /// The version of the record once written, before its events are counted.
    pub const fn next(self) -> Version {
        match self {
            Self::Absent => Version { writes: 1, events: 0 },
            Self::At(version) => Version { writes: version.writes + 1, events: version.events },
        }
    }
}

impl<T> Clone for Versioned<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), version: self.version }
    }
}

impl<T> Deref for Versioned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
