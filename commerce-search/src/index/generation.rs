use std::{
    collections::{HashMap, VecDeque},
    fmt, fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use commerce_core::domain::ids::{ProductId, Sku};
use serde_json::{Value, json};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term,
    collector::DocSetCollector,
    columnar::Column,
    directory::error::LockError,
    indexer::LogMergePolicy,
    query::{TermQuery, TermSetQuery},
    schema::{IndexRecordOption, Value as _},
};

use super::{
    columns::Columns,
    frames::Tail,
    noted::{Changed, Durability, Noted},
    row::Row,
    rows::{Rows, place},
    sales::{Sale, Sales},
    schema::{self, Fields},
};
use crate::{
    document::{Document, Entry},
    error::IndexError,
    settings::SearchSettings,
};

/// One set of files: the words in tantivy, the numbers in columns and in a file beside it. A rebuild makes another.
pub(crate) struct Generation {
    folder: PathBuf,
    pub(crate) fields: Fields,
    pub(crate) columns: Columns,
    index: Index,
    reader: IndexReader,
    /// The states that pages were answered from, the latest last: the next page is answered from the same.
    states: Mutex<VecDeque<State>>,
    /// Rises with every change that an answer may show.
    stamp: AtomicU64,
    role: Role,
}

/// The committed words at one moment.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) searcher: Searcher,
    /// For each segment, where products have their numbers; opened once, because that takes longer than many a search.
    pub(crate) slots: Arc<[Column<u64>]>,
}

enum Role {
    Writes(Box<Writing>),
    Follows(Mutex<Following>),
}

/// What a process knows that only reads.
struct Following {
    tail: Tail,
    /// The version of each product, and the change that its words came with.
    versions: HashMap<ProductId, (u64, u64)>,
}

/// Locked in the order of its fields, never the other way round.
struct Writing {
    writer: Mutex<Writer>,
    sales: Mutex<Sales>,
    rows: Mutex<Rows>,
}

struct Writer {
    tantivy: IndexWriter,
    settings: SearchSettings,
    /// Since when changes wait to be committed, and how many.
    waiting: Option<(Instant, usize)>,
    /// Where a rebuild is.
    progress: Option<ProductId>,
}

/// How many states are kept for those who turn pages.
const STATES: usize = 4;
/// How large a share of deleted products makes a segment worth merging.
const DELETED: f32 = 0.2;
const ROWS: &str = "rows";
const SALES: &str = "sales";
const VERSION: &str = "version.json";

impl Generation {
    /// Makes or opens the files for writing. Answers the products whose words may have been lost with the last process.
    pub(crate) fn write(
        folder: &Path,
        settings: &SearchSettings,
        today: i64,
    ) -> Result<(Self, Vec<ProductId>), IndexError> {
        fs::create_dir_all(folder)?;
        let version = folder.join(VERSION);
        if !version.exists() {
            fs::write(&version, schema::version(settings).to_string())?;
        }
        let index = Index::builder()
            .schema(schema::schema(settings))
            .open_or_create(tantivy::directory::MmapDirectory::open(folder).map_err(TantivyError::from)?)?;
        let fields = Fields::of(&index, settings)?;
        let tantivy = writer(&index, folder, settings)?;
        let (committed, progress) = committed(&index)?;
        let columns = Columns::new(settings.markets.len());
        let (rows, lost) = Rows::open(&folder.join(ROWS), &columns, committed)?;
        let sales = Sales::open(&folder.join(SALES), today)?;
        let writer = Writer { tantivy, settings: settings.clone(), waiting: None, progress };
        let writing =
            Writing { writer: Mutex::new(writer), sales: Mutex::new(sales), rows: Mutex::new(rows) };
        let generation = Self::new(folder, index, fields, columns, Role::Writes(Box::new(writing)))?;
        generation.count_sales_anew()?;
        Ok((generation, lost))
    }

    /// Opens the files that another process writes.
    pub(crate) fn follow(folder: &Path, settings: &SearchSettings) -> Result<Self, IndexError> {
        let index = Index::open_in_dir(folder)?;
        let fields = Fields::of(&index, settings)?;
        let columns = Columns::new(settings.markets.len());
        let following = Following { tail: Tail::new(&folder.join(ROWS)), versions: HashMap::new() };
        let role = Role::Follows(Mutex::new(following));
        let generation = Self::new(folder, index, fields, columns, role)?;
        generation.catch_up()?;
        Ok(generation)
    }

    /// Whether these files are of these settings and of this version of the crate.
    pub(crate) fn fits(folder: &Path, settings: &SearchSettings) -> bool {
        let written = fs::read(folder.join(VERSION)).ok();
        let written = written.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        written == Some(schema::version(settings))
    }

