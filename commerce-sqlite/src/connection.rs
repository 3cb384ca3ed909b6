use std::{path::Path, thread, time::Duration};

use rusqlite::{Connection, OpenFlags, Result};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Makes the file if it is not there, and its tables.
    Migrating,
    Writing,
    Reading,
}

/// How often a connection asks for a lock that another process has, about once a millisecond.
const TRIES: i32 = 10_000;
/// Statements that stay prepared; there are fewer.
const STATEMENTS: usize = 128;

/// Opens a connection that waits for other processes, and whose commits survive a power cut.
pub(crate) fn open(path: &Path, purpose: Use) -> Result<Connection> {
    let create = match purpose {
        Use::Migrating => OpenFlags::SQLITE_OPEN_CREATE,
        Use::Writing | Use::Reading => OpenFlags::empty(),
    };
    // Each connection stays on one thread, and a path is a path, whatever it looks like.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_the_lock))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A checkpoint costs two waits for the disk: every 4,000 pages instead of every 1,000.
    connection.execute_batch(
        "pragma synchronous = full; pragma foreign_keys = off; pragma trusted_schema = off;
         pragma wal_autocheckpoint = 4000;",
    )?;
    match purpose {
        Use::Migrating => {}
        Use::Writing => connection.execute_batch("pragma cache_size = -65536")?,
        Use::Reading => connection.execute_batch("pragma cache_size = -8192; pragma query_only = on")?,
    }
    Ok(connection)
}

/// Even and short, not longer with each try: whoever waits for a busy writer must hit the gap between two of its
/// transactions.
fn wait_for_the_lock(tries: i32) -> bool {
    thread::sleep(Duration::from_millis(1));
    tries < TRIES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_waits_for_the_disk() {
        let path = std::env::temp_dir().join(format!("commerce-sqlite-connection-{}.db", std::process::id()));
        crate::migrate(&path).unwrap();
        for purpose in [Use::Migrating, Use::Writing, Use::Reading] {
            let connection = open(&path, purpose).unwrap();
            let setting = |name: &str| -> String {
                let asked = format!("select {name} || '' from pragma_{name}");
                connection.query_row(&asked, (), |row| row.get(0)).unwrap()
            };
            assert_eq!(["synchronous", "journal_mode", "foreign_keys"].map(setting), ["2", "wal", "0"]);
        }
        std::fs::remove_file(&path).unwrap();
    }
}
