use std::collections::BTreeMap;

use commerce_core::storage::{
    Expect, Expected, StoreError, UniqueName,
    apply::{Record, Rows, Table},
};
use rusqlite::{Connection, params_from_iter, types::Value};

use crate::{
    columns::text,
    documents::{self, Document},
    error::{Failure, is_taken},
    inventory::{counters, levels, reservations},
    outbox,
};

/// Everything a transaction has to write, ready to be bound: made where the rows are, run on the writer's thread.
#[derive(Debug, Default)]
pub(crate) struct Writes(Vec<Bulk>);

/// One statement for many rows.
#[derive(Debug)]
struct Bulk {
    sql: &'static str,
    each: Each,
    rows: Vec<Vec<Value>>,
}

/// What each run of a statement has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Each {
    /// Change one row; else something was not as assumed.
    ChangesOne,
    /// Change a row if it is there.
    MayChangeNone,
}

/// How writing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    All,
    /// A row was not as assumed.
    Stale,
}

pub(super) const CLAIM: &str = "insert into names (kind, name, owner) values (?1, ?2, ?3)
    on conflict (kind, name) do update set owner = ?3";

pub(super) const FREE: &str = "delete from names where kind = ?1 and name = ?2";

impl Writes {
    /// What is dirty in these rows, whose records were expected to be like that.
    pub(crate) fn of(rows: &Rows, expected: &Expected) -> Result<Self, StoreError> {
        let mut writes = Self::default();
        writes.add_documents(&rows.products, &expected.products)?;
        writes.add_documents(&rows.promotions, &expected.promotions)?;
        writes.add_documents(&rows.customers, &expected.customers)?;
        writes.add_documents(&rows.orders, &expected.orders)?;
        writes.add_documents(&rows.payments, &expected.payments)?;
        writes.add_documents(&rows.sagas, &expected.sagas)?;
        writes.add_documents(&rows.signals, &expected.signals)?;
        writes.add(&rows.stock, levels::PUT, |_, level| levels::values(level))?;
        writes.add(&rows.reservations, reservations::PUT, |_, it| reservations::values(it))?;
        writes.remove(&rows.reservations, reservations::REMOVE, |id| Ok(vec![text(id)]))?;
        writes.add(&rows.movements, levels::RECORD, |_, movement| levels::movement_values(movement))?;
        writes.add(&rows.counters, counters::PUT, counters::values)?;
        writes.add(&rows.counter_holds, counters::PUT_HOLD, counters::hold_values)?;
        writes.remove(&rows.counter_holds, counters::REMOVE_HOLD, |key| {
            Ok(vec![text(&key.counter), text(key.holder)])
        })?;
        writes.add(&rows.names, CLAIM, |name, owner| Ok([name_values(name), vec![text(owner)]].concat()))?;
        writes.remove(&rows.names, FREE, |name| Ok(name_values(name)))?;
        writes.add(&rows.events, outbox::PUT, |_, event| outbox::values(event))?;
        writes.remove(&rows.events, outbox::REMOVE, outbox::key_values)?;
        Ok(writes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs all of it.
    pub(crate) fn run(&self, connection: &Connection) -> Result<Done, Failure> {
        for Bulk { sql, each, rows } in &self.0 {
            if write(connection, sql, *each, rows)? == Done::Stale {
                return Ok(Done::Stale);
            }
        }
        Ok(Done::All)
    }

    fn add_documents<T: Document>(
        &mut self,
        table: &Table<T::Id, Record<T>>,
        expected: &BTreeMap<T::Id, Expect>,
    ) -> Result<(), StoreError> {
        let (mut inserts, mut updates, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (id, record) in table.dirty() {
            let expect = expected.get(id).copied().unwrap_or(Expect::Absent);
            if let (None, Expect::At(there)) = (record, expect) {
                gone.push(documents::removed(*id, there)?);
            }
            let Some(Record { version, value: Some(value) }) = record else { continue };
            let row = documents::row(*id, *version, expect, &**value)?;
            match expect {
                Expect::Absent => inserts.push(row),
                Expect::At(_) => updates.push(row),
            }
        }
        self.push(T::TABLE.insert, Each::ChangesOne, inserts);
        self.push(T::TABLE.update, Each::ChangesOne, updates);
        self.push(T::TABLE.remove, Each::ChangesOne, gone);
        Ok(())
    }

    /// Rows that are there now.
    fn add<K: Ord + Clone + std::fmt::Debug, V>(
        &mut self,
        table: &Table<K, V>,
        sql: &'static str,
        values: impl Fn(&K, &V) -> Result<Vec<Value>, StoreError>,
    ) -> Result<(), StoreError> {
        let there = table.dirty().filter_map(|(key, row)| Some((key, row?)));
        let rows = there.map(|(key, row)| values(key, row)).collect::<Result<_, _>>()?;
        self.push(sql, Each::ChangesOne, rows);
        Ok(())
    }

    /// Rows that are there no more. One that came and went in the same batch never was.
    fn remove<K: Ord + Clone + std::fmt::Debug, V>(
        &mut self,
        table: &Table<K, V>,
        sql: &'static str,
        values: impl Fn(&K) -> Result<Vec<Value>, StoreError>,
    ) -> Result<(), StoreError> {
        let gone = table.dirty().filter(|(_, row)| row.is_none());
        let rows = gone.map(|(key, _)| values(key)).collect::<Result<_, _>>()?;
        self.push(sql, Each::MayChangeNone, rows);
        Ok(())
    }

    fn push(&mut self, sql: &'static str, each: Each, rows: Vec<Vec<Value>>) {
        if !rows.is_empty() {
            self.0.push(Bulk { sql, each, rows });
        }
    }
}

/// Runs one statement for each of these rows.
pub(crate) fn write(
    connection: &Connection,
    sql: &str,
    each: Each,
    rows: &[Vec<Value>],
) -> Result<Done, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    for row in rows {
        match statement.execute(params_from_iter(row)) {
            Ok(0) if each == Each::ChangesOne => return Ok(Done::Stale),
            Err(error) if is_taken(&error) => return Ok(Done::Stale),
            done => done?,
        };
    }
    Ok(Done::All)
}

/// The key of a unique name.
pub(crate) fn name_values(name: &UniqueName) -> Vec<Value> {
    match name {
        UniqueName::Sku(sku) => vec![text("sku"), text(sku)],
        UniqueName::Coupon(code) => vec![text("coupon"), text(code)],
        UniqueName::Email(email) => vec![text("email"), text(email)],
        UniqueName::OrderNumber(number) => vec![text("order_number"), text(number)],
    }
}
