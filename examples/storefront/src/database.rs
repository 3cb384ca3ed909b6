//! Where the shop is kept: in a file that survives a restart, in PostgreSQL, or in memory.

use std::{
    error::Error,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use commerce_kit::{
    memory::{MemoryCarts, MemoryStore},
    postgres::{self, PostgresOptions, PostgresStore},
    sqlite::{self, SqliteOptions, SqliteStore},
    storage::{CartStore, Store},
};

/// Where the shop is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// Nowhere: every start is the first day.
    Memory,
    /// In this SQLite file.
    Sqlite(PathBuf),
    /// In the PostgreSQL database at this URL, which may have a password in it.
    Postgres(String),
}

/// What was given names no database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownDatabase;

/// Why something cannot be done with a shop where it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// A shop in memory is seen by its own process alone.
    InMemory,
    /// PostgreSQL has tools of its own that copy a database.
    OnAServer,
}

/// The ports behind which a shop is kept.
pub type Ports = (Arc<dyn Store>, Arc<dyn CartStore>);

impl Database {
    /// Opens it, with tables that are up to date. A shop with one program to itself may do that.
    ///
    /// # Errors
    /// When the database cannot be opened, is no shop, or is one of a newer version.
    pub async fn open(&self) -> Result<Ports, Box<dyn Error + Send + Sync>> {
        self.migrate().await?;
        match self {
            Self::Memory => Ok((Arc::new(MemoryStore::new()), Arc::new(MemoryCarts::new()))),
            Self::Sqlite(path) => {
                let store = SqliteStore::connect(path, SqliteOptions::default())?;
                let carts = Arc::new(store.carts());
                Ok((Arc::new(store), carts))
            }
            Self::Postgres(url) => {
                let store = PostgresStore::connect(url, options()).await?;
                let carts = Arc::new(store.carts());
                Ok((Arc::new(store), carts))
            }
        }
    }

    /// Where the search index of a shop in a file is kept: beside it.
    pub fn index_folder(&self) -> Option<PathBuf> {
        match self {
            Self::Sqlite(path) => Some(path.with_extension("search")),
            Self::Memory | Self::Postgres(_) => None,
        }
    }

    /// Makes its tables, or brings them up to date.
    ///
    /// # Errors
    /// When the database cannot be opened, is no shop, or is one of a newer version.
    pub async fn migrate(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self {
            Self::Memory => {}
            Self::Sqlite(path) => sqlite::migrate(path)?,
            Self::Postgres(url) => postgres::migrate(url, &options()).await?,
        }
        Ok(())
    }

    /// The shop of this moment, to look at while others sell.
    ///
    /// # Errors
    /// [`Elsewhere::InMemory`]; and when the database cannot be opened, or has no shop of this version.
    pub async fn snapshot(&self) -> Result<Arc<dyn Store>, Box<dyn Error + Send + Sync>> {
        match self {
            Self::Memory => Err(Elsewhere::InMemory.into()),
            Self::Sqlite(path) => Ok(Arc::new(SqliteStore::snapshot(path, SqliteOptions::default())?)),
            Self::Postgres(url) => Ok(Arc::new(PostgresStore::snapshot(url, options()).await?)),
        }
    }

    /// Copies the shop of one moment to a file that is not there yet. Waits for the disk.
    ///
    /// # Errors
    /// [`Elsewhere`], unless the shop is kept in a file; and when the copy cannot be made.
    pub fn backup(&self, file: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
        match self {
            Self::Memory => Err(Elsewhere::InMemory.into()),
            Self::Sqlite(path) => Ok(sqlite::backup(path, file)?),
            Self::Postgres(_) => Err(Elsewhere::OnAServer.into()),
        }
    }
}

/// Others may keep tables in the same database.
fn options() -> PostgresOptions {
    PostgresOptions::default().with_schema("commerce")
}

impl FromStr for Database {
    type Err = UnknownDatabase;

    fn from_str(text: &str) -> Result<Self, UnknownDatabase> {
        match text.strip_prefix("sqlite://") {
            _ if text == "memory" => Ok(Self::Memory),
            _ if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) => {
                Ok(Self::Postgres(text.to_owned()))
            }
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err(UnknownDatabase),
        }
    }
}

/// Never shows a password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::Sqlite(path) => write!(f, "Sqlite({path:?})"),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

impl std::fmt::Display for UnknownDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a database is sqlite://FILE, postgres://USER@HOST/DATABASE or memory")
    }
}

impl Error for UnknownDatabase {}

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InMemory => "a shop in memory is seen by its own process alone: name another with --database",
            Self::OnAServer => {
                "a shop in PostgreSQL is copied by PostgreSQL's own tools: pg_dump while it sells, or pg_basebackup \
                 with archived WAL to lose nothing"
            }
        })
    }
}

impl Error for Elsewhere {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_memory() {
        assert_eq!("memory".parse(), Ok(Database::Memory));
        assert_eq!("sqlite://a/b.db".parse(), Ok(Database::Sqlite("a/b.db".into())));
        assert_eq!("sqlite:///a.db".parse(), Ok(Database::Sqlite("/a.db".into())));
        let shop = "postgres://a:secret@b/shop";
        assert_eq!(shop.parse(), Ok(Database::Postgres(shop.into())));
        assert_eq!(format!("{:?}", shop.parse::<Database>()), "Ok(Postgres)");
        for unknown in ["", "sqlite://", "sqlite", "mysql://shop", "Memory"] {
            assert_eq!(unknown.parse::<Database>(), Err(UnknownDatabase), "{unknown:?}");
        }
    }

    #[tokio::test]
    async fn a_shop_that_is_in_no_file_says_who_copies_it_and_who_can_look() {
        let elsewhere = |error: Box<dyn Error + Send + Sync>| error.downcast_ref::<Elsewhere>().copied();
        let server = Database::Postgres("postgres://a@b/shop".into());
        let copied = server.backup("shop.db".as_ref()).unwrap_err();
        assert!(copied.to_string().contains("pg_dump"), "{copied}");
        assert_eq!(elsewhere(copied), Some(Elsewhere::OnAServer));
        assert_eq!(
            elsewhere(Database::Memory.backup("shop.db".as_ref()).unwrap_err()),
            Some(Elsewhere::InMemory)
        );
        assert_eq!(elsewhere(Database::Memory.snapshot().await.unwrap_err()), Some(Elsewhere::InMemory));
    }
}
