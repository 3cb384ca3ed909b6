//! The folders of an index: one for each generation, `g1`, `g2` and so on, and a file that names the one in use.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The file with the name of the folder in use.
pub(crate) const CURRENT: &str = "current";

/// The folder that is in use.
pub(crate) fn current(folder: &Path) -> io::Result<Option<PathBuf>> {
    match fs::read_to_string(folder.join(CURRENT)) {
        Ok(name) => Ok(Some(folder.join(name.trim()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The numbers of the generations in this folder, in their order.
pub(crate) fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder)? {
        numbers.extend(number_of(&entry?.path()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

pub(crate) fn number_of(folder: &Path) -> Option<u64> {
    folder.file_name()?.to_str()?.strip_prefix('g')?.parse().ok()
}

pub(crate) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("g{number}"))
}
