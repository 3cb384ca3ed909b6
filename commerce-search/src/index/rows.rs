use std::{
    collections::{BTreeSet, HashMap},
    io,
    path::Path,
};

use commerce_core::domain::ids::ProductId;

use super::{columns::Columns, frames::Frames, row::Row};
use crate::document::{Document, Entry, Numbers};

/// What was written down of every product, and what of it is not in tantivy yet.
pub(super) struct Rows {
    pub(super) frames: Frames,
    pub(super) written: Vec<Written>,
    pub(super) by_product: HashMap<ProductId, u32>,
    pub(super) seq: u64,
    /// Written down, but not yet handed to tantivy.
    pub(super) under_way: BTreeSet<u64>,
    /// Changes that were written down and whose words could not be handed to tantivy, by product.
    pub(super) left_open: HashMap<ProductId, u64>,
    /// The products whose words changed since the last commit.
    pub(super) uncommitted: HashMap<ProductId, u64>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) version: u64,
    pub(super) words: u64,
    pub(super) fingerprint: u64,
}

impl Rows {
    pub(super) fn open(path: &Path, columns: &Columns, committed: u64) -> io::Result<(Self, Vec<ProductId>)> {
        let (frames, records) = Frames::open(path)?;
        let mut latest: HashMap<u32, Row> = HashMap::new();
        for row in records.iter().filter_map(|record| Row::decode(record)) {
            latest.insert(row.slot, row);
        }
        let mut rows = Self {
            frames,
            written: Vec::new(),
            by_product: HashMap::new(),
            seq: committed,
            under_way: BTreeSet::new(),
            left_open: HashMap::new(),
            uncommitted: HashMap::new(),
        };
        let mut lost = Vec::new();
        for row in latest.values() {
            let mut written =
                Written { version: row.version, words: row.words, fingerprint: row.fingerprint };
            if row.words > committed {
                // Its words may not have come to tantivy: they are read from the store once more.
                written = Written::default();
                lost.push(row.product);
            }
            rows.set(row, written);
            columns.set(row);
        }
        if records.len() > 2 * latest.len() + 10_000 {
            let kept: Vec<Vec<u8>> = latest.values().map(Row::encode).collect();
            rows.frames = Frames::replace(path, kept.iter().map(Vec::as_slice))?;
        }
        Ok((rows, lost))
    }

    /// The row for an entry, and whether its words are others than before; none for an entry that is out of date.
    pub(super) fn note(
        &mut self,
        entry: Entry,
        stored: Option<&[u8]>,
        sold: u32,
    ) -> (Option<Document>, Option<(Row, bool)>) {
        let Entry { product, version, document, numbers } = entry;
        let known = self.by_product.get(&product).copied();
        let Ok(slot) = known.map_or_else(|| u32::try_from(self.written.len()), Ok) else {
            return (None, None);
        };
        let before = place(&self.written, slot).copied().unwrap_or_default();
        if before.version > version {
            return (None, None);
        }
        self.seq += 1;
        let fingerprint = stored.map_or(0, Document::fingerprint);
        // What was left open holds up what a commit may promise, until it is told again.
        let left_open = self.left_open.remove(&product).is_some_and(|seq| self.under_way.remove(&seq));
        // What was lost with the last process may be in tantivy or not: it is written once more.
        let was_lost = left_open || (known.is_some() && before.version == 0);
        let words_changed = before.fingerprint != fingerprint || was_lost;
        let words = if words_changed { self.seq } else { before.words };
        let row = Row { seq: self.seq, slot, product, version, words, fingerprint, sold, numbers };
        self.set(&row, Written { version, words, fingerprint });
        if words_changed {
            self.uncommitted.insert(product, row.seq);
        }
        (document, Some((row, words_changed)))
    }

    /// A row for numbers alone.
    pub(super) fn again(&mut self, slot: u32, product: ProductId, numbers: Numbers, sold: u32) -> Row {
        let Written { version, words, fingerprint } = place(&self.written, slot).copied().unwrap_or_default();
        self.seq += 1;
        Row { seq: self.seq, slot, product, version, words, fingerprint, sold, numbers }
    }

    pub(super) fn set(&mut self, row: &Row, written: Written) {
        let at = usize::try_from(row.slot).unwrap_or(usize::MAX);
        if self.written.len() <= at {
            self.written.resize(at + 1, Written::default());
        }
        self.written[at] = written;
        self.by_product.insert(row.product, row.slot);
        self.seq = self.seq.max(row.seq);
    }

    pub(super) fn fingerprint(&self, slot: u32) -> u64 {
        place(&self.written, slot).map_or(0, |written| written.fingerprint)
    }
}

pub(super) fn place(written: &[Written], slot: u32) -> Option<&Written> {
    written.get(usize::try_from(slot).ok()?)
}
