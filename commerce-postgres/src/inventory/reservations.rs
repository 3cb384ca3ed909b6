use std::sync::Arc;

use commerce_core::{
    domain::{
        ids::{CartId, CheckoutId, ReservationId},
        inventory::{Holder, ReleaseReason, Reservation, ReservationState},
    },
    storage::StoreError,
};

use crate::{
    columns::{Cells, Value, cells, id, json, parsed, text, time},
    error::Failure,
};

macro_rules! columns {
    () => {
        cells!(
            "";
            "here.state, here.why, here.lines";
            "here.id, here.cart, here.checkout";
            "here.until, here.made_at"
        )
    };
}

pub(crate) const LOCK: &str = concat!(
    "select ",
    columns!(),
    " from unnest(?::uuid[]) with ordinality wanted (id, place) join reservations here on here.id = wanted.id
    order by wanted.place for no key update of here"
);

/// Those with these ids; the id is the last column.
pub(crate) const SOME: &str = concat!(
    "select ",
    columns!(),
    ", here.id from unnest($1::uuid[]) wanted (id) join reservations here on here.id = wanted.id"
);

pub(crate) const PAGE: &str =
    concat!("select ", columns!(), " from reservations here where here.id >= $1 order by here.id limit $2");

/// What a hold has is inside its row, so those without the SKUs are passed over one by one.
pub(crate) const EXPIRED: &str = concat!(
    "select ",
    columns!(),
    " from reservations here where here.expires_at <= $1
        and ($2::text[] is null or exists (
            select 1 from jsonb_array_elements(here.lines::jsonb) line where line ->> 'sku' = any ($2)
        ))
    order by here.expires_at, here.id limit $3"
);

pub(crate) const INSERT: &str = "insert into reservations
        (id, cart, until, checkout, state, why, lines, made_at)
    select * from unnest(?::uuid[], ?::uuid[], ?::timestamptz[], ?::uuid[], ?::text[], ?::text[], ?::text[],
        ?::timestamptz[]) returning 1";

/// Of a reservation only its holder and its state ever change, unless its id was forgotten and is used again in one
/// batch.
pub(crate) const UPDATE: &str = "update reservations here set cart = new.cart, until = new.until,
        checkout = new.checkout, state = new.state, why = new.why, lines = new.lines, made_at = new.made_at
    from unnest(?::uuid[], ?::uuid[], ?::timestamptz[], ?::uuid[], ?::text[], ?::text[], ?::text[],
        ?::timestamptz[]) new (id, cart, until, checkout, state, why, lines, made_at)
    where here.id = new.id returning 1";

pub(crate) const OVER: &str = "select id from reservations where state <> 'held' and made_at < $1
    order by made_at limit $2";

pub(crate) const REMOVE: &str = "delete from reservations here using unnest(?::uuid[]) gone (id)
    where here.id = gone.id returning 1";

/// The values of [`INSERT`] and [`UPDATE`].
pub(crate) fn values(reservation: &Reservation) -> Result<Vec<Value>, StoreError> {
    let (cart, until, checkout) = match reservation.holder {
        Holder::Cart { cart, until } => (Value::Id(Some(cart.uuid())), time(until), Value::Id(None)),
        Holder::Checkout { checkout } => {
            (Value::Id(None), Value::Time(None), Value::Id(Some(checkout.uuid())))
        }
    };
    let (state, why) = match reservation.state {
        ReservationState::Held => ("held", Value::Text(None)),
        ReservationState::Committed => ("committed", Value::Text(None)),
        ReservationState::Released { why } => ("released", text(why.code())),
    };
    let (lines, made_at) = (json(&reservation.lines)?, time(reservation.made_at));
    Ok(vec![id(reservation.id.uuid()), cart, until, checkout, text(state), why, lines, made_at])
}

/// The reservation in these cells.
pub(crate) fn reservation(cells: &Cells) -> Result<Arc<Reservation>, Failure> {
    let id = ReservationId::from_uuid(cells.id(0)?);
    let wrong = |what: &str| StoreError::corrupt(format!("reservation {id}"), what);
    let holder = match (cells.maybe_id(1), cells.maybe_time(0), cells.maybe_id(2)) {
        (Some(cart), Some(until), None) => Holder::Cart { cart: CartId::from_uuid(cart), until },
        (None, None, Some(checkout)) => Holder::Checkout { checkout: CheckoutId::from_uuid(checkout) },
        _ => return Err(wrong("it has no holder").into()),
    };
    let state = match (cells.text(0)?, cells.maybe_text(1)) {
        ("held", None) => ReservationState::Held,
        ("committed", None) => ReservationState::Committed,
        ("released", Some(why)) => ReservationState::Released {
            why: ReleaseReason::named(why).ok_or_else(|| wrong("released, but why?"))?,
        },
        _ => return Err(wrong("its state is none").into()),
    };
    let lines = parsed("the lines of a reservation", cells.text(2)?)?;
    Ok(Arc::new(Reservation { id, holder, state, lines, made_at: cells.time(1)? }))
}
