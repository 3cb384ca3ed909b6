//! Each statement finds its rows by a key or an index, and those that lock or change many visit them in the order in
//! which they were asked for: that no two transactions wait for each other rests on it.

use commerce_core::{
    domain::{
        cart::Cart, catalog::Product, customer::Customer, order::Order, payment::Payment, pricing::Promotion,
    },
    storage::{SagaRecord, Signal},
};
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};

use crate::{
    PostgresOptions, carts, catalog, customers,
    documents::{Document, Table},
    inventory::{counters, levels, reservations},
    migrate, names, orders, outbox, payments,
    pool::{connect, server},
    sagas,
};

#[tokio::test]
async fn every_statement_finds_its_rows_in_the_order_asked() {
    let database = commerce_testservers::Postgres::shared().database();
    migrate(&database.url(), &PostgresOptions::default()).await.unwrap();
    let mut connection = connect(&server(&database.url()).unwrap(), None).await.unwrap();
    let mut seen = String::new();
    for sql in statements() {
        let plan = plan(&mut connection, sql).await;
        assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
        assert!(!plan.contains("Hash Join") && !plan.contains("Merge Join"), "{sql}\n{plan}");
        if ["update ", "delete "].iter().any(|word| sql.starts_with(word)) && sql.contains("unnest") {
            // The rows asked for are on the outside, so the loop goes through them from the first to the last.
            let (outer, inner) = (plan.find("Function Scan"), plan.find("Index Scan"));
            assert!(plan.contains("Nested Loop") && outer < inner && !plan.contains("Sort"), "{sql}\n{plan}");
        }
        seen += &plan;
    }
    let indexes = "select indexname from pg_indexes where schemaname = 'public'
        and indexname not in ('commerce_migrations_pkey', 'products_attributes')";
    for row in connection.fetch_all(indexes).await.unwrap() {
        let index: String = row.get(0);
        // Carts and promotions have a key for reading one; every index is used by something.
        assert!(seen.contains(&index), "no statement uses {index}");
    }
}

async fn plan(connection: &mut PgConnection, sql: &str) -> String {
    let (mut numbered, mut placed) = (String::new(), 0);
    for (place, piece) in sql.split('?').enumerate() {
        if place > 0 {
            placed += 1;
            numbered += &format!("${placed}");
        }
        numbered += piece;
    }
    let parameters = (1..=20).take_while(|number| numbered.contains(&format!("${number}"))).count();
    let nulls = vec!["null"; parameters].join(", ");
    let nulls = if parameters == 0 { String::new() } else { format!("({nulls})") };
    connection.execute(AssertSqlSafe(format!("prepare asked as {numbered}"))).await.unwrap();
    let explained = sqlx::raw_sql(AssertSqlSafe(format!("explain (costs off) execute asked{nulls}")));
    let lines = explained.fetch_all(&mut *connection).await.unwrap();
    connection.execute("deallocate asked").await.unwrap();
    lines.iter().map(|line| line.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
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
    let of_table = |Table { insert, update, remove, whole, lock, some, page }| {
        [insert, update, remove, whole, lock, some, page]
    };
    let mut all: Vec<_> = tables.into_iter().flat_map(of_table).collect();
    all.extend([catalog::WITH_SKUS, catalog::OFFERS, customers::WITH_EMAIL]);
    all.extend([levels::LOCK, levels::OF_SKUS, levels::PAGE, levels::INSERT, levels::UPDATE]);
    all.extend([levels::MOVEMENTS, levels::RECORD]);
    all.extend([reservations::LOCK, reservations::SOME, reservations::PAGE, reservations::EXPIRED]);
    all.extend([reservations::INSERT, reservations::UPDATE, reservations::OVER, reservations::REMOVE]);
    all.extend([counters::LOCK, counters::PAGE, counters::INSERT, counters::UPDATE]);
    all.extend([counters::LOCK_HOLD, counters::HOLDS, counters::INSERT_HOLD, counters::UPDATE_HOLD]);
    all.extend([counters::REMOVE_HOLD, counters::HELD]);
    all.extend([names::LOCK, names::CLAIM, names::HAND_OVER, names::FREE, names::TAKEN]);
    all.extend([orders::WITH_NUMBER, orders::OF_CUSTOMER, payments::OF_CHECKOUTS, sagas::DUE, sagas::OVER]);
    all.extend([outbox::LOCK, outbox::PAGE, outbox::UNDELIVERED, outbox::INSERT, outbox::MARK]);
    all.extend([outbox::DELIVERED, outbox::REMOVE, carts::INSERT, carts::FORGET]);
    all
}
