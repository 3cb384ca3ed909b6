use std::{cmp::Ordering, num::NonZeroU32};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PriceList;
use crate::domain::{
    ids::{CustomerGroup, MarketId, PriceListCode},
    money::Money,
};

/// What `unit_quantity` pieces of a variant cost in one market, from so many pieces on, for whom and when its list
/// says.
///
/// A price finer than the minor unit is a price for more pieces: 0.4 cents each are 4 EUR for 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The market it holds in.
    pub market: MarketId,
    /// The price of `unit_quantity` pieces; never negative.
    pub amount: Money,
    /// How many pieces the amount is for.
    #[serde(default = "one")]
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
    pub unit_quantity: NonZeroU32,
    /// The fewest pieces it is for, all lines of the variant together.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
    pub from_quantity: NonZeroU32,
    /// What the shop compares it with, for as many pieces; more than the amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_at: Option<Money>,
    /// What discounts leave of it at least, for as many pieces; not more than the amount. A quote carries it: take it
    /// out of what buyers see, where it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Money>,
    /// The price list it stands on; a price on none is for everybody at all times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<PriceList>,
}

/// For whom, when and for how many pieces a price is wanted.
#[derive(Debug, Clone, Copy)]
pub struct PriceRequest<'a> {
    /// The market the buyer shops in.
    pub market: &'a MarketId,
    /// The group the buyer is of, if any.
    pub group: Option<&'a CustomerGroup>,
    /// When.
    pub at: DateTime<Utc>,
    /// How many pieces of the variant there are in all.
    pub pieces: u64,
}

/// Why a price of the right market is not the one that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PriceRefusal {
    /// The buyer is not of the group of the list.
    #[error("the price list is for another group of customers")]
    OtherGroup,
    /// The list has not begun.
    #[error("the price list starts at {starts_at}")]
    NotYet {
        /// When it begins.
        starts_at: DateTime<Utc>,
    },
    /// The list has ended.
    #[error("the price list was over at {ended_at}")]
    Over {
        /// When it ended.
        ended_at: DateTime<Utc>,
    },
    /// There are too few pieces.
    #[error("the price is for {from} pieces and more")]
    TooFewPieces {
        /// The fewest.
        #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
        from: NonZeroU32,
    },
    /// Another price goes before it.
    #[error("another price goes before it")]
    Behind,
}

impl Price {
    /// The price of one piece, for everybody.
    pub const fn new(market: MarketId, amount: Money) -> Self {
        Self {
            market,
            amount,
            unit_quantity: NonZeroU32::MIN,
            from_quantity: NonZeroU32::MIN,
            compare_at: None,
            floor: None,
            list: None,
        }
    }

    /// The same from so many pieces on.
    #[must_use]
    pub fn from_pieces(self, from_quantity: NonZeroU32) -> Self {
        Self { from_quantity, ..self }
    }

    /// The same on a price list.
    #[must_use]
    pub fn on_list(self, list: PriceList) -> Self {
        Self { list: Some(list), ..self }
    }

    /// The code of the list it stands on.
    pub fn list_code(&self) -> Option<&PriceListCode> {
        self.list.as_ref().map(|list| &list.code)
    }

    /// Whether a piece costs less than at the other price, in the same currency.
    pub fn is_lower_than(&self, other: &Self) -> bool {
        self.piece_by_piece(other).is_lt()
    }

    /// Why it does not hold for this request, other prices left aside; nothing if it holds.
    pub(super) fn refusal(&self, wanted: &PriceRequest<'_>) -> Option<PriceRefusal> {
        if let Some(refusal) = self.list.as_ref().and_then(|list| list.refusal(wanted.group, wanted.at)) {
            return Some(refusal);
        }
        let from = self.from_quantity;
        (wanted.pieces < u64::from(from.get())).then_some(PriceRefusal::TooFewPieces { from })
    }

    /// Which of two prices goes before the other; [`Variant::price_for`](super::Variant::price_for) says how.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let rank = |price: &Self| (price.list.as_ref().map(PriceList::rank), price.from_quantity);
        rank(other)
            .cmp(&rank(self))
            .then_with(|| self.piece_by_piece(other))
            .then_with(|| self.list_code().cmp(&other.list_code()))
    }

    pub(super) fn piece_by_piece(&self, other: &Self) -> Ordering {
        let for_as_many =
            |price: &Self, pieces: NonZeroU32| i128::from(price.amount.minor()) * i128::from(pieces.get());
        for_as_many(self, other.unit_quantity).cmp(&for_as_many(other, self.unit_quantity))
    }
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_one(number: &NonZeroU32) -> bool {
    *number == one()
}
