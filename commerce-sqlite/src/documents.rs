use std::{fmt, sync::Arc};

use commerce_core::storage::{Expect, Page, StoreError, Version, Versioned};
use rusqlite::{Connection, OptionalExtension, Row, types::Value};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    columns::{count, document, integer, parsed, parsed_uuid, text},
    error::Failure,
};

/// A record with a version, stored as JSON beside the columns that are searched for.
pub(crate) trait Document: Serialize + DeserializeOwned + Send + Sync + 'static {
    type Id: Copy + Ord + fmt::Display + fmt::Debug + Send + 'static;

    const TABLE: Table;

    /// The values of [`Table`]'s columns, in their order.
    fn columns(&self) -> Result<Vec<Value>, StoreError>;
}

/// The statements for one table of documents. Each begins with the id, the version and the document.
pub(crate) struct Table {
    pub(crate) insert: &'static str,
    /// Writes over the version that stands in the last two parameters.
    pub(crate) update: &'static str,
    /// Takes out the version that stands in the last two parameters.
    pub(crate) remove: &'static str,
    pub(crate) version: &'static str,
    pub(crate) one: &'static str,
    pub(crate) page: &'static str,
}

/// The statements for a table, by its name, the name of its key, and its columns.
macro_rules! table {
    ($table:literal by $key:literal: $($column:literal)*) => {
        $crate::documents::Table {
            insert: concat!(
                "insert into ", $table, " (", $key, ", writes, events, document", $(", ", $column,)*
                ") values (?1, ?2, ?3, ?4", $(table!(@unnumbered $column),)* ")"
            ),
            update: concat!(
                "update ", $table, " set writes = ?2, events = ?3, document = ?4", $(", ", $column, " = ?",)*
                " where ", $key, " = ?1 and writes = ? and events = ?"
            ),
            remove: concat!("delete from ", $table, " where ", $key, " = ?1 and writes = ?2 and events = ?3"),
            version: concat!("select writes, events from ", $table, " where ", $key, " = ?1"),
            one: concat!("select writes, events, document from ", $table, " where ", $key, " = ?1"),
            page: concat!(
                "select writes, events, document from ", $table,
                " where ", $key, " > ?1 order by ", $key, " limit ?2"
            ),
        }
    };
    (@unnumbered $column:literal) => { ", ?" };
}

pub(crate) use table;

/// One record.
pub(crate) fn one<T: Document>(connection: &Connection, id: T::Id) -> Result<Option<Versioned<T>>, Failure> {
    first(connection, T::TABLE.one, &[&id.to_string()])
}

/// The first record that a statement finds.
pub(crate) fn first<T: Document>(
    connection: &Connection,
    sql: &str,
    parameters: &[&str],
) -> Result<Option<Versioned<T>>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row(parameters_of(parameters), |row| Ok(versioned(row)));
    found.optional()?.transpose()
}

/// Records by id.
pub(crate) fn page<T: Document>(
    connection: &Connection,
    page: &Page<T::Id>,
) -> Result<Vec<Versioned<T>>, Failure> {
    let mut statement = connection.prepare_cached(T::TABLE.page)?;
    let rows = statement.query((after(page), limit(page)))?;
    collect(rows, versioned)
}

/// Every record that a statement finds.
pub(crate) fn every<T: Document>(
    connection: &Connection,
    sql: &str,
    parameters: &[&str],
) -> Result<Vec<Versioned<T>>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query(parameters_of(parameters))?;
    collect(rows, versioned)
}

/// The version of a record, if it is there.
pub(crate) fn version<T: Document>(connection: &Connection, id: T::Id) -> Result<Option<Version>, Failure> {
    let mut statement = connection.prepare_cached(T::TABLE.version)?;
    let found = statement.query_row([id.to_string()], |row| Ok(version_of(row, 0))).optional()?;
    found.transpose()
}

/// A record of which the first three columns are its version and its document.
pub(crate) fn versioned<T: Document>(row: &Row<'_>) -> Result<Versioned<T>, Failure> {
    let document = row.get_ref(2)?.as_str()?;
    let value = parsed(std::any::type_name::<T>(), document)?;
    Ok(Versioned { value: Arc::new(value), version: version_of(row, 0)? })
}

/// The version in this column and the next one.
pub(crate) fn version_of(row: &Row<'_>, column: usize) -> Result<Version, Failure> {
    Ok(Version { writes: count(row.get(column)?)?, events: count(row.get(column + 1)?)? })
}

/// Makes something of each row.
pub(crate) fn collect<T>(
    mut rows: rusqlite::Rows<'_>,
    make: impl Fn(&Row<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut made = Vec::new();
    while let Some(row) = rows.next()? {
        made.push(make(row)?);
    }
    Ok(made)
}

/// The text after which a page of ids begins: before every id there is nothing.
pub(crate) fn after<K: fmt::Display>(page: &Page<K>) -> String {
    page.after.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The most rows of a page.
pub(crate) fn limit<K>(page: &Page<K>) -> i64 {
    rows_up_to(page.limit.min(Page::<K>::LIMIT))
}

/// A limit as the database counts.
pub(crate) fn rows_up_to(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The UUID in a column of text.
pub(crate) fn uuid(row: &Row<'_>, column: usize) -> Result<Uuid, Failure> {
    let stored = row.get_ref(column)?.as_str()?;
    Ok(parsed_uuid(stored)?)
}

/// The parameters that write a record at this version in the place of what is expected.
pub(crate) fn row<T: Document>(
    id: T::Id,
    version: Version,
    expect: Expect,
    value: &T,
) -> Result<Vec<Value>, StoreError> {
    let mut row = vec![text(id)];
    row.extend(counts(version)?);
    row.push(document(value)?.into());
    row.extend(value.columns()?);
    if let Expect::At(old) = expect {
        row.extend(counts(old)?);
    }
    Ok(row)
}

/// The parameters that take out the record that is there at this version.
pub(crate) fn removed<Id: fmt::Display>(id: Id, there: Version) -> Result<Vec<Value>, StoreError> {
    let mut row = vec![text(id)];
    row.extend(counts(there)?);
    Ok(row)
}

fn counts(version: Version) -> Result<[Value; 2], StoreError> {
    Ok([integer(version.writes)?.into(), integer(version.events)?.into()])
}

fn parameters_of<'a>(parameters: &'a [&'a str]) -> impl rusqlite::Params + 'a {
    rusqlite::params_from_iter(parameters.iter())
}
