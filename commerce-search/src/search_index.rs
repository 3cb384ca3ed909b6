use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock, Weak, mpsc},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use commerce_core::domain::ids::ProductId;

use crate::{
    answer::Values,
    curation::{Curation, Curations},
    document::Entry,
    error::IndexError,
    folders::{current, number_of, numbers, path},
    index::{Durability, Generation, Noted, Sale, day, lock},
    settings::SearchSettings,
    synonyms::Synonyms,
};

/// A search index in a folder. It knows words and numbers, and nothing of a store: [`StoreSearch`](crate::StoreSearch)
/// feeds one from a shop.
///
/// One process [opens](Self::open) it and writes; any number of others [follow](Self::follow). Whatever was
/// [put](Self::put) is on the disk; words are found after the next commit, numbers at once.
pub struct SearchIndex {
    pub(crate) folder: PathBuf,
    pub(crate) settings: SearchSettings,
    pub(crate) current: RwLock<Option<Arc<Generation>>>,
    /// What a rebuild has made so far; it is told of every change too.
    pub(crate) building: Mutex<Option<Arc<Generation>>>,
    /// The products whose words may have been lost with the last process.
    lost: Mutex<Vec<ProductId>>,
    curations: RwLock<Arc<Curations>>,
    pub(crate) synonyms: Synonyms,
    pub(crate) values: Values,
    /// When this process last looked what the one that writes has written.
    caught_up: Mutex<Option<Instant>>,
    writer: Option<WriterLock>,
}

/// Held for as long as this process writes; the system gives it back however the process ends.
struct WriterLock {
    _file: File,
    /// Its end tells the thread that commits.
    _committer: mpsc::Sender<()>,
}

/// How often a process that follows looks for news.
const CATCH_UP: Duration = Duration::from_millis(50);
const LOCK: &str = "writer.lock";

