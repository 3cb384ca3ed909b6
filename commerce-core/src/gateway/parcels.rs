use std::{cmp::Reverse, num::NonZeroU64};

use crate::domain::pricing::ShippableLine;

/// So many parcels that weigh the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parcels {
    pub(super) count: u64,
    pub(super) grams: u64,
}

/// Packs all pieces into parcels of at most so many grams: the heaviest pieces first, each into the first parcel that has
/// room for it. Nothing when a piece is too heavy for any parcel; one empty parcel when nothing weighs anything.
///
/// Alike parcels are counted, never made one by one: it takes as long for a million pieces as for one.
pub(super) fn pack(lines: &[ShippableLine], most_grams: u64) -> Option<Vec<Parcels>> {
    let mut pieces: Vec<(NonZeroU64, u64)> = Vec::with_capacity(lines.len());
    for line in lines {
        pieces.extend(
            NonZeroU64::new(line.piece_grams.into()).map(|grams| (grams, line.quantity.get().into())),
        );
    }
    pieces.sort_unstable_by_key(|(grams, _)| Reverse(*grams));
    let mut packed: Vec<Parcels> = Vec::new();
    for (grams, count) in pieces {
        let left = fill(&mut packed, grams, count, most_grams);
        let each = most_grams / grams;
        if each == 0 {
            return None;
        }
        let (full, rest) = (left / each, left % each);
        open(&mut packed, full, each * grams.get());
        open(&mut packed, u64::from(rest > 0), rest * grams.get());
    }
    if packed.is_empty() {
        packed.push(Parcels { count: 1, grams: 0 });
    }
    Some(packed)
}

/// Puts pieces into the parcels that have room; answers how many are left.
fn fill(packed: &mut Vec<Parcels>, grams: NonZeroU64, mut left: u64, most_grams: u64) -> u64 {
    let mut filled = Vec::with_capacity(packed.len() + 2);
    for Parcels { count, grams: weight } in packed.drain(..) {
        let room = (most_grams - weight) / grams;
        let full = left.checked_div(room).unwrap_or_default().min(count);
        left -= full * room;
        open(&mut filled, full, weight + room * grams.get());
        let rest = if full < count { left.min(room) } else { 0 };
        left -= rest;
        open(&mut filled, u64::from(rest > 0), weight + rest * grams.get());
        open(&mut filled, count - full - u64::from(rest > 0), weight);
    }
    *packed = filled;
    left
}

fn open(packed: &mut Vec<Parcels>, count: u64, grams: u64) {
    if count > 0 {
        packed.push(Parcels { count, grams });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        cart::Quantity,
        ids::{LineId, Sku},
    };

    fn lines(pieces: &[(u32, u32)]) -> Vec<ShippableLine> {
        let line = |(number, (piece_grams, count)): (u128, &(u32, u32))| ShippableLine {
            line: LineId::from_uuid(Uuid::from_u128(number)),
            sku: Sku::new("MUG").unwrap(),
            quantity: Quantity::new(*count).unwrap(),
            piece_grams: *piece_grams,
        };
        (1..).zip(pieces).map(line).collect()
    }

    fn packed(pieces: &[(u32, u32)], most: u64) -> Option<Vec<(u64, u64)>> {
        let parcels = pack(&lines(pieces), most)?;
        Some(parcels.into_iter().map(|parcels| (parcels.count, parcels.grams)).collect())
    }

    #[test]
    fn small_things_go_where_large_ones_left_room() {
        assert_eq!(packed(&[(600, 3)], 1_000), Some(vec![(3, 600)]));
        assert_eq!(packed(&[(600, 3), (300, 2)], 1_000), Some(vec![(2, 900), (1, 600)]));
        assert_eq!(packed(&[(200, 7), (600, 3)], 1_000), Some(vec![(3, 1_000), (1, 200)]));
        assert_eq!(packed(&[(300, 7)], 1_000), Some(vec![(2, 900), (1, 300)]));
    }

    #[test]
    fn what_weighs_nothing_is_one_parcel_and_what_is_too_heavy_none() {
        assert_eq!(packed(&[(0, 5)], 1_000), Some(vec![(1, 0)]));
        assert_eq!(packed(&[(1_000, 1)], 1_000), Some(vec![(1, 1_000)]));
        assert_eq!(packed(&[(1_001, 1), (1, 1)], 1_000), None);
    }

    /// The same piece by piece.
    fn one_by_one(pieces: &[(u32, u32)], most: u64) -> Option<Vec<u64>> {
        let mut each: Vec<u64> =
            pieces.iter().flat_map(|&(grams, count)| (0..count).map(move |_| grams.into())).collect();
        each.sort_unstable_by_key(|grams| Reverse(*grams));
        let mut parcels: Vec<u64> = Vec::new();
        for grams in each {
            match parcels.iter_mut().find(|weight| **weight + grams <= most) {
                _ if grams > most => return None,
                Some(weight) => *weight += grams,
                None => parcels.push(grams),
            }
        }
        Some(parcels)
    }

    proptest! {
        #[test]
        fn counting_parcels_packs_like_packing_piece_by_piece(
            pieces in prop::collection::vec((1_u32..40, 1_u32..12), 1..8),
            most in 20_u64..100,
        ) {
            let all = |parcels: Vec<Parcels>| -> Vec<u64> {
                parcels.iter().flat_map(|it| (0..it.count).map(|_| it.grams)).collect()
            };
            prop_assert_eq!(pack(&lines(&pieces), most).map(all), one_by_one(&pieces, most));
        }
    }
}
