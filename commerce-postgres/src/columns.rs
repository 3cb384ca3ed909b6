//! How single values are stored, and how many of them travel at once.

use chrono::{DateTime, Datelike, TimeZone, Utc};
use commerce_core::storage::StoreError;
use commerce_core::storage::stored::document;
pub(crate) use commerce_core::storage::stored::{count, integer, parsed, tag};
use serde::Serialize;
use sqlx::{
    Arguments as _, Row as _,
    postgres::{PgArguments, PgRow},
};
use uuid::Uuid;

use crate::error::Failure;

/// A value to be stored.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Id(Option<Uuid>),
    Number(i64),
    Text(Option<String>),
    Time(Option<DateTime<Utc>>),
    Flag(bool),
}

/// The same column of many rows.
#[derive(Debug)]
pub(crate) enum Column {
    Ids(Vec<Option<Uuid>>),
    Numbers(Vec<i64>),
    Texts(Vec<Option<String>>),
    Times(Vec<Option<DateTime<Utc>>>),
    Flags(Vec<bool>),
}

impl Column {
    /// The columns of these rows, which all have the same kinds of values.
    pub(crate) fn of(rows: Vec<Vec<Value>>) -> Vec<Self> {
        let many = rows.len();
        let mut rows = rows.into_iter();
        let first = rows.next().unwrap_or_default();
        let mut columns: Vec<_> = first.into_iter().map(|value| Self::starting_with(value, many)).collect();
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        columns
    }

    fn starting_with(value: Value, many: usize) -> Self {
        let mut column = match value {
            Value::Id(_) => Self::Ids(Vec::with_capacity(many)),
            Value::Number(_) => Self::Numbers(Vec::with_capacity(many)),
            Value::Text(_) => Self::Texts(Vec::with_capacity(many)),
            Value::Time(_) => Self::Times(Vec::with_capacity(many)),
            Value::Flag(_) => Self::Flags(Vec::with_capacity(many)),
        };
        column.push(value);
        column
    }

    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Ids(column), Value::Id(value)) => column.push(value),
            (Self::Numbers(column), Value::Number(value)) => column.push(value),
            (Self::Texts(column), Value::Text(value)) => column.push(value),
            (Self::Times(column), Value::Time(value)) => column.push(value),
            (Self::Flags(column), Value::Flag(value)) => column.push(value),
            // The statement fails for want of a value; no table has such rows.
            (_, Value::Id(_) | Value::Number(_) | Value::Text(_) | Value::Time(_) | Value::Flag(_)) => {}
        }
    }

    /// Makes it the next parameter of a statement.
    pub(crate) fn bind(self, arguments: &mut PgArguments) -> Result<(), Failure> {
        let bound = match self {
            Self::Ids(column) => arguments.add(column),
            Self::Numbers(column) => arguments.add(column),
            Self::Texts(column) => arguments.add(column),
            Self::Times(column) => arguments.add(column),
            Self::Flags(column) => arguments.add(column),
        };
        bound.map_err(|error| Failure::Driver(sqlx::Error::Encode(error)))
    }
}

/// The values of a row by their kinds, as [`cells`] selects them.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(crate) numbers: Vec<i64>,
    pub(crate) texts: Vec<Option<String>>,
    pub(crate) ids: Vec<Option<Uuid>>,
    pub(crate) times: Vec<Option<DateTime<Utc>>>,
}

/// Selects the values of a row by their kinds, so that rows of several tables can come in one answer.
macro_rules! cells {
    ($numbers:literal; $texts:literal; $ids:literal; $times:literal) => {
        concat!(
            "array[",
            $numbers,
            "]::int8[], array[",
            $texts,
            "]::text[], array[",
            $ids,
            "]::uuid[], array[",
            $times,
            "]::timestamptz[]"
        )
    };
}

pub(crate) use cells;

impl Cells {
    /// The cells that begin in this column.
    pub(crate) fn from(row: &PgRow, first: usize) -> Result<Self, Failure> {
        Ok(Self {
            numbers: row.try_get(first)?,
            texts: row.try_get(first + 1)?,
            ids: row.try_get(first + 2)?,
            times: row.try_get(first + 3)?,
        })
    }

    pub(crate) fn number(&self, place: usize) -> Result<i64, Failure> {
        self.numbers.get(place).copied().ok_or_else(too_short)
    }

    pub(crate) fn count<N: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>>(
        &self,
        place: usize,
    ) -> Result<N, Failure> {
        Ok(count(self.number(place)?)?)
    }

    pub(crate) fn text(&self, place: usize) -> Result<&str, Failure> {
        self.maybe_text(place).ok_or_else(too_short)
    }

    pub(crate) fn maybe_text(&self, place: usize) -> Option<&str> {
        self.texts.get(place)?.as_deref()
    }

    pub(crate) fn id(&self, place: usize) -> Result<Uuid, Failure> {
        self.maybe_id(place).ok_or_else(too_short)
    }

    pub(crate) fn maybe_id(&self, place: usize) -> Option<Uuid> {
        *self.ids.get(place)?
    }

    pub(crate) fn time(&self, place: usize) -> Result<DateTime<Utc>, Failure> {
        self.maybe_time(place).ok_or_else(too_short)
    }

    pub(crate) fn maybe_time(&self, place: usize) -> Option<DateTime<Utc>> {
        *self.times.get(place)?
    }
}

fn too_short() -> Failure {
    StoreError::corrupt("a stored row", "a value is missing").into()
}

/// An id to be stored.
pub(crate) const fn id(id: Uuid) -> Value {
    Value::Id(Some(id))
}

/// A text to be stored. PostgreSQL knows no NUL; where it could stand, the document has it.
pub(crate) fn text(shown: impl ToString) -> Value {
    maybe(Some(shown))
}

/// A record to be stored as JSON, which writes NUL as something else.
pub(crate) fn json(record: &impl Serialize) -> Result<Value, StoreError> {
    Ok(Value::Text(Some(document(record)?)))
}

/// A text to be stored, or nothing.
pub(crate) fn maybe(shown: Option<impl ToString>) -> Value {
    Value::Text(shown.map(|shown| without_nul(shown.to_string())))
}

fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// A time to be stored.
pub(crate) fn time(at: DateTime<Utc>) -> Value {
    Value::Time(Some(known(at)))
}

/// A time as the database knows it: what lies beyond its first or last year is its first or last one.
pub(crate) fn known(at: DateTime<Utc>) -> DateTime<Utc> {
    let start_of = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().unwrap_or(at);
    match at.year() {
        -4_000..=200_000 => at,
        200_001.. => start_of(200_000),
        _ => start_of(-4_000),
    }
}

/// A count to be stored.
pub(crate) fn number(count: u64) -> Result<Value, StoreError> {
    integer(count).map(Value::Number)
}
