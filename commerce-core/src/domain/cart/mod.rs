//! What a buyer has picked, before anything is promised.

mod line;
mod merge;
mod prospect;
mod quantity;
mod warning;

pub use line::CartLine;
pub use merge::{LeftOut, MergeNote, MergePolicy};
pub use prospect::Prospect;
pub use quantity::{InvalidQuantity, Quantity};
pub use warning::CartWarning;

use std::{collections::BTreeMap, num::NonZeroU32};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    catalog::{Listing, Price, ProductStatus, Variant},
    ids::{CartId, CheckoutId, CouponCode, CustomerId, LineId, MarketId, ReservationId, Sku},
    metadata::Metadata,
    money::Currency,
};

/// A buyer's picks: one market and one currency for life, at most [`Cart::LINES`] lines, at most one coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Its id; whoever knows it may change the cart.
    pub id: CartId,
    /// Whose it is; nobody's while the buyer is a guest.
    pub customer: Option<CustomerId>,
    /// The market it shops in.
    pub market: MarketId,
    /// The currency of that market.
    pub currency: Currency,
    /// What was picked, in the order of picking.
    pub lines: Vec<CartLine>,
    /// The coupon typed in.
    pub coupon: Option<CouponCode>,
    /// Stock held for it, when the shop reserves on adding to the cart.
    pub hold: Option<ReservationId>,
    /// The latest checkouts that took their goods out, so that none takes them twice.
    pub closed_by: Vec<CheckoutId>,
    /// The customer's cart that has taken this one over; then it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CartId>,
    /// The latest guests' carts it has taken over, so that none is taken over twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<CartId>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// The embedder's notes.
    pub metadata: Metadata,
}

/// Why a cart cannot be changed like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CartProblem {
    /// It has as many lines as a cart may have.
    #[error("a cart has at most {} lines", Cart::LINES)]
    TooManyLines,
    /// It has no such line.
    #[error("the cart has no line {line}")]
    NoSuchLine {
        /// The line asked for.
        line: LineId,
    },
    /// It was taken over by another cart.
    #[error("the cart was merged into cart {into}: go on with that one")]
    Merged {
        /// Which one.
        into: CartId,
    },
    /// There would be fewer pieces than the variant is sold in.
    #[error("{sku} is sold from {min} pieces on")]
    TooFewPieces {
        /// The variant.
        sku: Sku,
        /// The fewest.
        min: NonZeroU32,
    },
    /// There would be more pieces than one order may have.
    #[error("{sku} is sold up to {max} pieces an order")]
    TooManyPieces {
        /// The variant.
        sku: Sku,
        /// The most.
        max: NonZeroU32,
    },
    /// The line would hold more than a line may hold.
    #[error(transparent)]
    Quantity(#[from] InvalidQuantity),
}

impl CartProblem {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyLines => "too_many_lines",
            Self::NoSuchLine { .. } => "no_such_line",
            Self::Merged { .. } => "cart_merged",
            Self::TooFewPieces { .. } => "too_few_pieces",
            Self::TooManyPieces { .. } => "too_many_pieces",
            Self::Quantity(_) => "invalid_quantity",
        }
    }
}

impl Cart {
    /// The most lines.
    pub const LINES: usize = 1_000;
    /// How many closed checkouts, and how many merged carts, it remembers.
    const MEMORY: usize = 32;

    /// An empty cart.
    pub const fn new(id: CartId, market: MarketId, currency: Currency, now: DateTime<Utc>) -> Self {
        Self {
            id,
            customer: None,
            market,
            currency,
            lines: Vec::new(),
            coupon: None,
            hold: None,
            closed_by: Vec::new(),
            merged_into: None,
            merged: Vec::new(),
            changed_at: now,
            metadata: Metadata::EMPTY,
        }
    }

    /// Adds pieces: to the line that has the same SKU and the same notes, or as a new line. Answers the line's id.
    pub fn add(&mut self, line: CartLine) -> Result<LineId, CartProblem> {
        let same = |old: &&mut CartLine| old.sku == line.sku && old.metadata == line.metadata;
        if let Some(old) = self.lines.iter_mut().find(same) {
            old.quantity = old.quantity.plus(line.quantity)?;
            return Ok(old.id);
        }
        if self.lines.len() >= Self::LINES {
            return Err(CartProblem::TooManyLines);
        }
        let id = line.id;
        self.lines.push(line);
        Ok(id)
    }

    /// Sets how many pieces a line holds.
    pub fn set_quantity(&mut self, line: LineId, quantity: Quantity) -> Result<(), CartProblem> {
        let found = self.lines.iter_mut().find(|old| old.id == line);
        found.ok_or(CartProblem::NoSuchLine { line })?.quantity = quantity;
        Ok(())
    }

    /// Notes what a variant costs as the buyer sees it now, on each of its lines: they are counted together.
    pub fn see(&mut self, sku: &Sku, price: Option<&Price>) {
        let mine = self.lines.iter_mut().filter(|line| line.sku == *sku);
        mine.for_each(|line| line.seen = price.cloned());
    }

