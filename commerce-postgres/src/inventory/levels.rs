use commerce_core::{
    domain::{
        ids::{LocationId, Sku},
        inventory::{Backorder, MovementKey, StockKey, StockLevel, StockMovement, StockPolicy},
    },
    storage::StoreError,
};

use crate::{
    columns::{Cells, Value, cells, json, number, parsed, text, time},
    error::Failure,
};

macro_rules! columns {
    () => {
        cells!(
            "here.on_hand, here.reserved, here.committed, here.safety, here.low_stock_at, here.movements, here.events";
            "here.sku, here.location, here.backorder";
            "";
            ""
        )
    };
}

pub(crate) const LOCK: &str = concat!(
    "select ",
    columns!(),
    " from unnest(?::text[], ?::text[]) with ordinality wanted (sku, location, place)
        join stock_levels here on here.sku = wanted.sku and here.location = wanted.location
    order by wanted.place for no key update of here"
);

pub(crate) const OF_SKUS: &str = concat!(
    "select ",
    columns!(),
    ", here.sku from unnest($1::text[]) wanted (sku) join stock_levels here on here.sku = wanted.sku
    order by here.sku, here.location"
);

pub(crate) const PAGE: &str = concat!(
    "select ",
    columns!(),
    " from stock_levels here where (here.sku, here.location) > ($1, $2) order by here.sku, here.location limit $3"
);

pub(crate) const INSERT: &str = "insert into stock_levels
        (sku, location, on_hand, reserved, committed, safety, low_stock_at, backorder, movements, events)
    select * from unnest(?::text[], ?::text[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::text[],
        ?::int8[], ?::int8[]) returning 1";

pub(crate) const UPDATE: &str = "update stock_levels here set on_hand = new.on_hand, reserved = new.reserved,
        committed = new.committed, safety = new.safety, low_stock_at = new.low_stock_at,
        backorder = new.backorder, movements = new.movements, events = new.events
    from unnest(?::text[], ?::text[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::text[],
        ?::int8[], ?::int8[])
        new (sku, location, on_hand, reserved, committed, safety, low_stock_at, backorder, movements, events)
    where here.sku = new.sku and here.location = new.location returning 1";

pub(crate) const MOVEMENTS: &str = concat!(
    "select ",
    cells!("here.number, here.change"; "here.sku, here.location, here.reason"; ""; "here.at"),
    " from stock_movements here where (here.sku, here.location, here.number) > ($1, $2, $3)
    order by here.sku, here.location, here.number limit $4"
);

pub(crate) const RECORD: &str = "insert into stock_movements (sku, location, number, change, reason, at)
    select * from unnest(?::text[], ?::text[], ?::int8[], ?::int8[], ?::text[], ?::timestamptz[]) returning 1";

pub(crate) fn key_values(key: &StockKey) -> Vec<Value> {
    vec![text(&key.sku), text(&key.location)]
}

/// The values of [`INSERT`] and [`UPDATE`].
pub(crate) fn values(level: &StockLevel) -> Result<Vec<Value>, StoreError> {
    let policy = level.policy;
    Ok(vec![
        text(&level.key.sku),
        text(&level.key.location),
        Value::Number(level.on_hand),
        Value::Number(level.reserved),
        Value::Number(level.committed),
        Value::Number(policy.safety),
        Value::Number(policy.low_stock_at),
        text(match policy.backorder {
            Backorder::Denied => "denied",
            Backorder::Allowed => "allowed",
        }),
        number(level.movements)?,
        number(level.events)?,
    ])
}

/// The level in these cells.
pub(crate) fn level(cells: &Cells) -> Result<StockLevel, Failure> {
    let key = key(cells)?;
    let backorder = match cells.text(2)? {
        "denied" => Backorder::Denied,
        "allowed" => Backorder::Allowed,
        other => return Err(StoreError::corrupt(format!("{key:?}"), format!("backorder {other:?}")).into()),
    };
    Ok(StockLevel {
        key,
        on_hand: cells.number(0)?,
        reserved: cells.number(1)?,
        committed: cells.number(2)?,
        policy: StockPolicy { safety: cells.number(3)?, low_stock_at: cells.number(4)?, backorder },
        movements: cells.count(5)?,
        events: cells.count(6)?,
    })
}

/// The values of [`RECORD`].
pub(crate) fn movement_values(movement: &StockMovement) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        text(&movement.key.stock.sku),
        text(&movement.key.stock.location),
        number(movement.key.number)?,
        Value::Number(movement.change),
        json(&movement.reason)?,
        time(movement.at),
    ])
}

pub(super) fn movement(cells: &Cells) -> Result<StockMovement, Failure> {
    let key = MovementKey { stock: key(cells)?, number: cells.count(0)? };
    let reason = parsed("a stock movement", cells.text(2)?)?;
    Ok(StockMovement { key, change: cells.number(1)?, reason, at: cells.time(0)? })
}

/// The key in the first two texts.
fn key(cells: &Cells) -> Result<StockKey, Failure> {
    let wrong = |error| StoreError::corrupt("a stock level", error);
    let sku = Sku::new(cells.text(0)?).map_err(wrong)?;
    Ok(StockKey { sku, location: LocationId::new(cells.text(1)?).map_err(wrong)? })
}
