use std::fs::File;

use commerce_core::domain::ids::ProductId;

use super::row::Row;
use crate::document::Document;

/// Changes that can be seen, but may be lost with the process, and whose words are not indexed.
#[derive(Debug)]
#[must_use = "unfinished changes hold up what a commit may promise"]
pub(crate) struct Noted {
    pub(super) file: File,
    pub(super) changed: Vec<Changed>,
}

impl Noted {
    /// The changes whose words are not indexed.
    pub(crate) fn seqs(&self) -> Vec<(ProductId, u64)> {
        self.changed.iter().map(|(row, _)| (row.product, row.seq)).collect()
    }
}

/// A product with other words than before, or without any.
pub(super) type Changed = (Row, Option<(Document, Vec<u8>)>);

/// Whether whoever asks waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Yes: it is not told again.
    OnDisk,
    /// No: a commit follows.
    WithTheCommit,
}
