use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use crate::{connection::Use, error::OpenError, migrate::open_migrated};

/// Why there is no backup. Nothing of the name that was asked for is left behind, but what was there before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is this file already, of that name or what SQLite would take for a part of it; it was left as it is:
    /// choose another name.
    #[error("{} is there already: choose another name", path.display())]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// The shop cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy could not be written or read again: look at the disk, and try once more.
    #[error("the copy could not be made")]
    Copy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The copy was made and is damaged, most likely as the shop itself is: look at that, and keep older backups.
    #[error("the copy is damaged: {found}")]
    Damaged {
        /// What SQLite found first.
        found: String,
    },
}

/// Copies the shop in a file to a file that is not there yet, while other processes read and write it.
///
/// The copy is the shop of a single moment, with its carts and whatever else the host keeps in the file. It is whole,
/// checked, and on the disk when this returns; until then nothing of that name can be taken for a shop. A process that
/// is killed on the way leaves an empty file of that name and `FILE.partial` beside it: remove both.
///
/// Waits for the disk, about as long as it takes to write and read a file of that size; nobody waits for it. Meanwhile
/// the shop's write-ahead log only grows.
///
/// ```
/// use commerce_sqlite::{backup, migrate};
///
/// # let folder = std::env::temp_dir().join(format!("commerce-sqlite-backup-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let (path, copy) = (folder.join("shop.db"), folder.join("copy.db"));
/// migrate(&path)?;
/// backup(&path, &copy)?;
/// assert!(backup(&path, &copy).is_err(), "what is there is never written over");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As the arms of [`BackupError`] say.
pub fn backup(from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), BackupError> {
    let to = to.as_ref();
    let shop = open_migrated(from.as_ref(), Use::Reading)?;
    reserve_name(to)?;
    let partial = beside(to, ".partial");
    let published = copy(&shop, &partial).and_then(|()| publish(&partial, to));
    if published.is_err() {
        // What cannot be removed is empty, or has a name that says what it is.
        drop((fs::remove_file(&partial), fs::remove_file(to)));
    }
    published
}

/// Takes the name with an empty file, which the copy replaces once it is whole: of two that want it, one gets it.
fn reserve_name(to: &Path) -> Result<(), BackupError> {
    // What a shop of that name has left beside it would be taken for the latest writes of the copy.
    for ending in ["", "-wal", "-journal"] {
        let path = beside(to, ending);
        if path.exists() {
            return Err(BackupError::Exists { path });
        }
    }
    match File::create_new(to) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Exists { path: to.into() })
        }
        Err(error) => Err(error.into()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// All pages in one step, and so from one moment.
fn copy(shop: &Connection, partial: &Path) -> Result<(), BackupError> {
    // The name is ours, so this is what a backup that was killed has left.
    if partial.exists() {
        fs::remove_file(partial)?;
    }
    let mut copy = Connection::open(partial)?;
    let step = Backup::new(shop, &mut copy)?.step(-1)?;
    if step != StepResult::Done {
        return Err(BackupError::Copy(format!("the shop could not be read: {step:?}").into()));
    }
    let found: String = copy.query_row("pragma quick_check(1)", (), |row| row.get(0))?;
    if found != "ok" {
        return Err(BackupError::Damaged { found });
    }
    copy.close().map_err(|(_, error)| error.into())
}

/// First the content has to be on the disk, then the name.
fn publish(partial: &Path, to: &Path) -> Result<(), BackupError> {
    File::options().write(true).open(partial)?.sync_all()?;
    fs::rename(partial, to)?;
    // Outside Unix a folder cannot be opened, and a renamed file keeps its name by itself.
    #[cfg(unix)]
    File::open(folder(to))?.sync_all()?;
    Ok(())
}

#[cfg(unix)]
fn folder(of: &Path) -> &Path {
    of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Copy(error.into())
    }
}

impl From<io::Error> for BackupError {
    fn from(error: io::Error) -> Self {
        Self::Copy(error.into())
    }
}
