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
use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::{
    PostgresStore,
    columns::{Cells, Value, cells, count, integer, json, known, maybe, number, parsed, text, time},
    documents::{limit as limit_of, rows_up_to},
    error::Failure,
};

macro_rules! columns {
    () => {
        cells!("here.attempts"; "here.event, here.last_error"; ""; "here.retry_at, here.delivered_at")
    };
}

pub(crate) const LOCK: &str = concat!(
    "select ",
    columns!(),
    " from unnest(?::text[], ?::int8[]) with ordinality wanted (aggregate, number, place)
        join outbox here on here.aggregate = wanted.aggregate and here.number = wanted.number
    order by wanted.place for no key update of here"
);

pub(super) const PAGE: &str = concat!(
    "select ",
    columns!(),
    " from outbox here where (here.aggregate, here.number) > ($1, $2)
    order by here.aggregate, here.number limit $3"
);

/// An event that has to wait holds up the later ones of its aggregate, and no others.
pub(super) const UNDELIVERED: &str = concat!(
    "select ",
    columns!(),
    " from outbox here where here.delivered_at is null and not exists (
          select 1 from outbox earlier
          where earlier.aggregate = here.aggregate and earlier.number <= here.number
              and earlier.delivered_at is null and earlier.retry_at is not null and earlier.retry_at > $1
      ) order by here.place limit $2"
);

pub(crate) const INSERT: &str = "insert into outbox
        (aggregate, number, type, at, event, attempts, retry_at, delivered_at, last_error)
    select * from unnest(?::text[], ?::int8[], ?::text[], ?::timestamptz[], ?::text[], ?::int8[],
        ?::timestamptz[], ?::timestamptz[], ?::text[]) returning 1";

/// Only how its delivery stands ever changes, unless its number was forgotten and is used again in one batch.
pub(crate) const MARK: &str = "update outbox here set type = new.type, at = new.at, event = new.event,
        attempts = new.attempts, retry_at = new.retry_at, delivered_at = new.delivered_at,
        last_error = new.last_error
    from unnest(?::text[], ?::int8[], ?::text[], ?::timestamptz[], ?::text[], ?::int8[], ?::timestamptz[],
        ?::timestamptz[], ?::text[])
        new (aggregate, number, type, at, event, attempts, retry_at, delivered_at, last_error)
    where here.aggregate = new.aggregate and here.number = new.number returning 1";

pub(super) const DELIVERED: &str = "select aggregate, number from outbox where delivered_at < $1
    order by delivered_at, aggregate, number limit $2";

pub(crate) const REMOVE: &str =
    "delete from outbox here using unnest(?::text[], ?::int8[]) gone (aggregate, number)
    where here.aggregate = gone.aggregate and here.number = gone.number returning 1";

#[async_trait]
impl Outbox for PostgresStore {
    async fn undelivered(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
        let question = sqlx::query(UNDELIVERED).bind(known(now)).bind(rows_up_to(limit));
        self.pools.deciding.every(question, |row| event(&Cells::from(row, 0)?)).await
    }

    async fn events(&self, page: Page<EventNumber>) -> Result<Vec<OutboxEvent>, StoreError> {
        let aggregate = page.after.as_ref().map(|after| key(&after.aggregate)).unwrap_or_default();
        let number = integer(page.after.as_ref().map_or(0, |after| after.number))?;
        let question = sqlx::query(PAGE).bind(aggregate).bind(number).bind(limit_of(&page));
        self.pools.deciding.every(question, |row| event(&Cells::from(row, 0)?)).await
    }
}

/// The text of an aggregate, which sorts as the engine sorts aggregates: by kind, then by id. A tab ends the SKU: it
/// sorts before everything that a SKU may have in it.
fn key(aggregate: &Aggregate) -> String {
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
pub(crate) fn number_of(row: &PgRow) -> Result<EventNumber, Failure> {
    let key: &str = row.try_get(0)?;
    let wrong = || StoreError::corrupt(format!("aggregate {key:?}"), "there is no such kind");
    let (kind, id) = key.split_once('/').ok_or_else(wrong)?;
    let uuid =
        || Uuid::parse_str(id).map_err(|error| StoreError::corrupt(format!("aggregate {key:?}"), error));
    let aggregate = match kind {
        "4-stock" => Aggregate::Stock(stock_key(id).ok_or_else(wrong)?),
        "1-product" => Aggregate::Product(ProductId::from_uuid(uuid()?)),
        "2-promotion" => Aggregate::Promotion(PromotionId::from_uuid(uuid()?)),
        "3-customer" => Aggregate::Customer(CustomerId::from_uuid(uuid()?)),
        "5-checkout" => Aggregate::Checkout(CheckoutId::from_uuid(uuid()?)),
        "6-order" => Aggregate::Order(OrderId::from_uuid(uuid()?)),
        "7-payment" => Aggregate::Payment(PaymentId::from_uuid(uuid()?)),
        _ => return Err(wrong().into()),
    };
    Ok(EventNumber { aggregate, number: count(row.try_get(1)?)? })
}

fn stock_key(text: &str) -> Option<StockKey> {
    let (sku, location) = text.split_once('\t')?;
    Some(StockKey { sku: Sku::new(sku).ok()?, location: LocationId::new(location).ok()? })
}

pub(crate) fn key_values(event: &EventNumber) -> Result<Vec<Value>, StoreError> {
    Ok(vec![text(key(&event.aggregate)), number(event.number)?])
}

/// The values of [`INSERT`] and [`MARK`].
pub(crate) fn values(event: &OutboxEvent) -> Result<Vec<Value>, StoreError> {
    let mut values = key_values(&event.event.number)?;
    values.extend([
        text(event.event.event.name()),
        time(event.event.at),
        json(&event.event)?,
        Value::Number(event.attempts.into()),
        Value::Time(event.retry_at.map(known)),
        Value::Time(event.delivered_at.map(known)),
        maybe(event.last_error.as_ref()),
    ]);
    Ok(values)
}

/// The event in these cells.
pub(crate) fn event(cells: &Cells) -> Result<OutboxEvent, Failure> {
    let event: NumberedEvent = parsed("an event", cells.text(0)?)?;
    Ok(OutboxEvent {
        event,
        attempts: cells.count(0)?,
        retry_at: cells.maybe_time(0),
        delivered_at: cells.maybe_time(1),
        last_error: cells.maybe_text(1).map(str::to_owned),
    })
}
