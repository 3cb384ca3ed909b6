use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        event::{Aggregate, EventNumber, NumberedEvent},
        ids::{CheckoutId, CustomerId, LocationId, OrderId, PaymentId, ProductId, PromotionId, Sku},
        inventory::StockKey,
    },
    storage::{Outbox, OutboxEvent, Page, StoreError},
};
use rusqlite::{Row, types::Value};

use crate::{
    SqliteStore,
    columns::{count, document, integer, maybe, parsed, parsed_time, parsed_uuid, text, time},
    documents::{collect, limit as limit_of, rows_up_to},
    error::Failure,
    save::Statements,
};

macro_rules! columns {
    () => {
        "event, attempts, retry_at, delivered_at, last_error"
    };
}

pub(crate) const ONE: &str =
    concat!("select ", columns!(), " from outbox where aggregate = ?1 and number = ?2");

pub(super) const PAGE: &str = concat!(
    "select ",
    columns!(),
    " from outbox where (aggregate, number) > (?1, ?2) order by aggregate, number limit ?3"
);

/// An event that has to wait holds up the later ones of its aggregate, and no others. The index is named because the
/// key looks as good to the planner, and would walk through everything that was ever delivered.
pub(super) const UNDELIVERED: &str = concat!(
    "select ",
    columns!(),
    " from outbox as here where delivered_at is null and not exists (
          select 1 from outbox as before indexed by outbox_waiting
          where before.aggregate = here.aggregate and before.number <= here.number
              and before.delivered_at is null and before.retry_at is not null and before.retry_at > ?1
      ) order by place limit ?2"
);

