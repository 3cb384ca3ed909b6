mod changes;
mod commits;
mod sold;

mod following;
mod known;
mod states;

pub(crate) use states::State;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use commerce_core::domain::ids::ProductId;
use serde_json::Value;
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher, TantivyError};

use super::{
    columns::Columns,
    rows::Rows,
    sales::Sales,
    schema::{self, Fields},
};
use crate::{error::IndexError, settings::SearchSettings};
use commits::{Writer, committed};
use following::Following;
use states::States;

/// One set of files: the words in tantivy, the numbers in columns and in a file beside it. A rebuild makes another.
pub(crate) struct Generation {
    folder: PathBuf,
    pub(crate) fields: Fields,
    pub(crate) columns: Columns,
    index: Index,
    reader: IndexReader,
    states: Mutex<States>,
    /// Rises with every change that an answer may show.
    stamp: AtomicU64,
    role: Role,
}

enum Role {
    Writes(Box<Writing>),
    Follows(Mutex<Following>),
}

/// Locked in the order of its fields, never the other way round.
struct Writing {
    writer: Mutex<Writer>,
    sales: Mutex<Sales>,
    rows: Mutex<Rows>,
}

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
        let (committed, progress) = committed(&index)?;
        let columns = Columns::new(settings.markets.len());
        let (rows, lost) = Rows::open(&folder.join(ROWS), &columns, committed)?;
        let sales = Sales::open(&folder.join(SALES), today)?;
        let writer = Writer::open(&index, folder, settings, progress)?;
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
        let role = Role::Follows(Mutex::new(Following::new(&folder.join(ROWS))));
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

    fn writing(&self) -> Result<&Writing, IndexError> {
        match &self.role {
            Role::Writes(writing) => Ok(writing),
            Role::Follows(_) => Err(IndexError::ReadOnly),
        }
    }
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
