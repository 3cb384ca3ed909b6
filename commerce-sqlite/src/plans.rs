//! Each statement finds its rows by a key or an index, and each index is there for one of them.

use std::collections::BTreeSet;

use commerce_core::{
    domain::{
        cart::Cart, catalog::Product, customer::Customer, order::Order, payment::Payment, pricing::Promotion,
    },
    storage::{SagaRecord, Signal},
};
use rusqlite::Connection;

use crate::{
    carts, catalog, customers,
    documents::{Document, Table},
    inventory::{counters, levels, reservations},
    load,
    migrate::MIGRATIONS,
    orders, outbox, payments, sagas, save,
};

#[test]
fn every_statement_finds_its_rows_and_every_index_is_for_one() {
    let shop = Connection::open_in_memory().unwrap();
    MIGRATIONS.iter().for_each(|migration| shop.execute_batch(migration.sql).unwrap());
    let plans: Vec<String> = statements().iter().map(|sql| plan(&shop, sql)).collect();
    for (sql, plan) in statements().iter().zip(&plans) {
        // A partial index has nothing but what is asked for, and the first page of counters begins at the first.
        let partial = ["promotions_open", "signals_pending", "outbox_undelivered"];
        let partial = |step: &str| partial.iter().any(|index| step.contains(index));
        let mut scans = plan.lines().filter(|step| step.starts_with("SCAN"));
        assert!(*sql == counters::FIRST_PAGE || scans.all(partial), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
    let indexes = "select name from sqlite_schema where type = 'index' and sql is not null";
    let mut indexes = shop.prepare(indexes).unwrap();
    let indexes: BTreeSet<String> =
        indexes.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for index in indexes {
        assert!(plans.iter().any(|plan| plan.contains(&index)), "no statement uses {index}");
    }
}

fn plan(shop: &Connection, sql: &str) -> String {
    let mut explained = shop.prepare(&format!("explain query plan {sql}")).unwrap();
    // What is not bound is null, which makes no difference to the plan.
    let mut steps = explained.raw_query();
    let mut plan = String::new();
    while let Some(step) = steps.next().unwrap() {
        plan += &step.get::<_, String>(3).unwrap();
        plan += "\n";
    }
    plan
}

fn statements() -> Vec<&'static str> {
    let tables = [
        Product::TABLE,
        Promotion::TABLE,
        Customer::TABLE,
        Order::TABLE,
        Payment::TABLE,
        SagaRecord::TABLE,
        Signal::TABLE,
        Cart::TABLE,
    ];
    let of_table =
        |Table { insert, update, remove, version, one, page }| [insert, update, remove, version, one, page];
    let mut all: Vec<_> = tables.into_iter().flat_map(of_table).collect();
    all.extend([catalog::WITH_SKU, catalog::OPEN, catalog::WITH_CODE, customers::WITH_EMAIL]);
    all.extend([levels::ONE, levels::OF_SKU, levels::PAGE, levels::MOVEMENTS]);
    all.extend([reservations::ONE, reservations::PAGE, reservations::EXPIRED]);
    all.extend([counters::ONE, counters::PAGE, counters::FIRST_PAGE]);
    all.extend([counters::ONE_HOLD, counters::HOLDS]);
    all.extend([orders::WITH_NUMBER, orders::OF_CUSTOMER, payments::OF_CHECKOUT]);
    all.extend([sagas::DUE, sagas::SIGNALLED, load::OWNER]);
    all.extend([outbox::ONE, outbox::PAGE, outbox::UNDELIVERED]);
    all.extend([sagas::OVER, reservations::OVER, outbox::DELIVERED]);
    all.push(carts::FORGET);
    let written = [&levels::TABLE, &levels::LEDGER, &reservations::TABLE, &counters::TABLE];
    for table in written.into_iter().chain([&counters::HOLDS_TABLE, &save::NAMES, &outbox::TABLE]) {
        all.push(table.insert);
        all.extend(table.update.into_iter().chain(table.remove));
    }
    all
}
