//! How single values are stored, so that they sort as the engine sorts them and a person can read them.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use commerce_core::storage::StoreError;
pub(crate) use commerce_core::storage::stored::{count, document, integer, parsed, tag};
use rusqlite::types::Value;
use uuid::Uuid;

/// A time as text that sorts by time.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    match at.year() {
        0..=9999 => at.to_rfc3339_opts(SecondsFormat::Nanos, true),
        // Years with a sign in front would sort before all others.
        10_000.. => "9999-12-31T23:59:59.999999999Z".into(),
        _ => "0000-01-01T00:00:00.000000000Z".into(),
    }
}

/// The time that was stored as this text.
pub(crate) fn parsed_time(text: &str) -> Result<DateTime<Utc>, StoreError> {
    text.parse().map_err(|error: chrono::ParseError| StoreError::corrupt(format!("time {text:?}"), error))
}

/// The UUID that was stored as this text.
pub(crate) fn parsed_uuid(text: &str) -> Result<Uuid, StoreError> {
    Uuid::parse_str(text).map_err(|error| StoreError::corrupt(format!("id {text:?}"), error))
}

/// A text to be stored.
pub(crate) fn text(shown: impl ToString) -> Value {
    Value::Text(shown.to_string())
}

/// A text to be stored, or nothing.
pub(crate) fn maybe(shown: Option<impl ToString>) -> Value {
    shown.map_or(Value::Null, text)
}
