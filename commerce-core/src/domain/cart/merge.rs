use serde::{Deserialize, Serialize};

use super::{Cart, CartLine, CartProblem, Quantity};
use crate::domain::{catalog::Variant, ids::Sku};

/// What becomes of the two carts of a guest who logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MergePolicy {
    /// The guest's lines come to the customer's.
    #[default]
    Merge,
    /// The guest's lines take the place of the customer's, if there are any.
    KeepGuest,
    /// The customer's lines stay as they are.
    KeepOwn,
}

/// Something that did not come over as it was. The login goes on: the shop shows it to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum MergeNote {
    /// One order may not have so many pieces.
    Capped {
        /// The variant.
        sku: Sku,
        /// How many came with the guest's line.
        wanted: Quantity,
        /// How many of them could be kept; nought at worst.
        kept: u32,
    },
    /// The line could not come.
    LeftOut {
        /// The variant.
        sku: Sku,
        /// How many pieces.
        quantity: Quantity,
        /// Why.
        why: LeftOut,
    },
    /// The stock for all of it cannot be held: what was held before still is.
    NotHeld,
    /// The cart to take over belongs to a customer: nothing was taken.
    NotAGuest,
    /// The cart to take over had gone to another cart before: nothing was taken.
    MergedElsewhere,
}

/// Why a line could not come into another cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// The variant is not sold, or not in the cart's market.
    NotSold,
    /// The cart has as many lines as a cart may have.
    NoRoom,
}

