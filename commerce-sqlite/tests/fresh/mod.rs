//! Files for tests, gone when the thread of the test ends.

use std::{
    cell::RefCell,
    env, fs,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use commerce_sqlite::{SqliteOptions, SqliteStore, migrate};
use commerce_testkit::environment::ThreadSpawner;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        drop(fs::remove_dir_all(&self.0));
    }
}

thread_local! {
    static FOLDERS: RefCell<Vec<Folder>> = const { RefCell::new(Vec::new()) };
}

/// A path where there is no file yet.
pub(crate) fn path() -> PathBuf {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let number = DRAWN.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("commerce-sqlite-test-{}-{number}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("shop.db");
    FOLDERS.with_borrow_mut(|folders| folders.push(Folder(folder)));
    path
}

/// The path of a shop that has nothing yet.
pub(crate) fn shop() -> PathBuf {
    let path = path();
    migrate(&path).unwrap();
    path
}

/// A store on this shop, as another process would open it.
pub(crate) fn open(path: &Path) -> SqliteStore {
    SqliteStore::connect(path, SqliteOptions::new(Arc::new(ThreadSpawner))).unwrap()
}
