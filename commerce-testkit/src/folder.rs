//! A place for the files of a test.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// A folder of its own among the temporary files, gone when this is dropped.
///
/// ```
/// use commerce_testkit::folder::Folder;
///
/// let folder = Folder::new().unwrap();
/// std::fs::write(folder.path().join("shop.db"), "").unwrap();
/// let path = folder.path().to_owned();
/// drop(folder);
/// assert!(!path.exists());
/// ```
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        let path = env::temp_dir().join(format!("commerce-test-{}", Uuid::now_v7()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays among the temporary files.
        drop(fs::remove_dir_all(&self.0));
    }
}
