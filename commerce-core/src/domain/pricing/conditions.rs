use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{PromotionProblem, Selection};
use crate::domain::{ids::CustomerGroup, money::Money};

/// What must hold for a promotion; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// What all goods together must cost at least, before any discount.
    #[serde(default)]
    pub minimum: Option<Money>,
    /// The group the buyer must be of.
    #[serde(default)]
    pub group: Option<CustomerGroup>,
    /// What must be among the goods.
    #[serde(default)]
    pub contains: Option<Contains>,
    /// Which order of the buyer it is for, counting from 1: 1 is the first. A customer's orders are counted by
    /// account, a guest's by e-mail address; orders that were called off count.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1))]
    pub nth_order: Option<NonZeroU32>,
}

/// So many pieces of some goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contains {
    /// Of these goods, in one line or in several.
    pub of: Selection,
    /// At least so many pieces.
    #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
    pub pieces: NonZeroU32,
}

impl Conditions {
    pub(super) fn check(&self) -> Result<(), PromotionProblem> {
        if self.minimum.is_some_and(Money::is_negative) {
            return Err(PromotionProblem::Minimum);
        }
        self.contains.as_ref().map_or(Ok(()), |contains| contains.of.check())
    }
}