    fn new(
        folder: &Path,
        index: Index,
        fields: Fields,
        columns: Columns,
        role: Role,
    ) -> Result<Self, IndexError> {
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let (states, stamp) = (Mutex::default(), AtomicU64::new(0));
        Ok(Self { folder: folder.into(), fields, columns, index, reader, states, stamp, role })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn stamp(&self) -> u64 {
        self.stamp.load(Ordering::Acquire)
    }

    /// The committed words, as they are now.
    pub(crate) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// The state with this number, if it is still kept; else the latest, which is kept from now on.
    pub(crate) fn state(&self, number: Option<u64>) -> tantivy::Result<State> {
        let mut states = lock(&self.states);
        let id = |searcher: &Searcher| searcher.generation().generation_id();
        if let Some(kept) = states.iter().find(|state| Some(id(&state.searcher)) == number) {
            return Ok(kept.clone());
        }
        let searcher = self.searcher();
        if let Some(latest) = states.back().filter(|last| id(&last.searcher) == id(&searcher)) {
            return Ok(latest.clone());
        }
        let readers = searcher.segment_readers().iter();
        let slots = readers.map(|reader| reader.fast_fields().u64("slot"));
        let latest = State { slots: slots.collect::<tantivy::Result<_>>()?, searcher };
        states.push_back(latest.clone());
        if states.len() > STATES {
            states.pop_front();
        }
        Ok(latest)
    }

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

    /// Notes what an order sold, or no longer sells; the numbers can be found at once.
    pub(crate) fn sell(&self, sale: Sale, today: i64) -> Result<(), IndexError> {
        let writing = self.writing()?;
        let (file, changed) = {
            let mut sales = lock(&writing.sales);
            let changed = sales.note(sale, today)?;
            (sales.handle()?, changed)
        };
        self.count_sales(&changed)?;
        Ok(file.sync_data()?)
    }

    /// Forgets sales that are over.
    pub(crate) fn forget_sales(&self, today: i64) -> Result<(), IndexError> {
        let changed = lock(&self.writing()?.sales).forget(today);
        self.count_sales(&changed)
    }

    /// Sales may have ended while nobody looked.
    fn count_sales_anew(&self) -> Result<(), IndexError> {
        let products: Vec<ProductId> = lock(&self.writing()?.rows).by_product.keys().copied().collect();
        self.count_sales(&products)
    }

    fn count_sales(&self, products: &[ProductId]) -> Result<(), IndexError> {
        let writing = self.writing()?;
        let sales = lock(&writing.sales);
        let mut rows = lock(&writing.rows);
        let mut records = Vec::new();
        for product in products {
            let Some(slot) = rows.by_product.get(product).copied() else { continue };
            let (numbers, before) = self.columns.numbers(slot);
            let sold = sales.sold(*product);
            if sold == before {
                continue;
            }
            let row = rows.again(slot, *product, numbers, sold);
            self.columns.set(&row);
            records.push(row.encode());
        }
        if !records.is_empty() {
            self.stamp.fetch_add(1, Ordering::AcqRel);
            rows.frames.append(&records)?;
        }
        Ok(())
    }

    /// The version of a product that is known here, and whether searches find it so.
    pub(crate) fn version(&self, product: ProductId) -> Result<(u64, bool), IndexError> {
        match &self.role {
            Role::Writes(writing) => {
                let rows = lock(&writing.rows);
                let slot = rows.by_product.get(&product).copied();
                let version = slot.and_then(|slot| place(&rows.written, slot)).map_or(0, |row| row.version);
                Ok((version, !rows.uncommitted.contains_key(&product)))
            }
            Role::Follows(following) => {
                let (committed, _) = committed(&self.index)?;
                let known = lock(following).versions.get(&product).copied();
                Ok(known.map_or((0, true), |(version, words)| (version, words <= committed)))
            }
        }
    }

    /// The committed document of a product, as it was indexed; more than one would be a mistake.
    pub(crate) fn documents(&self, product: ProductId) -> Result<Vec<Document>, IndexError> {
        let Some(slot) = self.columns.slot(product) else { return Ok(Vec::new()) };
        let searcher = self.searcher();
        let query = TermQuery::new(self.fields.term(slot), IndexRecordOption::Basic);
        let mut documents = Vec::new();
        for address in searcher.search(&query, &DocSetCollector)? {
            let stored: TantivyDocument = searcher.doc(address)?;
            let bytes = stored.get_first(self.fields.stored).and_then(|value| value.as_bytes());
            documents.push(serde_json::from_slice(bytes.unwrap_or_default())?);
        }
        Ok(documents)
    }

    /// The products whose kits are made of these SKUs, as far as their words are committed.
    pub(crate) fn made_of(&self, parts: &[Sku]) -> Result<Vec<ProductId>, IndexError> {
        let terms = parts.iter().map(|part| Term::from_field_text(self.fields.part, part.as_str()));
        let (searcher, view) = (self.searcher(), self.columns.view());
        let mut products = Vec::new();
        for address in searcher.search(&TermSetQuery::new(terms), &DocSetCollector)? {
            let slots = searcher.segment_reader(address.segment_ord).fast_fields().u64("slot")?;
            let slot = slots.first(address.doc_id).and_then(|slot| u32::try_from(slot).ok());
            products.extend(slot.map(|slot| view.product(slot)));
        }
        Ok(products)
    }

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

    fn commit_with(&self, writer: &mut Writer, writing: &Writing) -> Result<(), IndexError> {
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

    fn writing(&self) -> Result<&Writing, IndexError> {
        match &self.role {
            Role::Writes(writing) => Ok(writing),
            Role::Follows(_) => Err(IndexError::ReadOnly),
        }
    }
}

fn writer(
    index: &Index,
    folder: &Path,
    settings: &SearchSettings,
) -> Result<IndexWriter<TantivyDocument>, IndexError> {
    let threads = settings.indexing_threads.max(1);
    let memory = settings.indexing_memory.max(15_000_000).saturating_mul(threads);
    let writer = index.writer_with_num_threads(threads, memory).map_err(|error| match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => {
            IndexError::AnotherWriter { folder: folder.into() }
        }
        other => other.into(),
    })?;
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

/// Up to which row the words are committed, and how far a rebuild had come then.
fn committed(index: &Index) -> Result<(u64, Option<ProductId>), IndexError> {
    let Some(payload) = index.load_metas()?.payload else { return Ok((0, None)) };
    let payload: Value = serde_json::from_str(&payload)?;
    let after = payload["after"].as_str().and_then(|id| id.parse().ok());
    Ok((payload["rows"].as_u64().unwrap_or_default(), after))
}

/// What a panic left behind is still whole: every lock is held for single steps that cannot fail half-way.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generation").field("folder", &self.folder).finish_non_exhaustive()
    }
}
