use std::{io, path::PathBuf};

use commerce_core::{gateway::SearchError, storage::StoreError};

/// Why the index could not be opened, fed or built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Another process writes this index: open it with `follow`, or stop the other one.
    #[error("another process writes the index in {folder}")]
    AnotherWriter {
        /// Where the index is.
        folder: PathBuf,
    },
    /// This process only reads the index: changes belong to the one that writes it.
    #[error("this process only follows the index")]
    ReadOnly,
    /// There is no index of these settings yet: build it.
    #[error("there is no index yet; build it")]
    NotBuilt,
    /// Files cannot be read or written.
    #[error("the files of the index cannot be used")]
    Files(#[from] io::Error),
    /// The index cannot be read or written.
    #[error("the index cannot be used")]
    Tantivy(#[from] tantivy::TantivyError),
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    /// What is to be indexed cannot be written down.
    #[error("a product cannot be written down")]
    Document(#[from] serde_json::Error),
    /// The threads of the index are gone.
    #[error("the index is closed")]
    Closed,
}

impl From<IndexError> for SearchError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::NotBuilt => Self::unavailable("the index is not built yet"),
            IndexError::Closed => Self::unavailable("the index is closed"),
            IndexError::Store(StoreError::Unavailable { .. }) => {
                Self::unavailable("the store did not answer")
            }
            other => Self::broken(other),
        }
    }
}
