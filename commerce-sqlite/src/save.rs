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

/// One statement for many rows, of which each must change one: else something was not as assumed.
#[derive(Debug)]
struct Bulk {
    sql: &'static str,
    rows: Vec<Vec<Value>>,
}

/// How writing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    All,
    /// A row was not as assumed.
    Stale,
}

/// The statements that write a table, all with the same parameters, the key first. Two statements are faster than an
/// upsert: on tables without a rowid SQLite opens a table of its own for each.
pub(crate) struct Statements {
    pub(crate) insert: &'static str,
    /// None where the guards never let a row change.
    pub(crate) update: Option<&'static str>,
    /// Has only the key; none where the guards never take a row out.
    pub(crate) remove: Option<&'static str>,
    /// How many parameters the key is.
    pub(crate) key: usize,
}

pub(super) const NAMES: Statements = Statements {
    insert: "insert into names (kind, name, owner) values (?1, ?2, ?3)",
    update: Some("update names set owner = ?3 where kind = ?1 and name = ?2"),
    remove: Some("delete from names where kind = ?1 and name = ?2"),
    key: 2,
};

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
        writes.add(&rows.stock, &levels::TABLE, |_, level| levels::values(level))?;
        writes.add(&rows.reservations, &reservations::TABLE, |_, held| reservations::values(held))?;
        writes.add(&rows.movements, &levels::LEDGER, |_, movement| levels::movement_values(movement))?;
        writes.add(&rows.counters, &counters::TABLE, counters::values)?;
        writes.add(&rows.counter_holds, &counters::HOLDS_TABLE, counters::hold_values)?;
        writes.add(&rows.names, &NAMES, |name, owner| Ok([name_values(name), vec![text(owner)]].concat()))?;
        writes.add(&rows.events, &outbox::TABLE, |_, event| outbox::values(event))?;
        Ok(writes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Runs all of it.
    pub(crate) fn run(&self, connection: &Connection) -> Result<Done, Failure> {
        for Bulk { sql, rows } in &self.0 {
            if write(connection, sql, rows)? == Done::Stale {
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
        for (id, _, record) in table.dirty() {
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
        self.push(T::TABLE.insert, inserts);
        self.push(T::TABLE.update, updates);
        self.push(T::TABLE.remove, gone);
        Ok(())
    }

    /// Rows that came, changed or went. One that came and went in the same batch never was.
    fn add<K: Ord + Clone + std::fmt::Debug, V>(
        &mut self,
        table: &Table<K, V>,
        statements: &Statements,
        values: impl Fn(&K, &V) -> Result<Vec<Value>, StoreError>,
    ) -> Result<(), StoreError> {
        let (mut came, mut changed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (key, before, now) in table.dirty() {
            match (before, now) {
                (None, Some(row)) => came.push(values(key, row)?),
                (Some(_), Some(row)) => changed.push(values(key, row)?),
                (Some(row), None) => {
                    let mut key = values(key, row)?;
                    key.truncate(statements.key);
                    gone.push(key);
                }
                (None, None) => {}
            }
        }
        self.push(statements.insert, came);
        for (sql, rows) in [(statements.update, changed), (statements.remove, gone)] {
            match sql {
                Some(sql) => self.push(sql, rows),
                None if rows.is_empty() => {}
                None => return Err(StoreError::corrupt(statements.insert, "it cannot be undone")),
            }
        }
        Ok(())
    }

    fn push(&mut self, sql: &'static str, rows: Vec<Vec<Value>>) {
        if !rows.is_empty() {
            self.0.push(Bulk { sql, rows });
        }
    }
}

/// Runs one statement for each of these rows, until one changes nothing.
pub(crate) fn write(connection: &Connection, sql: &str, rows: &[Vec<Value>]) -> Result<Done, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    for row in rows {
        match statement.execute(params_from_iter(row)) {
            Ok(0) => return Ok(Done::Stale),
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
