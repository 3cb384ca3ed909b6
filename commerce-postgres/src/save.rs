use commerce_core::{
    domain::{
        catalog::Product, customer::Customer, event::NumberedEvent, order::Order, payment::Payment,
        pricing::Promotion,
    },
    storage::{
        Expect, SagaRecord, Signal, StoreError,
        apply::{Record, Rows, Table},
    },
};
use sqlx::PgConnection;

use crate::{
    columns::{Column, Value},
    documents::{self, Document, Key as _},
    error::Failure,
    inventory::{counters, levels, reservations},
    load::Absent,
    names, outbox,
    statement::Statement,
};

/// Everything a transaction has to write, as one statement.
///
/// Rows that are there come first, by their keys, then those that are new: whoever waits for a row that is there
/// holds no new one that others could be waiting for. With the order in which rows are locked for loading, no two
/// transactions ever wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    statement: Statement,
    changes: Vec<i64>,
}

impl Writes {
    /// What is dirty in these rows.
    pub(crate) fn of(rows: &Rows, absent: &Absent) -> Result<Self, Failure> {
        let mut writes = Self::default();
        writes.replace::<Product>(&rows.products)?;
        writes.replace::<Promotion>(&rows.promotions)?;
        writes.replace::<Customer>(&rows.customers)?;
        writes.replace::<Order>(&rows.orders)?;
        writes.replace::<Payment>(&rows.payments)?;
        writes.replace::<SagaRecord>(&rows.sagas)?;
        writes.replace::<Signal>(&rows.signals)?;
        writes.change_rows(rows)?;
        writes.assert_absent(rows, absent)?;
        writes.add::<Product>(&rows.products)?;
        writes.add::<Promotion>(&rows.promotions)?;
        writes.add::<Customer>(&rows.customers)?;
        writes.add::<Order>(&rows.orders)?;
        writes.add::<Payment>(&rows.payments)?;
        writes.add::<SagaRecord>(&rows.sagas)?;
        writes.add::<Signal>(&rows.signals)?;
        writes.add_rows(rows)?;
        Ok(writes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.statement.is_empty()
    }

    /// Runs all of it.
    pub(crate) async fn run(self, connection: &mut PgConnection) -> sqlx::Result<()> {
        self.statement.write(self.changes, connection).await
    }

    /// Rows that were locked when they were loaded.
    fn change_rows(&mut self, rows: &Rows) -> Result<(), Failure> {
        self.push(levels::UPDATE, changed(&rows.stock, |_, level| levels::values(level)))?;
        self.push(counters::UPDATE, changed(&rows.counters, counters::values))?;
        self.push(counters::UPDATE_HOLD, changed(&rows.counter_holds, counters::hold_values))?;
        self.push(
            counters::REMOVE_HOLD,
            gone(&rows.counter_holds, |key| Ok(counters::hold_key_values(key))),
        )?;
        self.push(names::HAND_OVER, changed(&rows.names, |name, owner| Ok(names::values(name, *owner))))?;
        self.push(names::FREE, gone(&rows.names, |name| Ok(names::key_values(name))))?;
        self.push(reservations::UPDATE, changed(&rows.reservations, |_, it| reservations::values(it)))?;
        self.push(reservations::REMOVE, gone(&rows.reservations, |id| Ok(vec![Value::Id(Some(id.uuid()))])))?;
        self.push(outbox::MARK, changed(&rows.events, |_, event| outbox::values(event)))?;
        self.push(outbox::REMOVE, gone(&rows.events, outbox::key_values))
    }

    fn assert_absent(&mut self, rows: &Rows, absent: &Absent) -> Result<(), Failure> {
        let held = absent.holds.iter().filter(|key| matches!(rows.counter_holds.get(key), Ok(None)));
        self.push_expecting(0, counters::HELD, held.map(counters::hold_key_values).collect())?;
        let taken = absent.names.iter().filter(|name| matches!(rows.names.get(name), Ok(None)));
        self.push_expecting(0, names::TAKEN, taken.map(names::key_values).collect())
    }

    fn add_rows(&mut self, rows: &Rows) -> Result<(), Failure> {
        self.push(levels::INSERT, added(&rows.stock, |_, level| levels::values(level)))?;
        self.push(counters::INSERT, added(&rows.counters, counters::values))?;
        self.push(counters::INSERT_HOLD, added(&rows.counter_holds, counters::hold_values))?;
        self.push(names::CLAIM, added(&rows.names, |name, owner| Ok(names::values(name, *owner))))?;
        self.push(reservations::INSERT, added(&rows.reservations, |_, it| reservations::values(it)))?;
        self.push(levels::RECORD, added(&rows.movements, |_, movement| levels::movement_values(movement)))?;
        self.push(outbox::INSERT, added(&rows.events, |_, event| outbox::values(event)))
    }

    /// Records in the place of others, and those that are gone.
    fn replace<T: Document>(&mut self, table: &Table<T::Id, Record<T>>) -> Result<(), Failure> {
        let (mut replaced, mut gone, mut there) = (Vec::new(), Vec::new(), Vec::new());
        for (id, old, new) in table.dirty().filter_map(|(id, old, new)| Some((id, old?, new))) {
            there.push(vec![Value::Id(Some(id.uuid()))]);
            match new {
                None => gone.push(documents::removed(*id, old.version)?),
                Some(Record { version, value: Some(value) }) => {
                    replaced.push(documents::row(*id, *version, Expect::At(old.version), &**value)?);
                }
                Some(Record { value: None, .. }) => {}
            }
        }
        if !gone.is_empty() {
            // One part of the statement replaces and another one takes out: they are locked in one order first.
            self.push(T::TABLE.lock, Ok(there))?;
        }
        self.push(T::TABLE.update, Ok(replaced))?;
        self.push(T::TABLE.remove, Ok(gone))
    }

    /// Records that were not there.
    fn add<T: Document>(&mut self, table: &Table<T::Id, Record<T>>) -> Result<(), Failure> {
        let rows = added(table, |id, Record { version, value }| match value {
            Some(value) => documents::row(*id, *version, Expect::Absent, &**value),
            None => Err(StoreError::corrupt(format!("{id:?}"), "written, but without content")),
        });
        self.push(T::TABLE.insert, rows)
    }

    fn push(&mut self, sql: &'static str, rows: Result<Vec<Vec<Value>>, StoreError>) -> Result<(), Failure> {
        let rows = rows?;
        let many = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        self.push_expecting(many, sql, rows)
    }

    fn push_expecting(&mut self, many: i64, sql: &str, rows: Vec<Vec<Value>>) -> Result<(), Failure> {
        if rows.is_empty() {
            return Ok(());
        }
        self.changes.push(many);
        self.statement.add(0, sql, Column::of(rows))
    }
}

/// Events that happened in these change sets, by aggregate and number.
pub(crate) fn new_events(rows: &Rows) -> Vec<NumberedEvent> {
    let new = rows.events.dirty().filter(|(_, old, _)| old.is_none());
    new.filter_map(|(_, _, event)| Some(event?.event.clone())).collect()
}

type Made = Result<Vec<Vec<Value>>, StoreError>;

/// Rows that were there and are changed.
fn changed<K: Ord + Clone + std::fmt::Debug, V>(
    table: &Table<K, V>,
    values: impl Fn(&K, &V) -> Result<Vec<Value>, StoreError>,
) -> Made {
    table.dirty().filter_map(|(key, old, new)| old.and(new).map(|new| values(key, new))).collect()
}

/// Rows that were not there and are now.
fn added<K: Ord + Clone + std::fmt::Debug, V>(
    table: &Table<K, V>,
    values: impl Fn(&K, &V) -> Result<Vec<Value>, StoreError>,
) -> Made {
    let new = table.dirty().filter(|(_, old, _)| old.is_none());
    new.filter_map(|(key, _, new)| new.map(|new| values(key, new))).collect()
}

/// Rows that were there and are there no more.
fn gone<K: Ord + Clone + std::fmt::Debug, V>(
    table: &Table<K, V>,
    values: impl Fn(&K) -> Result<Vec<Value>, StoreError>,
) -> Made {
    let gone = table.dirty().filter(|(_, old, new)| old.is_some() && new.is_none());
    gone.map(|(key, ..)| values(key)).collect()
}
