use std::{collections::BTreeMap, sync::Arc};

use commerce_core::{
    domain::{catalog::Product, customer::Customer, order::Order, payment::Payment, pricing::Promotion},
    storage::{
        Expect, Expected, HoldKey, Keys, Records, SagaRecord, Signal, UniqueName,
        apply::{Record, Rows, Table},
    },
};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use crate::{
    columns::{Cells, Column, Value, parsed},
    documents::{Document, Key, version},
    error::Failure,
    inventory::{counters, levels, reservations},
    names, outbox,
    statement::Statement,
};

/// The order of the parts is the order in which rows are locked, the same in every process; within a part they are
/// locked in the order of their keys.
mod part {
    pub(super) const STOCK: i32 = 0;
    pub(super) const COUNTERS: i32 = 1;
    pub(super) const HOLDS: i32 = 2;
    pub(super) const NAMES: i32 = 3;
    pub(super) const RESERVATIONS: i32 = 4;
    pub(super) const EVENTS: i32 = 5;
    pub(super) const PRODUCTS: i32 = 6;
    pub(super) const PROMOTIONS: i32 = 7;
    pub(super) const CUSTOMERS: i32 = 8;
    pub(super) const ORDERS: i32 = 9;
    pub(super) const PAYMENTS: i32 = 10;
    pub(super) const SAGAS: i32 = 11;
    pub(super) const SIGNALS: i32 = 12;
    /// These two are not locked but asserted.
    pub(super) const SAGAS_WHOLE: i32 = 13;
    pub(super) const SIGNALS_WHOLE: i32 = 14;
}

/// Keys that were asked for and not found. Most are written next, and noticed if they have been taken by then; of
/// these it is asserted that there still is nothing.
#[derive(Debug, Default)]
pub(crate) struct Absent {
    pub(crate) holds: Vec<HoldKey>,
    pub(crate) names: Vec<UniqueName>,
}

/// Locks and loads the rows under these keys, in one statement.
///
/// A row that was locked is as it is now, however long that took. What another process made meanwhile is not seen;
/// making it again fails.
pub(crate) async fn load(connection: &mut PgConnection, keys: &Keys) -> Result<(Rows, Absent), Failure> {
    let names: Vec<_> = keys.names.iter().collect();
    let mut rows = without(keys);
    let question = question(keys)?;
    if !question.is_empty() {
        for row in question.read(connection).await? {
            note(&mut rows, &names, &row)?;
        }
    }
    let holds = keys.counter_holds.iter().filter(|key| matches!(rows.counter_holds.get(key), Ok(None)));
    let free = names.into_iter().filter(|name| matches!(rows.names.get(name), Ok(None)));
    let absent = Absent { holds: holds.cloned().collect(), names: free.cloned().collect() };
    Ok((rows, absent))
}

/// Asks for every row that is judged.
fn question(keys: &Keys) -> Result<Statement, Failure> {
    let mut question = Statement::default();
    let mut ask = |part, sql, keys: Vec<Vec<Value>>| match keys.is_empty() {
        true => Ok(()),
        false => question.add(part, sql, Column::of(keys)),
    };
    ask(part::STOCK, levels::LOCK, keys.stock.iter().map(levels::key_values).collect())?;
    ask(part::COUNTERS, counters::LOCK, keys.counters.iter().map(counters::key_values).collect())?;
    ask(
        part::HOLDS,
        counters::LOCK_HOLD,
        keys.counter_holds.iter().map(counters::hold_key_values).collect(),
    )?;
    ask(part::NAMES, names::LOCK, keys.names.iter().map(names::key_values).collect())?;
    let made = (keys.records == Records::MustBeLoaded).then_some(&keys.expected.reservations);
    let reservations = keys.reservations.iter().chain(made.into_iter().flatten());
    let reservations = reservations.map(|id| vec![Value::Id(Some(id.uuid()))]).collect();
    ask(part::RESERVATIONS, reservations::LOCK, reservations)?;
    let events = keys.events.iter().map(outbox::key_values).collect::<Result<_, _>>()?;
    ask(part::EVENTS, outbox::LOCK, events)?;
    if keys.records == Records::MustBeLoaded {
        let Expected { products, promotions, customers, orders, payments, sagas, signals, reservations: _ } =
            &keys.expected;
        ask(part::PRODUCTS, Product::TABLE.lock, ids(products))?;
        ask(part::PROMOTIONS, Promotion::TABLE.lock, ids(promotions))?;
        ask(part::CUSTOMERS, Customer::TABLE.lock, ids(customers))?;
        ask(part::ORDERS, Order::TABLE.lock, ids(orders))?;
        ask(part::PAYMENTS, Payment::TABLE.lock, ids(payments))?;
        ask(part::SAGAS, SagaRecord::TABLE.lock, ids(sagas))?;
        ask(part::SIGNALS, Signal::TABLE.lock, ids(signals))?;
    }
    let forgotten = || keys.forgotten.iter().map(|id| vec![Value::Id(Some(id.uuid()))]).collect();
    ask(part::SAGAS_WHOLE, SagaRecord::TABLE.whole, forgotten())?;
    ask(part::SIGNALS_WHOLE, Signal::TABLE.whole, forgotten())?;
    Ok(question)
}