/// Whoever marks an event with an attempt that was counted already changes nothing: that is noticed.
pub(crate) const TABLE: Statements = Statements {
    insert: "insert into outbox
            (aggregate, number, place, type, at, attempts, retry_at, delivered_at, last_error, event)
        values (?1, ?2, (select coalesce(max(place), 0) + 1 from outbox where delivered_at is null),
            ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    update: Some(
        "update outbox set type = ?3, at = ?4, attempts = ?5, retry_at = ?6, delivered_at = ?7,
             last_error = ?8, event = ?9 where aggregate = ?1 and number = ?2 and attempts < ?5",
    ),
    remove: Some("delete from outbox where aggregate = ?1 and number = ?2"),
    key: 2,
};

pub(super) const DELIVERED: &str = "select aggregate, number from outbox where delivered_at < ?1
    order by delivered_at, aggregate, number limit ?2";

#[async_trait]
impl Outbox for SqliteStore {
    async fn undelivered(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
        self.readers
            .read(move |connection| {
                let mut statement = connection.prepare_cached(UNDELIVERED)?;
                collect(statement.query((time(now), rows_up_to(limit)))?, event)
            })
            .await
    }

    async fn events(&self, page: Page<EventNumber>) -> Result<Vec<OutboxEvent>, StoreError> {
        self.readers
            .read(move |connection| {
                let aggregate = page.after.as_ref().map(|after| key(&after.aggregate)).unwrap_or_default();
                let number = integer(page.after.as_ref().map_or(0, |after| after.number))?;
                let mut statement = connection.prepare_cached(PAGE)?;
                collect(statement.query((aggregate, number, limit_of(&page)))?, event)
            })
            .await
    }
}

/// The text of an aggregate, which sorts as the engine sorts aggregates: by kind, then by id. A tab ends the SKU: it
/// sorts before everything that a SKU may have in it.
pub(crate) fn key(aggregate: &Aggregate) -> String {
    match aggregate {
        Aggregate::Product(id) => format!("1-product/{id}"),
        Aggregate::Promotion(id) => format!("2-promotion/{id}"),
        Aggregate::Customer(id) => format!("3-customer/{id}"),
        Aggregate::Stock(key) => format!("4-stock/{}\t{}", key.sku, key.location),
        Aggregate::Checkout(id) => format!("5-checkout/{id}"),
        Aggregate::Order(id) => format!("6-order/{id}"),
        Aggregate::Payment(id) => format!("7-payment/{id}"),
    }
}

/// The number of an event in a row that begins with its aggregate and its place there.
pub(crate) fn number(row: &Row<'_>) -> Result<EventNumber, Failure> {
    let key = row.get_ref(0)?.as_str()?;
    let wrong = || StoreError::corrupt(format!("aggregate {key:?}"), "there is no such kind");
    let (kind, id) = key.split_once('/').ok_or_else(wrong)?;
    let aggregate = match kind {
        "4-stock" => Aggregate::Stock(stock_key(id).ok_or_else(wrong)?),
        "1-product" => Aggregate::Product(ProductId::from_uuid(parsed_uuid(id)?)),
        "2-promotion" => Aggregate::Promotion(PromotionId::from_uuid(parsed_uuid(id)?)),
        "3-customer" => Aggregate::Customer(CustomerId::from_uuid(parsed_uuid(id)?)),
        "5-checkout" => Aggregate::Checkout(CheckoutId::from_uuid(parsed_uuid(id)?)),
        "6-order" => Aggregate::Order(OrderId::from_uuid(parsed_uuid(id)?)),
        "7-payment" => Aggregate::Payment(PaymentId::from_uuid(parsed_uuid(id)?)),
        _ => return Err(wrong().into()),
    };
    Ok(EventNumber { aggregate, number: count(row.get(1)?)? })
}

fn stock_key(text: &str) -> Option<StockKey> {
    let (sku, location) = text.split_once('\t')?;
    Some(StockKey { sku: Sku::new(sku).ok()?, location: LocationId::new(location).ok()? })
}

/// The parameters of [`TABLE`].
pub(crate) fn values(event: &OutboxEvent) -> Result<Vec<Value>, StoreError> {
    let number = &event.event.number;
    Ok(vec![
        text(key(&number.aggregate)),
        integer(number.number)?.into(),
        text(event.event.event.name()),
        time(event.event.at).into(),
        i64::from(event.attempts).into(),
        maybe(event.retry_at.map(time)),
        maybe(event.delivered_at.map(time)),
        maybe(event.last_error.as_ref()),
        document(&event.event)?.into(),
    ])
}

/// The event in a row of these columns.
pub(crate) fn event(row: &Row<'_>) -> Result<OutboxEvent, Failure> {
    let event: NumberedEvent = parsed("an event", row.get_ref(0)?.as_str()?)?;
    let at = |column| -> Result<Option<DateTime<Utc>>, Failure> {
        let stored = row.get_ref(column)?.as_str_or_null()?;
        Ok(stored.map(parsed_time).transpose()?)
    };
    Ok(OutboxEvent {
        event,
        attempts: count(row.get(1)?)?,
        retry_at: at(2)?,
        delivered_at: at(3)?,
        last_error: row.get(4)?,
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn aggregates_sort_as_text_as_the_engine_sorts_them() {
        let all = aggregates();
        assert!(all.is_sorted_by_key(key));
    }

    #[test]
    fn an_aggregate_is_read_back_from_its_text() {
        let database = Connection::open_in_memory().unwrap();
        for aggregate in aggregates() {
            let event = EventNumber { aggregate, number: 7 };
            let stored = (key(&event.aggregate), 7);
            let read = database.query_row("select ?1, ?2", stored, |row| Ok(number(row))).unwrap();
            assert_eq!(read.unwrap(), event);
        }
    }

    /// Every kind, sorted as the engine sorts them.
    fn aggregates() -> Vec<Aggregate> {
        let stock = |sku, location| {
            let (sku, location) = (Sku::new(sku).unwrap(), LocationId::new(location).unwrap());
            Aggregate::Stock(StockKey { sku, location })
        };
        let mut all = vec![
            stock("A B", "a"),
            stock("A", "z"),
            stock("A!", "a"),
            stock("Ä", "ß"),
            stock("a", "main"),
            stock("B", "main"),
            Aggregate::Payment(PaymentId::from_uuid(Uuid::nil())),
            Aggregate::Order(OrderId::from_uuid(Uuid::max())),
            Aggregate::Order(OrderId::from_uuid(Uuid::from_u128(10))),
            Aggregate::Checkout(CheckoutId::from_uuid(Uuid::from_u128(9))),
            Aggregate::Product(ProductId::from_uuid(Uuid::max())),
            Aggregate::Promotion(PromotionId::from_uuid(Uuid::from_u128(8))),
            Aggregate::Customer(CustomerId::from_uuid(Uuid::from_u128(7))),
        ];
        all.sort();
        all
    }
}
