use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use crate::{
    error::OpenError,
    options::{PostgresOptions, Weakness},
    pool::{connect, server},
};

/// What was done to the tables, in order. Only ever added to: a shop out there has run the older ones.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "shop", sql: include_str!("../migrations/0001_shop.sql") },
    Migration { version: 2, name: "catalog", sql: include_str!("../migrations/0002_catalog.sql") },
    Migration {
        version: 3,
        name: "fewer index entries",
        sql: include_str!("../migrations/0003_fewer_index_entries.sql"),
    },
];

const KNOWN: u32 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Whoever migrates holds the lock with this number: the digits are the letters of `commerce`.
const LOCK: i64 = 0x636f_6d6d_6572_6365;

struct Migration {
    version: u32,
    name: &'static str,
    sql: &'static str,
}

/// Makes the tables of a shop in this database, or brings them up to date; with
/// [`PostgresOptions::with_schema`], in that schema, which is made if it is not there.
///
/// What was run is noted in a table of its own, `commerce_migrations`, so the host may keep notes of its own
/// migrations in the same database. Any number of processes may call this at once.
///
/// # Errors
/// [`OpenError::Newer`] when a newer version was here; [`OpenError::Database`] when the database fails. Nothing has
/// changed then.
pub async fn migrate(url: &str, options: &PostgresOptions) -> Result<(), OpenError> {
    let mut connection = connect(&server(url)?, options.schema.as_deref()).await?;
    let migrated = migrate_over(&mut connection, options).await;
    // The server notices by itself when it is not told.
    drop(connection.close().await);
    migrated
}

async fn migrate_over(connection: &mut PgConnection, options: &PostgresOptions) -> Result<(), OpenError> {
    // Others may be migrating for longer than a statement may wait.
    connection.execute("set lock_timeout = 0; set statement_timeout = 0").await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    if let Some(schema) = &options.schema {
        let quoted: String =
            sqlx::query_scalar("select quote_ident($1)").bind(schema).fetch_one(&mut *transaction).await?;
        let make = format!("create schema if not exists {quoted}");
        transaction.execute(sqlx::AssertSqlSafe(make)).await?;
    }
    let found = last_run(&mut transaction, options).await?.unwrap_or_default();
    if found > KNOWN {
        return Err(OpenError::Newer { found, known: KNOWN });
    }
    transaction
        .execute(
            "create table if not exists commerce_migrations (
                 version bigint      not null primary key,
                 name    text        not null,
                 run_at  timestamptz not null default now()
             )",
        )
        .await?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > found) {
        transaction.execute(migration.sql).await?;
        let note = sqlx::query("insert into commerce_migrations (version, name) values ($1, $2)");
        note.bind(i64::from(migration.version)).bind(migration.name).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// Whether the shop is up to date and the server keeps what it acknowledges.
pub(crate) async fn check(connection: &mut PgConnection, options: &PostgresOptions) -> Result<(), OpenError> {
    let asked = "select pg_is_in_recovery(), current_setting('server_encoding'), current_setting('fsync'),
        current_setting('full_page_writes')";
    let server = sqlx::query(asked).fetch_one(&mut *connection).await?;
    if server.try_get(0)? {
        return Err(OpenError::Replica);
    }
    let encoding: String = server.try_get(1)?;
    if encoding != "UTF8" {
        return Err(OpenError::Encoding(encoding));
    }
    for (column, weakness) in [(2, Weakness::FsyncOff), (3, Weakness::FullPageWritesOff)] {
        let is_off = server.try_get::<String, _>(column)? == "off";
        if is_off && !options.allowed.contains(&weakness) {
            return Err(OpenError::NotDurable(weakness));
        } else if is_off {
            tracing::warn!(%weakness, "the shop may lose what it has acknowledged");
        }
    }
    match last_run(connection, options).await? {
        None => Err(OpenError::NotMigrated),
        Some(found) if found < KNOWN => Err(OpenError::Outdated { found, known: KNOWN }),
        Some(found) if found > KNOWN => Err(OpenError::Newer { found, known: KNOWN }),
        Some(_) => Ok(()),
    }
}

async fn last_run(
    connection: &mut PgConnection,
    options: &PostgresOptions,
) -> Result<Option<u32>, OpenError> {
    // Where the tables are or shall be; another schema on the path may have another shop.
    let noted = sqlx::query_scalar(
        "select exists (select 1 from pg_tables
         where schemaname = coalesce($1, current_schema()) and tablename = 'commerce_migrations')",
    );
    if !noted.bind(&options.schema).fetch_one(&mut *connection).await? {
        return Ok(None);
    }
    let last: Option<i64> =
        sqlx::query_scalar("select max(version) from commerce_migrations").fetch_one(connection).await?;
    last.map(u32::try_from).transpose().map_err(|error| OpenError::Database(error.into()))
}
