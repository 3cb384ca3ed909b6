use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Working;
use crate::domain::{
    catalog::PriceRefusal,
    ids::{CouponCode, PriceListCode, PromotionId, Sku},
    money::Money,
};

/// One rule that was tried on the way to a quote, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
    /// How it was computed, for a promotion that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<Working>,
}

/// Something that can change what is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// A promotion.
    Promotion {
        /// Its id.
        promotion: PromotionId,
        /// Its name at the time.
        name: String,
    },
    /// A code that belongs to no promotion.
    Coupon {
        /// The code.
        code: CouponCode,
    },
    /// A price of a variant, where anything but the market decides which of them counts.
    Price {
        /// The variant.
        sku: Sku,
        /// The price list it stands on.
        list: Option<PriceListCode>,
        /// The fewest pieces it is for.
        #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
        from_quantity: NonZeroU32,
    },
    /// A shipping rate.
    Shipping {
        /// Its name at the time.
        name: String,
    },
    /// A tax rate.
    Tax {
        /// Its name at the time.
        name: String,
        /// Its percentage.
        #[serde(with = "rust_decimal::serde::str")]
        percent: Decimal,
    },
}

/// What came of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It counts.
    Applied {
        /// How much it takes off, if it is a promotion; else how much it asks for: a price for its own number of
        /// pieces.
        amount: Money,
    },
    /// It does not count.
    NotApplied(NotApplied),
}

/// Why a promotion or a code changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotApplied {
    /// No promotion has this code.
    #[error("no promotion has this code")]
    UnknownCode,
    /// The promotion is switched off for now.
    #[error("the promotion is paused")]
    Paused,
    /// The promotion has not begun.
    #[error("the promotion starts at {starts_at}")]
    NotYet {
        /// When it begins.
        starts_at: DateTime<Utc>,
    },
    /// The promotion has ended.
    #[error("the promotion was over at {ended_at}")]
    Over {
        /// When it ended.
        ended_at: DateTime<Utc>,
    },
    /// The goods cost too little.
    #[error("the goods cost {goods}, the promotion is for {minimum} and more")]
    BelowMinimum {
        /// What they must cost at least.
        minimum: Money,
        /// What they cost before any discount.
        goods: Money,
    },
    /// Too few of the goods that must be there.
    #[error("{pieces} pieces of the goods it asks for are there, the promotion is for {wanted} and more")]
    TooFewPieces {
        /// How many pieces there must be.
        wanted: u64,
        /// How many there are.
        pieces: u64,
    },
    /// There are too few pieces to get others cheaper, or none that get cheaper.
    #[error("there are too few pieces to get others cheaper for them")]
    NoSet,
    /// All orders that may use it have done so, or are about to.
    #[error("the promotion is used up")]
    UsedUp,
    /// The buyer has used it as often as one buyer may.
    #[error("the promotion was used as often as one buyer may use it")]
    UsedByBuyer,
    /// The code is good for one order, and has been used or is about to be.
    #[error("the code has been used")]
    CodeUsed {
        /// Its number in the batch.
        number: u32,
    },
    /// It is for a buyer of whom the shop must know more: send the e-mail address.
    #[error("the promotion depends on earlier orders: it is not known yet who buys")]
    BuyerUnknown,
    /// It is for another order of the buyer.
    #[error("the promotion is for order {wanted} of a buyer, this is order {this}")]
    OtherOrder {
        /// Which order it is for, counting from 1.
        wanted: u64,
        /// Which this one would be.
        this: u64,
    },
    /// It counts orders, and another one of the buyer is just being placed.
    #[error("another order of the buyer is being placed: try again when that is done")]
    OrderUnderWay,
    /// Another promotion counts in its place.
    #[error("promotion {by} counts in its place")]
    Displaced {
        /// Which one.
        by: PromotionId,
    },
    /// Its group, or all promotions together, have taken off as much as they may.
    #[error("as much is taken off already as may be")]
    CapReached,
    /// What it gives cannot be had.
    #[error("{sku}, which the promotion gives, cannot be had")]
    GiftGone {
        /// What it gives.
        sku: Sku,
    },
    /// The buyer is not of the group it is for.
    #[error("the promotion is for another group of customers")]
    OtherGroup,
    /// Its amount or its minimum is in another currency than the market's.
    #[error("the promotion is in another currency")]
    OtherCurrency,
    /// None of the goods it is for is there.
    #[error("none of the goods of the promotion is there")]
    NoSuchLines,
    /// Another price of the variant counts.
    #[error(transparent)]
    Price(PriceRefusal),
    /// What it is for costs no more than its floor, or so little that the discount rounds to nothing.
    #[error("there is nothing left to take off")]
    NothingLeft,
}

/// What became of the code the buyer typed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CouponOutcome {
    /// There was none.
    None,
    /// It took something off.
    Applied {
        /// The promotion it belongs to.
        promotion: PromotionId,
    },
    /// It changes nothing; the order can be bought without it.
    Refused {
        /// The code.
        code: CouponCode,
        /// Why.
        why: NotApplied,
    },
}