impl SearchIndex {
    /// Opens the index to write it; makes the folder if it is not there. `now` says which sales still count.
    ///
    /// An index of other settings, or of another version of this crate, is not opened: build it anew.
    ///
    /// # Errors
    /// [`IndexError::AnotherWriter`] while another process writes it.
    pub fn open(
        folder: impl Into<PathBuf>,
        settings: SearchSettings,
        now: DateTime<Utc>,
    ) -> Result<Arc<Self>, IndexError> {
        let folder = folder.into();
        fs::create_dir_all(&folder)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(LOCK))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => IndexError::AnotherWriter { folder: folder.clone() },
            TryLockError::Error(error) => error.into(),
        })?;
        let (committer, stopped) = mpsc::channel();
        let mut index = Self::new(folder, settings);
        index.writer = Some(WriterLock { _file: file, _committer: committer });
        index.open_files(now)?;
        let index = Arc::new(index);
        let weak = Arc::downgrade(&index);
        let pause = index.settings.commit_after / 4;
        thread::Builder::new().name("search-commits".into()).spawn(move || {
            while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                commit_what_is_due(&weak);
            }
        })?;
        Ok(index)
    }

    /// Opens the index to search in it, while another process may write it. Changes of that process are found within
    /// moments.
    ///
    /// # Errors
    /// When files cannot be read. That there is no index yet is none: it is found when it is built.
    pub fn follow(folder: impl Into<PathBuf>, settings: SearchSettings) -> Result<Arc<Self>, IndexError> {
        let index = Self::new(folder.into(), settings);
        index.catch_up()?;
        Ok(Arc::new(index))
    }

    /// Takes in what products have become. Older versions than those that are known are passed over.
    ///
    /// # Errors
    /// [`IndexError::ReadOnly`] in a process that follows, [`IndexError::NotBuilt`] before the first build has begun.
    pub fn put(&self, entries: Vec<Entry>) -> Result<(), IndexError> {
        self.note(entries)?.finish()
    }

    /// The same in two steps: the numbers can be found when this returns, the rest is [finished](Change::finish) later.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn note(&self, entries: Vec<Entry>) -> Result<Change, IndexError> {
        let building = lock(&self.building).clone();
        let generations: Vec<Arc<Generation>> = self.generation().ok().into_iter().chain(building).collect();
        if generations.is_empty() {
            return Err(if self.writer.is_some() { IndexError::NotBuilt } else { IndexError::ReadOnly });
        }
        let mut noted = Vec::with_capacity(generations.len());
        for generation in generations {
            let change = generation.note(entries.clone())?;
            noted.push((generation, change));
        }
        Ok(Change(noted))
    }

    /// Makes everything that was put before this call findable.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn commit(&self) -> Result<(), IndexError> {
        self.generation()?.commit()
    }

    /// Puts products first, or lifts them, for certain texts; takes the place of all rules before.
    pub fn curate(&self, rules: Vec<Curation>) {
        let mut held = self.curations.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(Curations::new(rules, held.number() + 1));
    }

    /// Whether there is an index to search in.
    pub fn is_built(&self) -> bool {
        self.generation().is_ok()
    }

    /// How many products can be found.
    ///
    /// # Errors
    /// [`IndexError::NotBuilt`] before the first build has ended.
    pub fn products(&self) -> Result<u64, IndexError> {
        Ok(self.generation()?.searcher().num_docs())
    }

    /// Changes with everything that an answer may show.
    pub(crate) fn stamp(&self) -> Result<(PathBuf, u64, u64), IndexError> {
        let generation = self.generation()?;
        Ok((generation.folder().into(), generation.stamp(), self.curations().number()))
    }

    pub(crate) fn curations(&self) -> Arc<Curations> {
        Arc::clone(&self.curations.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn generation(&self) -> Result<Arc<Generation>, IndexError> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone().ok_or(IndexError::NotBuilt)
    }

    pub(crate) fn lost(&self) -> Vec<ProductId> {
        std::mem::take(&mut *lock(&self.lost))
    }

    /// Notes what an order sold, or that it sold nothing any more.
    pub(crate) fn sell(&self, sale: &Sale, now: DateTime<Utc>) -> Result<(), IndexError> {
        let building = lock(&self.building).clone();
        for generation in building.into_iter().chain(self.generation().ok()) {
            generation.sell(sale.clone(), day(now))?;
        }
        Ok(())
    }

    /// Forgets sales of more than 30 days ago. The feed does so by itself, with the events of a new day.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn forget_sales(&self, now: DateTime<Utc>) -> Result<(), IndexError> {
        self.generation()?.forget_sales(day(now))
    }

    /// Reads what the process that writes has written since.
    pub(crate) fn catch_up(&self) -> Result<(), IndexError> {
        if self.writer.is_some() {
            return Ok(());
        }
        let Some(folder) = current(&self.folder)? else { return Ok(()) };
        let known = self.generation().ok().filter(|known| known.folder() == folder);
        match known {
            Some(known) => known.catch_up(),
            None if Generation::fits(&folder, &self.settings) => {
                let opened = Arc::new(Generation::follow(&folder, &self.settings)?);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(opened);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The same, at most every few milliseconds.
    pub(crate) fn catch_up_now_and_then(&self) -> Result<(), IndexError> {
        if self.writer.is_some() {
            return Ok(());
        }
        {
            let Ok(mut caught_up) = self.caught_up.try_lock() else { return Ok(()) };
            if caught_up.is_some_and(|at| at.elapsed() < CATCH_UP) {
                return Ok(());
            }
            *caught_up = Some(Instant::now());
        }
        self.catch_up()
    }

    pub(crate) const fn writes(&self) -> bool {
        self.writer.is_some()
    }

    fn new(folder: PathBuf, settings: SearchSettings) -> Self {
        let synonyms = Synonyms::new(&settings.synonyms);
        Self {
            folder,
            settings,
            current: RwLock::default(),
            building: Mutex::default(),
            lost: Mutex::default(),
            curations: RwLock::default(),
            synonyms,
            values: Values::default(),
            caught_up: Mutex::default(),
            writer: None,
        }
    }

    /// Opens what there is: the generation in use, and a newer one that a rebuild had begun. What is of no use any more
    /// is removed.
    fn open_files(&mut self, now: DateTime<Utc>) -> Result<(), IndexError> {
        let used = current(&self.folder)?.filter(|folder| Generation::fits(folder, &self.settings));
        for number in numbers(&self.folder)? {
            let folder = path(&self.folder, number);
            let is_used = used.as_ref() == Some(&folder);
            let is_newer = used.as_ref().is_none_or(|used| number_of(used) < Some(number));
            let goes_on = is_newer && Generation::fits(&folder, &self.settings);
            if !(is_used || goes_on) {
                fs::remove_dir_all(&folder)?;
                continue;
            }
            let (opened, lost) = Generation::write(&folder, &self.settings, day(now))?;
            lock(&self.lost).extend(lost);
            let opened = Some(Arc::new(opened));
            if is_used {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = opened;
            } else {
                *lock(&self.building) = opened;
            }
        }
        Ok(())
    }
}

/// A change that can be seen, but may be lost with the process.
#[must_use = "a change that is not finished is lost with the process"]
#[derive(Debug)]
pub struct Change(Vec<(Arc<Generation>, Noted)>);

impl Change {
    /// Puts it on the disk, and its words where the next commit finds them.
    ///
    /// # Errors
    /// When files cannot be written: put the products once more.
    pub fn finish(mut self) -> Result<(), IndexError> {
        while let Some((generation, noted)) = self.0.pop() {
            generation.finish(noted, Durability::OnDisk)?;
        }
        Ok(())
    }
}

/// Nobody waits for it any more: it was not acknowledged either, and is told again.
impl Drop for Change {
    fn drop(&mut self) {
        self.0.iter().for_each(|(generation, noted)| generation.leave_open(&noted.seqs()));
    }
}

fn commit_what_is_due(index: &Weak<SearchIndex>) {
    let Some(index) = index.upgrade() else { return };
    let Ok(generation) = index.generation() else { return };
    let due = generation.waiting_since().is_some_and(|since| since.elapsed() >= index.settings.commit_after);
    if due && let Err(error) = generation.commit() {
        tracing::error!(%error, "changes of products could not be committed; they are tried again");
    }
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SearchIndex").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use commerce_testkit::folder::Folder;

    use crate::scratch;

    #[test]
    fn a_change_that_was_given_up_half_way_is_taken_in_when_it_is_told_again() {
        let folder = Folder::new().unwrap();
        let index = scratch::index(folder.path());
        let mug = scratch::product("Mug", 100);
        drop(index.note(vec![mug.clone()]).unwrap());
        index.commit().unwrap();
        assert_eq!(index.products().unwrap(), 0);
        index.put(vec![mug]).unwrap();
        index.commit().unwrap();
        assert_eq!(index.products().unwrap(), 1);
    }
}
