use commerce_core::{
    domain::ids::CheckoutId,
    storage::{Counter, CounterHold, CounterKey, HoldKey, HoldState, StoreError},
};
use rusqlite::{Row, types::Value};

use crate::{
    columns::{count, integer, text},
    documents::uuid,
    error::Failure,
    save::Statements,
};

pub(crate) const ONE: &str = "select counter, held, used from counters where counter = ?1";

pub(crate) const PAGE: &str =
    "select counter, held, used from counters where counter > ?1 order by counter limit ?2";

/// The first page begins before the counter without a name.
pub(crate) const FIRST_PAGE: &str = "select counter, held, used from counters order by counter limit ?1";

pub(crate) const TABLE: Statements = Statements {
    insert: "insert into counters (counter, held, used) values (?1, ?2, ?3)",
    update: Some("update counters set held = ?2, used = ?3 where counter = ?1"),
    remove: None,
    key: 1,
};

pub(crate) const ONE_HOLD: &str =
    "select counter, holder, amount, state from counter_holds where counter = ?1 and holder = ?2";

pub(crate) const HOLDS: &str = "select counter, holder, amount, state from counter_holds
    where (counter, holder) > (?1, ?2) order by counter, holder limit ?3";

pub(crate) const HOLDS_TABLE: Statements = Statements {
    insert: "insert into counter_holds (counter, holder, amount, state) values (?1, ?2, ?3, ?4)",
    update: Some("update counter_holds set amount = ?3, state = ?4 where counter = ?1 and holder = ?2"),
    remove: Some("delete from counter_holds where counter = ?1 and holder = ?2"),
    key: 2,
};

/// The parameters of [`TABLE`].
pub(crate) fn values(key: &CounterKey, counter: &Counter) -> Result<Vec<Value>, StoreError> {
    Ok(vec![text(key), integer(counter.held)?.into(), integer(counter.used)?.into()])
}

pub(crate) fn counter(row: &Row<'_>) -> Result<(CounterKey, Counter), Failure> {
    let counter = Counter { held: count(row.get(1)?)?, used: count(row.get(2)?)? };
    Ok((key(row)?, counter))
}

/// The parameters of [`HOLDS_TABLE`].
pub(crate) fn hold_values(key: &HoldKey, hold: &CounterHold) -> Result<Vec<Value>, StoreError> {
    let state = match hold.state {
        HoldState::Held => "held",
        HoldState::Settled => "settled",
    };
    Ok(vec![text(&key.counter), text(key.holder), integer(hold.amount)?.into(), text(state)])
}

pub(crate) fn hold(row: &Row<'_>) -> Result<(HoldKey, CounterHold), Failure> {
    let key = HoldKey { counter: key(row)?, holder: CheckoutId::from_uuid(uuid(row, 1)?) };
    let state = match row.get_ref(3)?.as_str()? {
        "held" => HoldState::Held,
        "settled" => HoldState::Settled,
        other => return Err(StoreError::corrupt(key.counter, format!("state {other:?}")).into()),
    };
    Ok((key, CounterHold { amount: count(row.get(2)?)?, state }))
}

fn key(row: &Row<'_>) -> Result<CounterKey, Failure> {
    Ok(CounterKey::from_stored(row.get_ref(0)?.as_str()?))
}
