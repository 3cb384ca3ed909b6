//! Where the shop is kept: in a file that survives a restart, or in memory.

use std::{path::PathBuf, str::FromStr, sync::Arc};

use commerce_kit::{
    memory::{MemoryCarts, MemoryStore},
    sqlite::{OpenError, SqliteOptions, SqliteStore, migrate},
    storage::{CartStore, Store},
};

/// Where the shop is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// Nowhere: every start is the first day.
    Memory,
    /// In this SQLite file.
    Sqlite(PathBuf),
}

/// What was given names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownDatabase;

/// The ports behind which a shop is kept.
pub type Ports = (Arc<dyn Store>, Arc<dyn CartStore>);

impl Database {
    /// Opens it, with tables that are up to date. A shop in one file has one program that may do that.
    ///
    /// # Errors
    /// When the file cannot be opened, is no shop, or is one of a newer version.
    pub fn open(&self) -> Result<Ports, OpenError> {
        match self {
            Self::Memory => Ok((Arc::new(MemoryStore::new()), Arc::new(MemoryCarts::new()))),
            Self::Sqlite(path) => {
                migrate(path)?;
                let store = SqliteStore::connect(path, SqliteOptions::default())?;
                let carts = Arc::new(store.carts());
                Ok((Arc::new(store), carts))
            }
        }
    }
}

impl FromStr for Database {
    type Err = UnknownDatabase;

    fn from_str(text: &str) -> Result<Self, UnknownDatabase> {
        match text.strip_prefix("sqlite://") {
            _ if text == "memory" => Ok(Self::Memory),
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(UnknownDatabase),
        }
    }
}

impl std::fmt::Display for UnknownDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a database is sqlite://FILE or memory")
    }
}

impl std::error::Error for UnknownDatabase {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_memory() {
        assert_eq!("memory".parse(), Ok(Database::Memory));
        assert_eq!("sqlite://a/b.db".parse(), Ok(Database::Sqlite("a/b.db".into())));
        assert_eq!("sqlite:///a.db".parse(), Ok(Database::Sqlite("/a.db".into())));
        for unknown in ["", "sqlite://", "sqlite", "postgres://shop", "Memory"] {
            assert_eq!(unknown.parse::<Database>(), Err(UnknownDatabase), "{unknown:?}");
        }
    }
}
