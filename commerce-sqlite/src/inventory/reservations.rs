use std::sync::Arc;

use commerce_core::{
    domain::{
        ids::{CartId, CheckoutId, ReservationId},
        inventory::{Holder, ReleaseReason, Reservation, ReservationState},
    },
    storage::StoreError,
};
use rusqlite::{Row, types::Value};

use crate::{
    columns::{document, parsed, parsed_time, parsed_uuid, text, time},
    error::Failure,
    save::Statements,
};

macro_rules! columns {
    () => {
        "id, cart, until, checkout, state, why, lines, made_at"
    };
}

pub(crate) const ONE: &str = concat!("select ", columns!(), " from reservations where id = ?1");

pub(crate) const PAGE: &str =
    concat!("select ", columns!(), " from reservations where id > ?1 order by id limit ?2");

pub(crate) const EXPIRED: &str = concat!(
    "select ",
    columns!(),
    " from reservations where state = 'held' and until <= ?1 order by until, id"
);

pub(crate) const OVER: &str =
    "select id from reservations where state <> 'held' and made_at < ?1 order by made_at limit ?2";

pub(crate) const TABLE: Statements = Statements {
    insert: concat!("insert into reservations (", columns!(), ") values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
    update: Some(
        "update reservations set cart = ?2, until = ?3, checkout = ?4, state = ?5, why = ?6, lines = ?7,
             made_at = ?8 where id = ?1",
    ),
    remove: Some("delete from reservations where id = ?1"),
    key: 1,
};

/// The parameters of [`TABLE`].
pub(crate) fn values(reservation: &Reservation) -> Result<Vec<Value>, StoreError> {
    let (cart, until, checkout) = match reservation.holder {
        Holder::Cart { cart, until } => (text(cart), text(time(until)), Value::Null),
        Holder::Checkout { checkout } => (Value::Null, Value::Null, text(checkout)),
    };
    let (state, why) = match reservation.state {
        ReservationState::Held => ("held", Value::Null),
        ReservationState::Committed => ("committed", Value::Null),
        ReservationState::Released { why } => ("released", text(why.code())),
    };
    let lines = document(&reservation.lines)?.into();
    let made_at = time(reservation.made_at).into();
    Ok(vec![text(reservation.id), cart, until, checkout, text(state), why, lines, made_at])
}

/// The reservation in a row of these columns.
pub(crate) fn reservation(row: &Row<'_>) -> Result<Arc<Reservation>, Failure> {
    let column = |number| Ok::<_, Failure>(row.get_ref(number)?.as_str_or_null()?);
    let id = column(0)?.unwrap_or_default();
    let wrong = |what: &str| StoreError::corrupt(format!("reservation {id}"), what);
    let holder = match (column(1)?, column(2)?, column(3)?) {
        (Some(cart), Some(until), None) => {
            Holder::Cart { cart: CartId::from_uuid(parsed_uuid(cart)?), until: parsed_time(until)? }
        }
        (None, None, Some(checkout)) => {
            Holder::Checkout { checkout: CheckoutId::from_uuid(parsed_uuid(checkout)?) }
        }
        _ => return Err(wrong("it has no holder").into()),
    };
    let state = match (column(4)?, column(5)?) {
        (Some("held"), None) => ReservationState::Held,
        (Some("committed"), None) => ReservationState::Committed,
        (Some("released"), Some(why)) => ReservationState::Released {
            why: ReleaseReason::named(why).ok_or_else(|| wrong("released, but why?"))?,
        },
        _ => return Err(wrong("its state is none").into()),
    };
    Ok(Arc::new(Reservation {
        id: ReservationId::from_uuid(parsed_uuid(id)?),
        holder,
        state,
        lines: parsed("the lines of a reservation", column(6)?.unwrap_or_default())?,
        made_at: parsed_time(column(7)?.unwrap_or_default())?,
    }))
}
