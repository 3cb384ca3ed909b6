use commerce_core::storage::UniqueName;
use uuid::Uuid;

use crate::columns::{Value, cells, id, text};

/// The owners of names, each with the place of its name among those asked for.
pub(crate) const LOCK: &str = concat!(
    "select ",
    cells!("wanted.place"; ""; "here.owner"; ""),
    " from unnest(?::text[], ?::text[]) with ordinality wanted (kind, name, place)
        join names here on here.kind = wanted.kind and here.name = wanted.name
    order by wanted.place for no key update of here"
);

pub(crate) const CLAIM: &str = "insert into names (kind, name, owner)
    select * from unnest(?::text[], ?::text[], ?::uuid[]) returning 1";

/// Gives a name that was freed to another owner.
pub(crate) const HAND_OVER: &str = "update names here set owner = new.owner
    from unnest(?::text[], ?::text[], ?::uuid[]) new (kind, name, owner)
    where here.kind = new.kind and here.name = new.name returning 1";

pub(crate) const FREE: &str = "delete from names here using unnest(?::text[], ?::text[]) gone (kind, name)
    where here.kind = gone.kind and here.name = gone.name returning 1";

/// Nothing, as long as nobody has these names.
pub(crate) const TAKEN: &str = "select 1 from unnest(?::text[], ?::text[]) free (kind, name)
    join names here on here.kind = free.kind and here.name = free.name";

/// The key of a unique name.
pub(crate) fn key_values(name: &UniqueName) -> Vec<Value> {
    match name {
        UniqueName::Sku(sku) => vec![text("sku"), text(sku)],
        UniqueName::Coupon(code) => vec![text("coupon"), text(code)],
        UniqueName::Email(email) => vec![text("email"), text(email)],
        UniqueName::OrderNumber(number) => vec![text("order_number"), text(number)],
    }
}

/// The values of [`CLAIM`].
pub(crate) fn values(name: &UniqueName, owner: Uuid) -> Vec<Value> {
    [key_values(name), vec![id(owner)]].concat()
}
