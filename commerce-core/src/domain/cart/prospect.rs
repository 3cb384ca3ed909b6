use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Cart;
use crate::domain::{
    catalog::{Listing, Price, PriceRequest},
    ids::{CustomerGroup, Sku},
};

/// What the shop offers the buyer of a cart at one time.
#[derive(Debug, Clone)]
pub struct Prospect {
    /// The variants of the cart that were found.
    pub listings: BTreeMap<Sku, Listing>,
    /// The group the buyer is of, if any.
    pub group: Option<CustomerGroup>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Prospect {
    /// What a variant costs in this cart, for as many pieces as it holds, if it is on sale for them.
    pub fn price(&self, cart: &Cart, sku: &Sku) -> Option<&Price> {
        let listing = self.listings.get(sku).filter(|listing| cart.sells(listing))?;
        let (group, pieces) = (self.group.as_ref(), cart.pieces(sku).unsigned_abs());
        listing.variant().price_for(&PriceRequest { market: &cart.market, group, at: self.at, pieces })
    }
}
