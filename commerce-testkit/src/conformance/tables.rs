//! What a store in SQL shows to a person who reads it with the database's own shell.
//!
//! Not a rule of [`store_conformance!`](crate::store_conformance): a store need not have tables. One that has calls them,
//! or views of them, by these names.

use std::num::NonZeroU32;

use commerce_core::{
    domain::{
        catalog::{CategoryPath, KitPart, PriceList},
        ids::PriceListCode,
    },
    storage::{ChangeSet, Put},
};

use crate::fixtures::*;

/// A shop with something in each of these tables, for an empty store to commit.
pub fn shop() -> ChangeSet {
    let mut mug = product(1, "MUG");
    let dozen = NonZeroU32::MIN.saturating_add(11);
    mug.categories.extend(CategoryPath::new("kitchen/mugs"));
    let variant = &mut mug.variants[0];
    variant.kit.push(KitPart { sku: sku("CUP"), units: dozen });
    let wholesale = PriceListCode::new("wholesale").map(PriceList::new);
    let cheaper = wholesale.map(|list| variant.prices[0].clone().from_pieces(dozen).on_list(list));
    variant.prices.extend(cheaper);
    mug.note_prices(None, NOON);
    changes()
        .with(Put::new(mug))
        .with(Put::new(order(1)))
        .with(Put::new(payment(1, 1)))
        .with(receive("MUG", 3))
        .with(reserve(1, held_by_cart(1, after_noon(60)), [demand("MUG", 2)]))
}

/// What is asked of that shop, and the answer as text.
pub const QUESTIONS: [(&str, &str); 10] = [
    ("select sku from variants", "MUG"),
    ("select amount || ' ' || currency from prices limit 1", "10.00 EUR"),
    ("select from_quantity || ' ' || list from prices where list is not null", "12 wholesale"),
    ("select count(*) || '' from prices where from_quantity = 1 and list is null", "1"),
    ("select amount || ' ' || currency from price_history", "10.00 EUR"),
    ("select units || ' ' || part from kit_parts", "12 CUP"),
    ("select category from product_categories", "kitchen/mugs"),
    ("select sku || ': ' || units from reservation_lines", "MUG: 2"),
    ("select sku from order_lines limit 1", "MUG"),
    ("select kind from transactions limit 1", "authorized"),
];
