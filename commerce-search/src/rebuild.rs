use std::{
    fs::{self, File},
    io::Write as _,
    mem,
    sync::{Arc, PoisonError},
};

use chrono::{DateTime, Utc};
use commerce_core::domain::ids::ProductId;

use crate::{
    SearchIndex,
    document::Entry,
    error::IndexError,
    folders::{CURRENT, numbers, path},
    index::{Durability, Generation, Sale, day, lock},
};

/// Builds an index anew beside the one in use, and takes its place at the end. Until then searches are answered from the
/// old one; changes go to both.
///
/// It can be dropped at any moment: the next one goes on after its last commit.
#[derive(Debug)]
pub struct Rebuild {
    index: Arc<SearchIndex>,
    generation: Arc<Generation>,
    /// How many were put since the last commit.
    waiting: usize,
    after: Option<ProductId>,
}

impl SearchIndex {
    /// Begins to build anew, or goes on with what a process had begun that died.
    ///
    /// # Errors
    /// [`IndexError::ReadOnly`] in a process that follows.
    pub fn rebuild(self: &Arc<Self>, now: DateTime<Utc>) -> Result<Rebuild, IndexError> {
        if !self.writes() {
            return Err(IndexError::ReadOnly);
        }
        let mut building = lock(&self.building);
        let generation = match &*building {
            Some(begun) => Arc::clone(begun),
            None => {
                let number = numbers(&self.folder)?.last().map_or(1, |last| last + 1);
                let folder = path(&self.folder, number);
                let (made, _) = Generation::write(&folder, &self.settings, day(now))?;
                Arc::clone(building.insert(Arc::new(made)))
            }
        };
        let after = generation.progress()?;
        Ok(Rebuild { index: Arc::clone(self), generation, waiting: 0, after })
    }
}

impl Rebuild {
    /// The product after which to go on; none at the beginning.
    pub const fn after(&self) -> Option<ProductId> {
        self.after
    }

    /// Takes in the next products, in the order of their ids. They are committed by number, as the settings say.
    ///
    /// # Errors
    /// When files cannot be written: then what was committed is still there.
    pub fn put(&mut self, entries: Vec<Entry>) -> Result<(), IndexError> {
        let last = entries.last().map(|entry| entry.product);
        self.waiting += entries.len();
        let noted = self.generation.note(entries)?;
        self.generation.finish(noted, Durability::WithTheCommit)?;
        self.after = last.or(self.after);
        if self.waiting >= self.index.settings.commit_at {
            self.generation.commit_up_to(self.after)?;
            self.waiting = 0;
        }
        Ok(())
    }

    /// Puts what was built in the place of the index in use.
    ///
    /// # Errors
    /// When files cannot be written: then the index in use stays.
    pub fn finish(self) -> Result<(), IndexError> {
        self.generation.commit_up_to(None)?;
        let name = self.generation.folder().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fresh = self.index.folder.join("current.new");
        let mut file = File::create(&fresh)?;
        file.write_all(name.as_bytes())?;
        file.sync_all()?;
        let mut building = lock(&self.index.building);
        fs::rename(fresh, self.index.folder.join(CURRENT))?;
        let mut current = self.index.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *current, building.take());
        if let Some(before) = before {
            // Searches under way still read its files; where that forbids to remove them, the next start does it.
            drop(fs::remove_dir_all(before.folder()));
        }
        Ok(())
    }

    pub(crate) fn sell(&self, sale: Sale, now: DateTime<Utc>) -> Result<(), IndexError> {
        self.generation.sell(sale, day(now))
    }
}