impl Cart {
    /// Takes over a guest's cart, once. Never refuses: what is too much is capped or left out, and told.
    ///
    /// `sold` knows the variants that are on sale in this cart's market. Its own coupon stays, unless the guest's lines
    /// take the place of its own; without one it takes the guest's.
    pub fn take_over<'v>(
        &mut self,
        guest: &Self,
        policy: MergePolicy,
        sold: impl Fn(&Sku) -> Option<&'v Variant>,
    ) -> Vec<MergeNote> {
        if self.merged.contains(&guest.id) {
            return Vec::new();
        }
        if self.merged.len() == Self::MEMORY {
            self.merged.remove(0);
        }
        self.merged.push(guest.id);
        if policy == MergePolicy::KeepOwn {
            return Vec::new();
        }
        if policy == MergePolicy::KeepGuest && !guest.lines.is_empty() {
            self.lines.clear();
            self.coupon = None;
        }
        if self.coupon.is_none() {
            self.coupon.clone_from(&guest.coupon);
        }
        guest.lines.iter().filter_map(|line| self.take_line(line, sold(&line.sku))).collect()
    }

    /// Takes as much of a line as there is room for.
    fn take_line(&mut self, line: &CartLine, variant: Option<&Variant>) -> Option<MergeNote> {
        let (sku, wanted) = (|| line.sku.clone(), line.quantity);
        let left_out = |why| Some(MergeNote::LeftOut { sku: sku(), quantity: wanted, why });
        let Some(variant) = variant else { return left_out(LeftOut::NotSold) };
        let same = self.lines.iter().find(|old| old.sku == line.sku && old.metadata == line.metadata);
        let in_line = Quantity::LIMIT - same.map_or(0, |old| old.quantity.get());
        let in_order =
            variant.max_pieces.map_or(i64::MAX, |max| i64::from(max.get()) - self.pieces(&line.sku));
        let room = u32::try_from(in_order.max(0)).unwrap_or(u32::MAX).min(in_line);
        let kept = wanted.get().min(room);
        if let Ok(quantity) = Quantity::new(kept) {
            let seen = line.seen.clone().filter(|price| price.market == self.market);
            if self.add(CartLine { quantity, seen, ..line.clone() }) == Err(CartProblem::TooManyLines) {
                return left_out(LeftOut::NoRoom);
            }
        }
        (kept < wanted.get()).then(|| MergeNote::Capped { sku: sku(), wanted, kept })
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        ids::{CartId, CouponCode, LineId, MarketId},
        money::Currency,
    };

    fn cart(id: u128, lines: &[(&str, u32)]) -> Cart {
        let cart = CartId::from_uuid(Uuid::from_u128(id));
        let mut cart = Cart::new(cart, MarketId::main(), Currency::EUR, DateTime::UNIX_EPOCH);
        for (n, (sku, pieces)) in (1..).zip(lines) {
            let line = LineId::from_uuid(Uuid::from_u128(id * 10_000 + n));
            cart.add(CartLine::new(line, Sku::new(sku).unwrap(), Quantity::new(*pieces).unwrap())).unwrap();
        }
        cart
    }

    fn variant(sku: &str, max: u32) -> Variant {
        Variant { max_pieces: NonZeroU32::new(max), ..Variant::new(Sku::new(sku).unwrap()) }
    }

    fn merged(own: &mut Cart, guest: &Cart, policy: MergePolicy) -> Vec<MergeNote> {
        let sold = [variant("A", 0), variant("B", 5)];
        own.take_over(guest, policy, |sku| sold.iter().find(|variant| variant.sku == *sku))
    }

    fn picks(cart: &Cart) -> Vec<(&str, u32)> {
        cart.lines.iter().map(|line| (line.sku.as_str(), line.quantity.get())).collect()
    }

    #[test]
    fn a_policy_says_whose_lines_stay() {
        let guest = cart(1, &[("A", 2), ("B", 1)]);
        for (policy, expected) in [
            (MergePolicy::Merge, vec![("A", 3), ("B", 1)]),
            (MergePolicy::KeepGuest, vec![("A", 2), ("B", 1)]),
            (MergePolicy::KeepOwn, vec![("A", 1)]),
        ] {
            let mut own = cart(2, &[("A", 1)]);
            assert_eq!(merged(&mut own, &guest, policy), []);
            assert_eq!(picks(&own), expected, "{policy:?}");
        }
    }

    #[test]
    fn an_empty_guest_cart_takes_nothing_away() {
        let mut own = cart(2, &[("A", 1)]);
        own.coupon = Some(CouponCode::new("mine").unwrap());
        let before = own.clone();
        assert_eq!(merged(&mut own, &cart(1, &[]), MergePolicy::KeepGuest), []);
        assert_eq!((&own.lines, &own.coupon), (&before.lines, &before.coupon));
    }

    #[test]
    fn a_guest_cart_is_taken_over_once() {
        let (mut own, guest) = (cart(2, &[]), cart(1, &[("A", 2)]));
        for _ in 0..2 {
            merged(&mut own, &guest, MergePolicy::Merge);
            assert_eq!(picks(&own), [("A", 2)]);
        }
    }

    #[test]
    fn what_is_too_much_is_capped_and_told() {
        let mut own = cart(2, &[("A", Quantity::LIMIT - 1), ("B", 4)]);
        let guest = cart(1, &[("A", 3), ("B", 2), ("C", 1)]);
        let notes = merged(&mut own, &guest, MergePolicy::Merge);
        assert_eq!(picks(&own), [("A", Quantity::LIMIT), ("B", 5)]);
        let sku = |sku| Sku::new(sku).unwrap();
        let pieces = |pieces| Quantity::new(pieces).unwrap();
        let expected = [
            MergeNote::Capped { sku: sku("A"), wanted: pieces(3), kept: 1 },
            MergeNote::Capped { sku: sku("B"), wanted: pieces(2), kept: 1 },
            MergeNote::LeftOut { sku: sku("C"), quantity: pieces(1), why: LeftOut::NotSold },
        ];
        assert_eq!(notes, expected);
    }

    #[test]
    fn a_full_cart_leaves_out_what_needs_another_line() {
        let names: Vec<String> = (0..Cart::LINES).map(|n| format!("X-{n}")).collect();
        let lines: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let mut own = cart(2, &lines);
        let notes = merged(&mut own, &cart(1, &[("A", 1)]), MergePolicy::Merge);
        assert!(matches!(notes[..], [MergeNote::LeftOut { why: LeftOut::NoRoom, .. }]), "{notes:?}");
        assert_eq!(own.lines.len(), Cart::LINES);
    }

    #[test]
    fn the_coupon_of_the_customer_stays() {
        let code = |code| Some(CouponCode::new(code).unwrap());
        for (own_code, expected) in [(None, code("guest")), (code("own"), code("own"))] {
            let (mut own, mut guest) = (cart(2, &[]), cart(1, &[]));
            (own.coupon, guest.coupon) = (own_code, code("guest"));
            merged(&mut own, &guest, MergePolicy::Merge);
            assert_eq!(own.coupon, expected);
        }
    }
}
