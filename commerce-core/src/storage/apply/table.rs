use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use crate::storage::StoreError;

/// Rows by key, with a journal of what they were before: changes can be rolled back, and what the journal holds at
/// the end is what has to be written. Old rows move into the journal and are never cloned.
#[derive(Debug)]
pub struct Table<K, V> {
    rows: BTreeMap<K, Option<V>>,
    journal: Vec<(K, Option<V>)>,
    coverage: Coverage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coverage {
    Whole,
    Subset,
}

impl<K: Ord + Clone + Debug, V> Table<K, V> {
    /// A table that holds every row there is: what is missing is absent.
    pub const fn whole() -> Self {
        Self { rows: BTreeMap::new(), journal: Vec::new(), coverage: Coverage::Whole }
    }

    /// A table that holds the rows that were asked for: what was never asked for must not be judged.
    pub const fn subset() -> Self {
        Self { rows: BTreeMap::new(), journal: Vec::new(), coverage: Coverage::Subset }
    }

    /// Notes a row as it was loaded; `None` notes that it was asked for and is not there.
    pub fn load(&mut self, key: K, row: Option<V>) {
        self.set(key, row);
    }

    /// The row; `None` when it is known to be absent.
    pub fn get(&self, key: &K) -> Result<Option<&V>, StoreError> {
        match (self.find(key), self.coverage) {
            (Some(row), _) => Ok(row.as_ref()),
            (None, Coverage::Whole) => Ok(None),
            (None, Coverage::Subset) => Err(never_loaded(key)),
        }
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: V) {
        let old = self.set(key.clone(), Some(row));
        self.journal.push((key, old));
    }

    /// Writes a row made from the one that is there, if it can be made.
    pub(super) fn alter<R>(
        &mut self,
        key: &K,
        make: impl FnOnce(Option<&V>) -> Result<(V, R), StoreError>,
    ) -> Result<R, StoreError> {
        let (old, result) = match (self.rows.get_mut(key), self.coverage) {
            (Some(place), _) => {
                let (row, result) = make(place.as_ref())?;
                (place.replace(row), result)
            }
            (None, Coverage::Whole) => {
                let (row, result) = make(None)?;
                (self.set(key.clone(), Some(row)), result)
            }
            (None, Coverage::Subset) => return Err(never_loaded(key)),
        };
        self.journal.push((key.clone(), old));
        Ok(result)
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: K) {
        let old = self.set(key.clone(), None);
        self.journal.push((key, old));
    }

    /// The rows there are, by key, after this one.
    pub fn after<'a>(&'a self, key: Option<&K>) -> impl Iterator<Item = (&'a K, &'a V)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let start = key.map_or(Unbounded, Excluded);
        self.rows.range((start, Unbounded)).filter_map(|(key, row)| row.as_ref().map(|row| (key, row)))
    }

    /// Each row that was written since the start, once, by key: as it was before, and as it is now. A row that came and
    /// went is in neither.
    pub fn dirty(&self) -> impl Iterator<Item = (&K, Option<&V>, Option<&V>)> {
        // Backwards, so that of each key what stays is what it was first.
        let backwards = self.journal.iter().rev();
        let before: BTreeMap<&K, Option<&V>> = backwards.map(|(key, old)| (key, old.as_ref())).collect();
        before.into_iter().map(|(key, old)| (key, old, self.now(key)))
    }

    /// Each row that was written since the start, once, in the order of first writing: as it was before, and as it
    /// is now.
    #[cfg(feature = "memory")]
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&K, Option<&V>, Option<&V>)> {
        self.before(0).map(|(key, old)| (key, old, self.now(key)))
    }

    /// The keys of rows that were written since the start and had not been there.
    #[cfg(feature = "memory")]
    pub(crate) fn added(&self) -> impl Iterator<Item = &K> {
        self.before(0).filter(|(_, old)| old.is_none()).map(|(key, _)| key)
    }

    /// Each row that was written since `mark` as it was before, once.
    pub(super) fn before(&self, mark: usize) -> impl Iterator<Item = (&K, Option<&V>)> {
        // Most change sets write a row or two of a table: comparing them is cheaper than keeping a set.
        const FEW: usize = 8;
        let since = &self.journal[mark..];
        let mut seen = (since.len() > FEW).then(BTreeSet::new);
        let mut is_first = move |place: usize, key| match &mut seen {
            Some(seen) => seen.insert(key),
            None => since[..place].iter().all(|(known, _)| known != key),
        };
        let places = since.iter().enumerate();
        places.filter_map(move |(place, (key, old))| is_first(place, key).then_some((key, old.as_ref())))
    }

    /// A row that was written since `mark`, to be written further; its old form is in the journal already.
    pub(super) fn written(&mut self, mark: usize, key: &K) -> Option<&mut V> {
        let written = self.journal[mark..].iter().any(|(known, _)| known == key);
        self.rows.get_mut(key).filter(|_| written)?.as_mut()
    }

    /// Where the journal stands.
    pub(super) const fn mark(&self) -> usize {
        self.journal.len()
    }

    /// Puts everything back as it was at `mark`.
    pub(super) fn roll_back(&mut self, mark: usize) {
        while self.journal.len() > mark {
            if let Some((key, old)) = self.journal.pop() {
                self.set(key, old);
            }
        }
    }

    /// Forgets how things were: everything so far is kept.
    pub(super) fn settle(&mut self) {
        self.journal.clear();
    }

    fn now(&self, key: &K) -> Option<&V> {
        self.find(key).and_then(Option::as_ref)
    }

    /// Ids rise with time, so what is asked for is often the last row there is, or one that is not there yet.
    fn find(&self, key: &K) -> Option<&Option<V>> {
        let (last, row) = self.rows.last_key_value()?;
        match key.cmp(last) {
            Ordering::Greater => None,
            Ordering::Equal => Some(row),
            Ordering::Less => self.rows.get(key),
        }
    }

    /// Sets what is under the key and answers what was. A whole table keeps no note of what is not there.
    fn set(&mut self, key: K, row: Option<V>) -> Option<V> {
        if row.is_none() && self.coverage == Coverage::Whole {
            self.rows.remove(&key).flatten()
        } else {
            self.rows.insert(key, row).flatten()
        }
    }
}

fn never_loaded(key: &impl Debug) -> StoreError {
    StoreError::corrupt(format!("{key:?}"), "judged, but never loaded")
}
