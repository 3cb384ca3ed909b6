use commerce_core::{
    domain::{
        ids::{LocationId, Sku},
        inventory::{Backorder, MovementKey, StockKey, StockLevel, StockMovement, StockPolicy},
    },
    storage::StoreError,
};
use rusqlite::{Row, types::Value};

use crate::{
    columns::{count, document, integer, parsed, parsed_time, text, time},
    error::Failure,
    save::Statements,
};

macro_rules! columns {
    () => {
        "sku, location, on_hand, reserved, committed, safety, low_stock_at, backorder, movements, events"
    };
}

pub(crate) const ONE: &str =
    concat!("select ", columns!(), " from stock_levels where sku = ?1 and location = ?2");

pub(crate) const OF_SKU: &str =
    concat!("select ", columns!(), " from stock_levels where sku = ?1 order by location");

pub(crate) const PAGE: &str = concat!(
    "select ",
    columns!(),
    " from stock_levels where (sku, location) > (?1, ?2) order by sku, location limit ?3"
);

pub(crate) const TABLE: Statements = Statements {
    insert: concat!(
        "insert into stock_levels (",
        columns!(),
        ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    ),
    update: Some(
        "update stock_levels set on_hand = ?3, reserved = ?4, committed = ?5, safety = ?6,
         low_stock_at = ?7, backorder = ?8, movements = ?9, events = ?10 where sku = ?1 and location = ?2",
    ),
    remove: None,
    key: 2,
};

pub(crate) const MOVEMENTS: &str = "select sku, location, number, change, reason, at from stock_movements
    where (sku, location, number) > (?1, ?2, ?3) order by sku, location, number limit ?4";

/// The ledger only grows.
pub(crate) const LEDGER: Statements = Statements {
    insert: "insert into stock_movements (sku, location, number, change, reason, at)
        values (?1, ?2, ?3, ?4, ?5, ?6)",
    update: None,
    remove: None,
    key: 3,
};

/// The parameters of [`TABLE`].
pub(crate) fn values(level: &StockLevel) -> Result<Vec<Value>, StoreError> {
    let policy = level.policy;
    Ok(vec![
        text(&level.key.sku),
        text(&level.key.location),
        level.on_hand.into(),
        level.reserved.into(),
        level.committed.into(),
        policy.safety.into(),
        policy.low_stock_at.into(),
        text(match policy.backorder {
            Backorder::Denied => "denied",
            Backorder::Allowed => "allowed",
        }),
        integer(level.movements)?.into(),
        integer(level.events)?.into(),
    ])
}

/// The level in a row of these columns.
pub(crate) fn level(row: &Row<'_>) -> Result<StockLevel, Failure> {
    let key = key(row)?;
    let backorder = match row.get_ref(7)?.as_str()? {
        "denied" => Backorder::Denied,
        "allowed" => Backorder::Allowed,
        other => return Err(StoreError::corrupt(format!("{key:?}"), format!("backorder {other:?}")).into()),
    };
    Ok(StockLevel {
        key,
        on_hand: row.get(2)?,
        reserved: row.get(3)?,
        committed: row.get(4)?,
        policy: StockPolicy { safety: row.get(5)?, low_stock_at: row.get(6)?, backorder },
        movements: count(row.get(8)?)?,
        events: count(row.get(9)?)?,
    })
}

/// The parameters of [`LEDGER`].
pub(crate) fn movement_values(movement: &StockMovement) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        text(&movement.key.stock.sku),
        text(&movement.key.stock.location),
        integer(movement.key.number)?.into(),
        movement.change.into(),
        document(&movement.reason)?.into(),
        time(movement.at).into(),
    ])
}

pub(super) fn movement(row: &Row<'_>) -> Result<StockMovement, Failure> {
    let key = MovementKey { stock: key(row)?, number: count(row.get(2)?)? };
    let reason = parsed("a stock movement", row.get_ref(4)?.as_str()?)?;
    let at = parsed_time(row.get_ref(5)?.as_str()?)?;
    Ok(StockMovement { key, change: row.get(3)?, reason, at })
}

/// The key in the first two columns.
fn key(row: &Row<'_>) -> Result<StockKey, Failure> {
    let (sku, location) = (row.get_ref(0)?.as_str(), row.get_ref(1)?.as_str());
    let wrong = |error| StoreError::corrupt("a stock level", error);
    Ok(StockKey { sku: Sku::new(sku?).map_err(wrong)?, location: LocationId::new(location?).map_err(wrong)? })
}
