use std::{collections::HashMap, path::Path, sync::atomic::Ordering};

use commerce_core::domain::ids::ProductId;

use super::{Generation, Role};
use crate::{
    error::IndexError,
    index::{frames::Tail, row::Row},
};

/// What a process knows that only reads.
pub(super) struct Following {
    tail: Tail,
    /// The version of each product, and the change that its words came with.
    pub(super) versions: HashMap<ProductId, (u64, u64)>,
}

impl Following {
    /// Reads these rows from the first one on.
    pub(super) fn new(rows: &Path) -> Self {
        Self { tail: Tail::new(rows), versions: HashMap::new() }
    }
}

impl Generation {
    /// Reads what the process that writes has written since.
    pub(crate) fn catch_up(&self) -> Result<(), IndexError> {
        let Role::Follows(following) = &self.role else { return Ok(()) };
        // Whoever is first reads for all.
        let Ok(mut following) = following.try_lock() else { return Ok(()) };
        let before = self.searcher().generation().generation_id();
        self.reader.reload()?;
        let news = following.tail.news()?;
        let mut changed = self.searcher().generation().generation_id() != before;
        for row in news.iter().filter_map(|record| Row::decode(record)) {
            changed |= self.columns.set(&row);
            following.versions.insert(row.product, (row.version, row.words));
        }
        if changed {
            self.stamp.fetch_add(1, Ordering::AcqRel);
        }
        Ok(())
    }
}
