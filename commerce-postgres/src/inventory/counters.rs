use commerce_core::{
    domain::ids::CheckoutId,
    storage::{Counter, CounterHold, CounterKey, HoldKey, HoldState, StoreError},
};

use crate::{
    columns::{Cells, Value, cells, id, number, text},
    error::Failure,
};

macro_rules! columns {
    () => {
        cells!("here.held, here.used"; "here.counter"; ""; "")
    };
}

macro_rules! hold_columns {
    () => {
        cells!("here.amount"; "here.counter, here.state"; "here.holder"; "")
    };
}

pub(crate) const LOCK: &str = concat!(
    "select ",
    columns!(),
    " from unnest(?::text[]) with ordinality wanted (counter, place)
        join counters here on here.counter = wanted.counter
    order by wanted.place for no key update of here"
);

pub(crate) const PAGE: &str = concat!(
    "select ",
    columns!(),
    " from counters here where here.counter >= $1 order by here.counter limit $2"
);

pub(crate) const INSERT: &str = "insert into counters (counter, held, used)
    select * from unnest(?::text[], ?::int8[], ?::int8[]) returning 1";

pub(crate) const UPDATE: &str = "update counters here set held = new.held, used = new.used
    from unnest(?::text[], ?::int8[], ?::int8[]) new (counter, held, used)
    where here.counter = new.counter returning 1";

pub(crate) const LOCK_HOLD: &str = concat!(
    "select ",
    hold_columns!(),
    " from unnest(?::text[], ?::uuid[]) with ordinality wanted (counter, holder, place)
        join counter_holds here on here.counter = wanted.counter and here.holder = wanted.holder
    order by wanted.place for no key update of here"
);

pub(crate) const HOLDS: &str = concat!(
    "select ",
    hold_columns!(),
    " from counter_holds here where (here.counter, here.holder) > ($1, $2)
    order by here.counter, here.holder limit $3"
);

pub(crate) const INSERT_HOLD: &str = "insert into counter_holds (counter, holder, amount, state)
    select * from unnest(?::text[], ?::uuid[], ?::int8[], ?::text[]) returning 1";

pub(crate) const UPDATE_HOLD: &str = "update counter_holds here set amount = new.amount, state = new.state
    from unnest(?::text[], ?::uuid[], ?::int8[], ?::text[]) new (counter, holder, amount, state)
    where here.counter = new.counter and here.holder = new.holder returning 1";

pub(crate) const REMOVE_HOLD: &str = "delete from counter_holds here
    using unnest(?::text[], ?::uuid[]) gone (counter, holder)
    where here.counter = gone.counter and here.holder = gone.holder returning 1";

/// Nothing, as long as there are no such holds.
pub(crate) const HELD: &str = "select 1 from unnest(?::text[], ?::uuid[]) free (counter, holder)
    join counter_holds here on here.counter = free.counter and here.holder = free.holder";

pub(crate) fn key_values(key: &CounterKey) -> Vec<Value> {
    vec![text(key)]
}

pub(crate) fn hold_key_values(key: &HoldKey) -> Vec<Value> {
    vec![text(&key.counter), id(key.holder.uuid())]
}

/// The values of [`INSERT`] and [`UPDATE`].
pub(crate) fn values(key: &CounterKey, counter: &Counter) -> Result<Vec<Value>, StoreError> {
    Ok(vec![text(key), number(counter.held)?, number(counter.used)?])
}

pub(crate) fn counter(cells: &Cells) -> Result<(CounterKey, Counter), Failure> {
    let counter = Counter { held: cells.count(0)?, used: cells.count(1)? };
    Ok((CounterKey::from_stored(cells.text(0)?), counter))
}

/// The values of [`INSERT_HOLD`] and [`UPDATE_HOLD`].
pub(crate) fn hold_values(key: &HoldKey, hold: &CounterHold) -> Result<Vec<Value>, StoreError> {
    let state = match hold.state {
        HoldState::Held => "held",
        HoldState::Settled => "settled",
    };
    Ok([hold_key_values(key), vec![number(hold.amount)?, text(state)]].concat())
}

pub(crate) fn hold(cells: &Cells) -> Result<(HoldKey, CounterHold), Failure> {
    let counter = CounterKey::from_stored(cells.text(0)?);
    let state = match cells.text(1)? {
        "held" => HoldState::Held,
        "settled" => HoldState::Settled,
        other => return Err(StoreError::corrupt(counter, format!("state {other:?}")).into()),
    };
    let key = HoldKey { counter, holder: CheckoutId::from_uuid(cells.id(0)?) };
    Ok((key, CounterHold { amount: cells.count(0)?, state }))
}
