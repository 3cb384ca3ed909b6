use std::{sync::atomic::Ordering, time::Instant};

use commerce_core::domain::ids::ProductId;

use super::{Generation, Writing, lock};
use crate::{
    document::Entry,
    error::IndexError,
    index::noted::{Changed, Durability, Noted},
};

impl Generation {
    /// Takes in what products have become: their numbers can be found when this returns. Finish what it answers.
    pub(crate) fn note(&self, entries: Vec<Entry>) -> Result<Noted, IndexError> {
        let writing = self.writing()?;
        let mut words = Vec::with_capacity(entries.len());
        for entry in &entries {
            words.push(entry.document.as_ref().map(serde_json::to_vec).transpose()?);
        }
        let sales = lock(&writing.sales);
        let mut rows = lock(&writing.rows);
        let mut records = Vec::with_capacity(entries.len());
        let mut changed = Vec::new();
        for (entry, stored) in entries.into_iter().zip(words) {
            let sold = sales.sold(entry.product);
            let (document, noted) = rows.note(entry, stored.as_deref(), sold);
            let Some((row, words_changed)) = noted else { continue };
            if self.columns.set(&row) {
                self.stamp.fetch_add(1, Ordering::AcqRel);
            }
            records.push(row.encode());
            if words_changed {
                rows.under_way.insert(row.seq);
                changed.push((row, document.zip(stored)));
            }
        }
        rows.frames.append(&records)?;
        Ok(Noted { file: rows.frames.handle()?, changed })
    }

    /// Puts what was noted on the disk, and its words where the next commit finds them.
    pub(crate) fn finish(&self, noted: Noted, durability: Durability) -> Result<(), IndexError> {
        let seqs = noted.seqs();
        let finished = self.finish_or_fail(noted, durability);
        if finished.is_err() {
            self.leave_open(&seqs);
        }
        finished
    }

    /// What was noted is not finished: its words are taken in when it is told again, or after a restart.
    pub(crate) fn leave_open(&self, seqs: &[(ProductId, u64)]) {
        let Ok(writing) = self.writing() else { return };
        let mut rows = lock(&writing.rows);
        for (product, seq) in seqs {
            if rows.under_way.contains(seq) {
                rows.left_open.insert(*product, *seq);
            }
        }
    }

    fn finish_or_fail(&self, noted: Noted, durability: Durability) -> Result<(), IndexError> {
        if durability == Durability::OnDisk {
            noted.file.sync_data()?;
        }
        self.index_words(self.writing()?, noted.changed)
    }

    fn index_words(&self, writing: &Writing, changed: Vec<Changed>) -> Result<(), IndexError> {
        if changed.is_empty() {
            return Ok(());
        }
        let mut writer = lock(&writing.writer);
        for (row, document) in changed {
            // A later change of the same product has been written down in between: its own words follow.
            let outdated = lock(&writing.rows).fingerprint(row.slot) != row.fingerprint;
            if !outdated {
                writer.tantivy.delete_term(self.fields.term(row.slot));
                if let Some((document, stored)) = document {
                    let document = self.fields.document(row.slot, &document, &stored);
                    writer.tantivy.add_document(document)?;
                }
            }
            lock(&writing.rows).under_way.remove(&row.seq);
            let (since, count) = writer.waiting.unwrap_or((Instant::now(), 0));
            writer.waiting = Some((since, count + 1));
        }
        let full = writer.waiting.is_some_and(|(_, count)| count >= writer.settings.commit_at);
        if full { self.commit_with(&mut writer, writing) } else { Ok(()) }
    }
}
