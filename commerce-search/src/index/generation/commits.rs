use std::{path::Path, sync::atomic::Ordering, time::Instant};

use commerce_core::domain::ids::ProductId;
use serde_json::{Value, json};
use tantivy::{Index, IndexWriter, TantivyError, directory::error::LockError, indexer::LogMergePolicy};

use super::{Generation, Writing, lock};
use crate::{error::IndexError, settings::SearchSettings};

/// What writes the words, and what it still has to commit.
pub(super) struct Writer {
    pub(super) tantivy: IndexWriter,
    pub(super) settings: SearchSettings,
    /// Since when changes wait to be committed, and how many.
    pub(super) waiting: Option<(Instant, usize)>,
    /// Where a rebuild is.
    progress: Option<ProductId>,
}

/// How large a share of deleted products makes a segment worth merging.
const DELETED: f32 = 0.2;

impl Writer {
    pub(super) fn open(
        index: &Index,
        folder: &Path,
        settings: &SearchSettings,
        progress: Option<ProductId>,
    ) -> Result<Self, IndexError> {
        let threads = settings.indexing_threads.max(1);
        let memory = settings.indexing_memory.max(15_000_000).saturating_mul(threads);
        let tantivy = index.writer_with_num_threads(threads, memory).map_err(|error| match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => {
                IndexError::AnotherWriter { folder: folder.into() }
            }
            other => other.into(),
        })?;
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(DELETED);
        tantivy.set_merge_policy(Box::new(policy));
        Ok(Self { tantivy, settings: settings.clone(), waiting: None, progress })
    }
}

impl Generation {
    /// What everything that is not yet committed waits for: its age, or none when nothing waits.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        let writing = self.writing().ok()?;
        // Whoever writes or commits at this moment looks at the age again.
        writing.writer.try_lock().ok()?.waiting.map(|(since, _)| since)
    }

    /// Makes everything that was put before this call findable, and durable as a whole.
    pub(crate) fn commit(&self) -> Result<(), IndexError> {
        let writing = self.writing()?;
        self.commit_with(&mut lock(&writing.writer), writing)
    }

    /// The same, and notes how far a rebuild has come.
    pub(crate) fn commit_up_to(&self, progress: Option<ProductId>) -> Result<(), IndexError> {
        let writing = self.writing()?;
        let mut writer = lock(&writing.writer);
        writer.progress = progress;
        self.commit_with(&mut writer, writing)
    }

    /// How far a rebuild had come.
    pub(crate) fn progress(&self) -> Result<Option<ProductId>, IndexError> {
        Ok(lock(&self.writing()?.writer).progress)
    }

    pub(super) fn commit_with(&self, writer: &mut Writer, writing: &Writing) -> Result<(), IndexError> {
        let (upto, file) = {
            let rows = lock(&writing.rows);
            (rows.under_way.first().map_or(rows.seq, |first| first - 1), rows.frames.handle()?)
        };
        // What is committed must be known after a power cut: or its place would be given to another product.
        file.sync_data()?;
        let payload = json!({ "rows": upto, "after": writer.progress });
        let mut prepared = writer.tantivy.prepare_commit()?;
        prepared.set_payload(&payload.to_string());
        prepared.commit()?;
        writer.waiting = None;
        self.reader.reload()?;
        let mut rows = lock(&writing.rows);
        rows.uncommitted.retain(|_, seq| *seq > upto);
        self.stamp.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

/// Up to which row the words are committed, and how far a rebuild had come then.
pub(super) fn committed(index: &Index) -> Result<(u64, Option<ProductId>), IndexError> {
    let Some(payload) = index.load_metas()?.payload else { return Ok((0, None)) };
    let payload: Value = serde_json::from_str(&payload)?;
    let after = payload["after"].as_str().and_then(|id| id.parse().ok());
    Ok((payload["rows"].as_u64().unwrap_or_default(), after))
}
