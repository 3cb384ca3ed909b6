use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Benefit, ratio::Ratio};
use crate::domain::{
    ids::LineId,
    money::{Money, MoneyError, Rounding},
};

/// How a discount was computed: all that is needed to take it off the same goods once more.
///
/// Lines are named by their place, from 0, among the lines that were bought in the order of their ids. `most` is
/// there where a cap made the discount smaller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Working {
    /// Off each line by itself, rounded once for each.
    EachLine {
        /// How much.
        off: Off,
        /// Which lines; all when none are named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lines: Option<Vec<usize>>,
        /// The most it took off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Money>,
    },
    /// Off all goods as a whole, rounded once, and shared in proportion to what may still be taken off each line.
    Whole {
        /// How much.
        off: Off,
        /// The most it took off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Money>,
    },
    /// Off some pieces of some lines, rounded once for each line.
    Pieces {
        /// How many of a hundred.
        #[serde(with = "rust_decimal::serde::str")]
        percent: Decimal,
        /// Lines, and how many pieces of each.
        pieces: Vec<(usize, i64)>,
        /// The most it took off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Money>,
    },
    /// A line that was given, with all that it costs.
    Gift {
        /// The line.
        line: LineId,
    },
    /// Off the price of shipping.
    Shipping {
        /// The most it took off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Money>,
    },
}

/// How much is taken off at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Off {
    /// So many of a hundred.
    Percent(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// An amount for each piece, or once off the whole.
    Fixed(Money),
}

impl Off {
    /// What a benefit takes off by itself, if it is of that kind.
    pub(super) const fn by(benefit: &Benefit) -> Option<Self> {
        match benefit {
            Benefit::Percent(percent) => Some(Self::Percent(*percent)),
            Benefit::Fixed(amount) => Some(Self::Fixed(*amount)),
            Benefit::BuyGet(_) | Benefit::Gift { .. } | Benefit::FreeShipping => None,
        }
    }

    /// What it takes off so many pieces of which `left` is left: never more than that, never less than nothing.
    pub(super) fn of(&self, pieces: i64, left: i64) -> Result<i64, MoneyError> {
        let wanted = match self {
            Self::Percent(percent) => Ratio::percent(*percent).of(left, Rounding::HalfUp)?,
            Self::Fixed(amount) => amount.minor().saturating_mul(pieces),
        };
        Ok(wanted.clamp(0, left))
    }
}

impl Working {
    /// The same without a cap that made no difference.
    pub(super) fn without_cap(mut self) -> Self {
        match &mut self {
            Self::EachLine { most, .. }
            | Self::Whole { most, .. }
            | Self::Pieces { most, .. }
            | Self::Shipping { most } => *most = None,
            Self::Gift { .. } => {}
        }
        self
    }
}
