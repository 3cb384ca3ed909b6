use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};

use crate::{
    connection::{self, Use},
    error::{OpenError, is_busy},
};

/// What was done to the tables, in order. Only ever added to: a shop out there has run the older ones.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "shop", sql: include_str!("../migrations/0001_shop.sql") },
    Migration { version: 2, name: "retention", sql: include_str!("../migrations/0002_retention.sql") },
    Migration { version: 3, name: "catalog", sql: include_str!("../migrations/0003_catalog.sql") },
    Migration {
        version: 4,
        name: "fewer indexes",
        sql: include_str!("../migrations/0004_fewer_indexes.sql"),
    },
];

const KNOWN: u32 = MIGRATIONS[MIGRATIONS.len() - 1].version;

pub(crate) struct Migration {
    version: u32,
    name: &'static str,
    pub(crate) sql: &'static str,
}

/// Makes the tables of a shop in this file, or brings them up to date; the file is made if it is not there.
///
/// What was run is noted in a table of its own, `commerce_migrations`, so the host may keep notes of its own
/// migrations in the same file. Any number of processes may call this at once.
///
/// # Errors
/// [`OpenError::Newer`] when a newer version was here; [`OpenError::Database`] when the database fails. Nothing has
/// changed then.
pub fn migrate(path: impl AsRef<Path>) -> Result<(), OpenError> {
    let mut connection = connection::open(path.as_ref(), Use::Migrating)?;
    write_ahead(&connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "create table if not exists commerce_migrations (
             version integer not null primary key,
             name    text    not null,
             run_at  text    not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
         ) strict",
    )?;
    let found = last_run(&transaction)?.unwrap_or_default();
    if found > KNOWN {
        return Err(OpenError::Newer { found, known: KNOWN });
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "insert into commerce_migrations (version, name) values (?1, ?2)",
            (migration.version, migration.name),
        )?;
    }
    transaction.commit()?;
    Ok(())
}

/// Opens a connection to a shop that is up to date.
pub(crate) fn open_migrated(path: &Path, purpose: Use) -> Result<Connection, OpenError> {
    let missing = || OpenError::NotMigrated { path: path.into() };
    let connection = connection::open(path, purpose).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => missing(),
        _ => error.into(),
    })?;
    match last_run(&connection)? {
        None => Err(missing()),
        Some(found) if found < KNOWN => Err(OpenError::Outdated { found, known: KNOWN }),
        Some(found) if found > KNOWN => Err(OpenError::Newer { found, known: KNOWN }),
        Some(_) => Ok(connection),
    }
}

/// Readers never wait for the writer from now on; the file remembers. Two processes that do this at once are told
/// that the file is busy without being made to wait, so we do.
fn write_ahead(connection: &Connection) -> Result<(), OpenError> {
    for _ in 0..1_000 {
        match connection.execute_batch("pragma journal_mode = wal") {
            Err(error) if is_busy(&error) => std::thread::sleep(std::time::Duration::from_millis(5)),
            done => return Ok(done?),
        }
    }
    Ok(connection.execute_batch("pragma journal_mode = wal")?)
}

fn last_run(connection: &Connection) -> Result<Option<u32>, OpenError> {
    let noted = "select 1 from sqlite_schema where name = 'commerce_migrations'";
    if connection.query_row(noted, (), |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    Ok(connection.query_row("select max(version) from commerce_migrations", (), |row| row.get(0))?)
}
