use std::{fmt, sync::Arc};

use commerce_core::{
    domain::ids::{
        CartId, CheckoutId, CustomerId, OrderId, PaymentId, ProductId, PromotionId, ReservationId, SagaId,
    },
    storage::{Expect, Page, StoreError, Version, Versioned},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::{
    columns::{Value, count, id, json, number, parsed},
    error::Failure,
    pools::Reader,
};

/// A record with a version, stored as JSON beside the columns that are searched for.
pub(crate) trait Document: Serialize + DeserializeOwned + Send + Sync + 'static {
    type Id: Key;

    const TABLE: Table;

    /// The values of [`Table`]'s columns, in their order.
    fn columns(&self) -> Result<Vec<Value>, StoreError>;
}

/// An id that is a UUID.
pub(crate) trait Key: Copy + Ord + fmt::Debug + Send + Sync + 'static {
    fn of(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;
}

macro_rules! keys {
    ($($id:ident)*) => {$(
        impl Key for $id {
            fn of(uuid: Uuid) -> Self {
                Self::from_uuid(uuid)
            }

            fn uuid(self) -> Uuid {
                self.uuid()
            }
        }
    )*};
}

keys! { ProductId PromotionId CustomerId CheckoutId OrderId PaymentId SagaId CartId ReservationId }

/// The statements for one table of documents. Those that read begin with the version and the document.
pub(crate) struct Table {
    pub(crate) insert: &'static str,
    /// Writes over the version that stands in the last two columns.
    pub(crate) update: &'static str,
    /// Takes out the version that stands in the last two columns.
    pub(crate) remove: &'static str,
    /// Records by id, with their content, not locked.
    pub(crate) whole: &'static str,
    /// Locks records by id; they are changed by nobody else until the transaction ends.
    pub(crate) lock: &'static str,
    /// Those with these ids; the id is the last column.
    pub(crate) some: &'static str,
    pub(crate) page: &'static str,
}

/// The statements for a table, by its name, the name of its key, and its columns with their types.
macro_rules! table {
    ($table:literal by $key:literal: $($column:literal $type:tt)*) => {
        $crate::documents::Table {
            insert: concat!(
                "insert into ", $table, " (", $key, ", writes, events, document", $(", ", $column,)*
                ") select * from unnest(?::uuid[], ?::int8[], ?::int8[], ?::text[]",
                $(", ", table!(@array $type),)* ") returning ", $key
            ),
            update: concat!(
                "update ", $table, " here set writes = new.writes, events = new.events, document = new.document",
                $(", ", $column, " = new.", $column,)*
                " from unnest(?::uuid[], ?::int8[], ?::int8[], ?::text[]",
                $(", ", table!(@array $type),)* ", ?::int8[], ?::int8[]) new (", $key,
                ", writes, events, document", $(", ", $column,)* ", old_writes, old_events)",
                " where here.", $key, " = new.", $key,
                " and here.writes = new.old_writes and here.events = new.old_events returning here.", $key
            ),
            remove: concat!(
                "delete from ", $table, " here using unnest(?::uuid[], ?::int8[], ?::int8[]) gone (", $key,
                ", old_writes, old_events) where here.", $key, " = gone.", $key,
                " and here.writes = gone.old_writes and here.events = gone.old_events returning here.", $key
            ),
            whole: concat!(
                "select array[here.writes, here.events]::int8[], array[here.document]::text[], array[here.", $key,
                "]::uuid[], array[]::timestamptz[] from unnest(?::uuid[]) wanted (", $key, ") join ", $table,
                " here on here.", $key, " = wanted.", $key
            ),
            lock: concat!(
                "select array[here.writes, here.events]::int8[], array[]::text[], array[here.", $key,
                "]::uuid[], array[]::timestamptz[] from unnest(?::uuid[]) with ordinality wanted (", $key,
                ", place) join ", $table, " here on here.", $key, " = wanted.", $key,
                " order by wanted.place for no key update of here"
            ),
            some: concat!(
                "select here.writes, here.events, here.document, here.", $key, " from unnest($1::uuid[]) wanted (",
                $key, ") join ", $table, " here on here.", $key, " = wanted.", $key
            ),
            page: concat!(
                "select writes, events, document from ", $table,
                " where ", $key, " >= $1 order by ", $key, " limit $2"
            ),
        }
    };
    (@array text) => { "?::text[]" };
    (@array uuid) => { "?::uuid[]" };
    (@array timestamptz) => { "?::timestamptz[]" };
    (@array boolean) => { "?::boolean[]" };
    (@array jsonb) => { "?::text[]::jsonb[]" };
}

pub(crate) use table;

/// Records by id.
pub(crate) async fn page<T: Document>(
    reader: &Reader,
    page: &Page<T::Id>,
) -> Result<Vec<Versioned<T>>, StoreError> {
    let (from, limit) = ids_of(page);
    reader.every(sqlx::query(T::TABLE.page).bind(from).bind(limit), versioned).await
}

/// A record of which the first three columns are its version and its document.
pub(crate) fn versioned<T: Document>(row: &PgRow) -> Result<Versioned<T>, Failure> {
    let value = parsed(std::any::type_name::<T>(), row.try_get(2)?)?;
    let version = version(row.try_get(0)?, row.try_get(1)?)?;
    Ok(Versioned { value: Arc::new(value), version })
}

pub(crate) fn version(writes: i64, events: i64) -> Result<Version, StoreError> {
    Ok(Version { writes: count(writes)?, events: count(events)? })
}

/// The first id that a page may have, and how many. Behind the last id there is no page.
pub(crate) fn ids_of<K: Key>(page: &Page<K>) -> (Uuid, i64) {
    match page.after.map(|after| after.uuid().as_u128().checked_add(1)) {
        None => (Uuid::nil(), limit(page)),
        Some(Some(next)) => (Uuid::from_u128(next), limit(page)),
        Some(None) => (Uuid::max(), 0),
    }
}

/// The most rows of a page.
pub(crate) fn limit<K>(page: &Page<K>) -> i64 {
    rows_up_to(page.limit.min(Page::<K>::LIMIT))
}

/// A limit as the database counts.
pub(crate) fn rows_up_to(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The values that write a record at this version in the place of what is expected.
pub(crate) fn row<T: Document>(
    key: T::Id,
    version: Version,
    expect: Expect,
    value: &T,
) -> Result<Vec<Value>, StoreError> {
    let mut row = vec![id(key.uuid())];
    row.extend(counts(version)?);
    row.push(json(value)?);
    row.extend(value.columns()?);
    if let Expect::At(old) = expect {
        row.extend(counts(old)?);
    }
    Ok(row)
}

/// The values that take out the record that is there at this version.
pub(crate) fn removed<K: Key>(key: K, there: Version) -> Result<Vec<Value>, StoreError> {
    let mut row = vec![id(key.uuid())];
    row.extend(counts(there)?);
    Ok(row)
}

fn counts(version: Version) -> Result<[Value; 2], StoreError> {
    Ok([number(version.writes)?, number(version.events)?])
}