fn ids<K: Key>(expected: &BTreeMap<K, Expect>) -> Vec<Vec<Value>> {
    expected.keys().map(|id| vec![Value::Id(Some(id.uuid()))]).collect()
}

/// The rows as they are while none of them has been found.
fn without(keys: &Keys) -> Rows {
    let mut rows = Rows::subset();
    none(&mut rows.stock, &keys.stock);
    none(&mut rows.counters, &keys.counters);
    none(&mut rows.counter_holds, &keys.counter_holds);
    none(&mut rows.names, &keys.names);
    none(&mut rows.reservations, &keys.reservations);
    none(&mut rows.events, &keys.events);
    match keys.records {
        Records::MayBeAssumed => rows.assume(&keys.expected),
        Records::MustBeLoaded => {
            let Expected { products, promotions, customers, orders, payments, sagas, signals, reservations } =
                &keys.expected;
            none(&mut rows.reservations, reservations);
            none(&mut rows.products, products.keys());
            none(&mut rows.promotions, promotions.keys());
            none(&mut rows.customers, customers.keys());
            none(&mut rows.orders, orders.keys());
            none(&mut rows.payments, payments.keys());
            none(&mut rows.sagas, sagas.keys());
            none(&mut rows.signals, signals.keys());
        }
    }
    none(&mut rows.sagas, &keys.forgotten);
    none(&mut rows.signals, &keys.forgotten);
    rows
}

fn none<'a, K: Ord + Clone + std::fmt::Debug + 'a, V>(
    table: &mut Table<K, V>,
    keys: impl IntoIterator<Item = &'a K>,
) {
    keys.into_iter().for_each(|key| table.load(key.clone(), None));
}

/// Notes a row that was found, whatever it is.
fn note(rows: &mut Rows, names: &[&UniqueName], row: &PgRow) -> Result<(), Failure> {
    let found = Cells::from(row, 1)?;
    match row.try_get(0)? {
        part::STOCK => {
            let level = levels::level(&found)?;
            rows.stock.load(level.key.clone(), Some(level));
        }
        part::COUNTERS => {
            let (key, counter) = counters::counter(&found)?;
            rows.counters.load(key, Some(counter));
        }
        part::HOLDS => {
            let (key, hold) = counters::hold(&found)?;
            rows.counter_holds.load(key, Some(hold));
        }
        part::NAMES => {
            // Places are counted from one.
            let place: usize = found.count(0)?;
            let name = place.checked_sub(1).and_then(|place| names.get(place));
            if let Some(name) = name {
                rows.names.load((*name).clone(), Some(found.id(0)?));
            }
        }
        part::RESERVATIONS => {
            let reservation = reservations::reservation(&found)?;
            rows.reservations.load(reservation.id, Some(reservation));
        }
        part::EVENTS => {
            let event = outbox::event(&found)?;
            rows.events.load(event.event.number.clone(), Some(event));
        }
        part::PRODUCTS => record(&mut rows.products, &found)?,
        part::PROMOTIONS => record(&mut rows.promotions, &found)?,
        part::CUSTOMERS => record(&mut rows.customers, &found)?,
        part::ORDERS => record(&mut rows.orders, &found)?,
        part::PAYMENTS => record(&mut rows.payments, &found)?,
        part::SAGAS => record(&mut rows.sagas, &found)?,
        part::SIGNALS => record(&mut rows.signals, &found)?,
        part::SAGAS_WHOLE => whole(&mut rows.sagas, &found)?,
        part::SIGNALS_WHOLE => whole(&mut rows.signals, &found)?,
        _ => {}
    }
    Ok(())
}

fn record<K: Key, T>(table: &mut Table<K, Record<T>>, found: &Cells) -> Result<(), Failure> {
    let version = version(found.number(0)?, found.number(1)?)?;
    table.load(K::of(found.id(0)?), Some(Record { version, value: None }));
    Ok(())
}

fn whole<T: Document>(table: &mut Table<T::Id, Record<T>>, found: &Cells) -> Result<(), Failure> {
    let version = version(found.number(0)?, found.number(1)?)?;
    let value = parsed(std::any::type_name::<T>(), found.text(0)?)?;
    table.load(T::Id::of(found.id(0)?), Some(Record::loaded(version, Arc::new(value))));
    Ok(())
}