    /// Whether a variant is on sale in this cart's market, to whomever and in whatever number.
    pub fn sells(&self, listing: &Listing) -> bool {
        let priced = listing.variant().prices_in(&self.market).next().is_some();
        priced && listing.product().status == ProductStatus::Active
    }

    /// The units it takes from stock; a SKU that is not among the listings takes none.
    pub fn draws(&self, listings: &BTreeMap<Sku, Listing>) -> BTreeMap<Sku, i64> {
        let mut draws = BTreeMap::new();
        for line in &self.lines {
            let known = listings.get(&line.sku).map(|listing| listing.variant().draws(line.quantity.units()));
            for (sku, units) in known.into_iter().flatten() {
                *draws.entry(sku.clone()).or_default() += units;
            }
        }
        draws
    }

    /// Says whether there are fewer or more pieces of the variant than one order may have, all lines together.
    pub fn check_pieces(&self, variant: &Variant) -> Result<(), CartProblem> {
        let (sku, pieces) = (|| variant.sku.clone(), self.pieces(&variant.sku));
        if let Some(min) = variant.min_pieces.filter(|min| pieces < i64::from(min.get())) {
            return Err(CartProblem::TooFewPieces { sku: sku(), min });
        }
        if let Some(max) = variant.max_pieces.filter(|max| pieces > i64::from(max.get())) {
            return Err(CartProblem::TooManyPieces { sku: sku(), max });
        }
        Ok(())
    }

    /// How many pieces of a variant it holds, all lines together.
    pub fn pieces(&self, sku: &Sku) -> i64 {
        self.lines.iter().filter(|line| line.sku == *sku).map(|line| line.quantity.units()).sum()
    }

    /// Takes a line out.
    pub fn remove(&mut self, line: LineId) -> Result<(), CartProblem> {
        let before = self.lines.len();
        self.lines.retain(|old| old.id != line);
        if self.lines.len() < before { Ok(()) } else { Err(CartProblem::NoSuchLine { line }) }
    }

    /// Takes out what a checkout has bought, once: lines and pieces added meanwhile stay.
    pub fn close(&mut self, checkout: CheckoutId, bought: &[(LineId, Quantity)]) {
        if self.closed_by.contains(&checkout) {
            return;
        }
        self.lines.retain_mut(|line| {
            match bought.iter().find(|(id, _)| *id == line.id).map(|(_, gone)| line.quantity.minus(*gone)) {
                Some(Some(left)) => {
                    line.quantity = left;
                    true
                }
                Some(None) => false,
                None => true,
            }
        });
        self.coupon = None;
        self.hold = None;
        if self.closed_by.len() == Self::MEMORY {
            self.closed_by.remove(0);
        }
        self.closed_by.push(checkout);
    }

    /// The SKUs of the lines, each once, sorted.
    pub fn skus(&self) -> Vec<Sku> {
        let mut skus: Vec<Sku> = self.lines.iter().map(|line| line.sku.clone()).collect();
        skus.sort_unstable();
        skus.dedup();
        skus
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn cart() -> Cart {
        let id = CartId::from_uuid(Uuid::nil());
        Cart::new(id, MarketId::new("eu").unwrap(), Currency::EUR, DateTime::UNIX_EPOCH)
    }

    fn line(id: u128, sku: &str, pieces: u32) -> CartLine {
        let id = LineId::from_uuid(Uuid::from_u128(id));
        CartLine::new(id, Sku::new(sku).unwrap(), Quantity::new(pieces).unwrap())
    }

    #[test]
    fn the_same_thing_twice_is_one_line_unless_its_notes_differ() {
        let mut cart = cart();
        let first = cart.add(line(1, "A", 2)).unwrap();
        assert_eq!(cart.add(line(2, "A", 3)).unwrap(), first);
        let engraved =
            CartLine { metadata: Metadata::new([("engraving", "Ann")]).unwrap(), ..line(3, "A", 1) };
        assert_ne!(cart.add(engraved).unwrap(), first);
        assert_eq!(cart.lines.iter().map(|line| line.quantity.get()).collect::<Vec<_>>(), [5, 1]);
    }

    #[test]
    fn a_cart_has_limits() {
        let mut cart = cart();
        for n in 0..Cart::LINES {
            cart.add(line(n as u128, &n.to_string(), 1)).unwrap();
        }
        assert_eq!(cart.add(line(9_999, "more", 1)), Err(CartProblem::TooManyLines));
        let most = line(0, "0", Quantity::LIMIT);
        assert!(matches!(cart.add(most), Err(CartProblem::Quantity(_))));
    }

    #[test]
    fn closing_takes_out_what_was_bought_and_only_once() {
        let mut cart = cart();
        cart.add(line(1, "A", 3)).unwrap();
        cart.add(line(2, "B", 1)).unwrap();
        let bought = [(cart.lines[0].id, Quantity::new(2).unwrap()), (cart.lines[1].id, Quantity::ONE)];
        let checkout = CheckoutId::from_uuid(Uuid::from_u128(1));
        for _ in 0..2 {
            cart.close(checkout, &bought);
            assert_eq!(cart.lines.len(), 1);
            assert_eq!(cart.lines[0].quantity, Quantity::ONE);
        }
    }
}
