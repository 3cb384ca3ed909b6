use std::collections::{BTreeMap, BTreeSet};

use commerce_core::{
    domain::{
        catalog::Product, customer::Customer, ids::ReservationId, order::Order, payment::Payment,
        pricing::Promotion,
    },
    storage::{
        Expect, Expected, Keys, Records, SagaRecord, Signal,
        apply::{Record, Rows, Table},
    },
};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Params, Row, params_from_iter};
use uuid::Uuid;

use crate::{
    columns::integer,
    documents::{self, Document, uuid},
    error::Failure,
    inventory::{counters, levels, reservations},
    outbox,
    save::name_values,
};

pub(super) const OWNER: &str = "select owner from names where kind = ?1 and name = ?2";

/// The rows under these keys, and what their records are expected to be when they are written.
///
/// One statement for each row: without a wire between, that costs about as much as one for all of them.
pub(crate) fn load(connection: &Connection, keys: Keys) -> Result<(Rows, Expected), Failure> {
    let mut rows = Rows::subset();
    load_each(connection, levels::ONE, &mut rows.stock, keys.stock, |one, key| {
        found(one, (key.sku.as_str(), key.location.as_str()), levels::level)
    })?;
    load_reservations(connection, keys.reservations, &mut rows)?;
    load_each(connection, counters::ONE, &mut rows.counters, keys.counters, |one, key| {
        found(one, [key.as_str()], |row| Ok(counters::counter(row)?.1))
    })?;
    load_each(connection, counters::ONE_HOLD, &mut rows.counter_holds, keys.counter_holds, |one, key| {
        found(one, (key.counter.as_str(), key.holder.to_string()), |row| Ok(counters::hold(row)?.1))
    })?;
    load_each(connection, OWNER, &mut rows.names, keys.names, |one, name| {
        found(one, params_from_iter(name_values(name)), |row| -> Result<Uuid, Failure> { uuid(row, 0) })
    })?;
    load_each(connection, outbox::ONE, &mut rows.events, keys.events, |one, number| {
        let place = integer(number.number)?;
        found(one, (outbox::key(&number.aggregate), place), outbox::event)
    })?;
    let mut expected = match keys.records {
        Records::MayBeAssumed => keys.expected,
        Records::MustBeLoaded => as_they_are(connection, keys.expected, &mut rows)?,
    };
    rows.assume(&expected);
    // What is forgotten is judged by its content, and asserted like any other record.
    for id in keys.forgotten {
        load_whole(connection, id, &mut rows.sagas, &mut expected.sagas)?;
        load_whole(connection, id, &mut rows.signals, &mut expected.signals)?;
    }
    Ok((rows, expected))
}

fn load_reservations(
    connection: &Connection,
    ids: BTreeSet<ReservationId>,
    rows: &mut Rows,
) -> Result<(), Failure> {
    load_each(connection, reservations::ONE, &mut rows.reservations, ids, |one, id| {
        found(one, [id.to_string()], reservations::reservation)
    })
}

fn load_each<K: Ord + Clone + std::fmt::Debug, V>(
    connection: &Connection,
    sql: &str,
    table: &mut Table<K, V>,
    keys: impl IntoIterator<Item = K>,
    find: impl Fn(&mut CachedStatement<'_>, &K) -> Result<Option<V>, Failure>,
) -> Result<(), Failure> {
    let mut keys = keys.into_iter().peekable();
    if keys.peek().is_none() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(sql)?;
    for key in keys {
        let row = find(&mut statement, &key)?;
        table.load(key, row);
    }
    Ok(())
}

fn found<V>(
    statement: &mut CachedStatement<'_>,
    key: impl Params,
    make: impl Fn(&Row<'_>) -> Result<V, Failure>,
) -> Result<Option<V>, Failure> {
    statement.query_row(key, |row| Ok(make(row))).optional()?.transpose()
}

/// What is there instead of what was expected. Nobody else writes until the transaction ends, so what was loaded is
/// asserted as well as what was assumed, by the same statements.
fn as_they_are(
    connection: &Connection,
    mut expected: Expected,
    rows: &mut Rows,
) -> Result<Expected, Failure> {
    load_reservations(connection, std::mem::take(&mut expected.reservations), rows)?;
    versions::<Product>(connection, &mut expected.products)?;
    versions::<Promotion>(connection, &mut expected.promotions)?;
    versions::<Customer>(connection, &mut expected.customers)?;
    versions::<Order>(connection, &mut expected.orders)?;
    versions::<Payment>(connection, &mut expected.payments)?;
    versions::<SagaRecord>(connection, &mut expected.sagas)?;
    versions::<Signal>(connection, &mut expected.signals)?;
    Ok(expected)
}

fn load_whole<T: Document>(
    connection: &Connection,
    id: T::Id,
    table: &mut Table<T::Id, Record<T>>,
    expected: &mut BTreeMap<T::Id, Expect>,
) -> Result<(), Failure> {
    let found = documents::one::<T>(connection, id)?;
    expected.insert(id, found.as_ref().map_or(Expect::Absent, |found| Expect::At(found.version)));
    table.load(id, found.map(|found| Record::loaded(found.version, found.value)));
    Ok(())
}

fn versions<T: Document>(
    connection: &Connection,
    expected: &mut BTreeMap<T::Id, Expect>,
) -> Result<(), Failure> {
    for (id, expect) in expected {
        *expect = documents::version::<T>(connection, *id)?.map_or(Expect::Absent, Expect::At);
    }
    Ok(())
}
