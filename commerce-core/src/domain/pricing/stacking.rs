use serde::{Deserialize, Serialize};

use crate::domain::{ids::StackingGroup, money::Money};

/// How a promotion goes together with others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stacking {
    /// Beside all others.
    #[default]
    Free,
    /// As its group allows.
    Group {
        /// Its group.
        group: StackingGroup,
        /// Whether it shares the group with others.
        pick: Pick,
        /// The most that the group has taken off once this promotion is through: what the group took before counts.
        #[serde(default)]
        cap: Option<Money>,
    },
    /// Alone: it is tried before all that are not alone, and when it takes something off, nothing else does.
    Alone,
}

/// Whether a promotion shares its group with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// It counts beside the others of its group.
    Every,
    /// It counts unless one of its group has taken something off before it.
    First,
    /// It counts if, of all in its group that say so and whose conditions hold, it would take most off what is left
    /// when the first of them has its turn; the earlier one where two would take the same.
    Best,
}
