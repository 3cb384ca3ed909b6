use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PriceRefusal;
use crate::domain::ids::{CustomerGroup, PriceListCode};

/// For whom and when the prices hold that name it. Each such price says all of it; within a product a code always
/// says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// Its name.
    pub code: PriceListCode,
    /// Its place among the lists: a higher number goes first. Every list goes before the prices that are on none.
    #[serde(default)]
    pub priority: u16,
    /// Only buyers of this group; everybody when none is named.
    #[serde(default)]
    pub group: Option<CustomerGroup>,
    /// When it begins; at once when nothing is said.
    #[serde(default)]
    pub starts_at: Option<DateTime<Utc>>,
    /// The moment it is over; never when nothing is said.
    #[serde(default)]
    pub ends_at: Option<DateTime<Utc>>,
}

impl PriceList {
    /// A list of the lowest priority, for everybody, at all times.
    pub const fn new(code: PriceListCode) -> Self {
        Self { code, priority: 0, group: None, starts_at: None, ends_at: None }
    }

    /// Why it does not hold for this buyer at this time; nothing if it holds.
    pub(super) fn refusal(&self, group: Option<&CustomerGroup>, at: DateTime<Utc>) -> Option<PriceRefusal> {
        if self.group.is_some() && self.group.as_ref() != group {
            return Some(PriceRefusal::OtherGroup);
        }
        if let Some(starts_at) = self.starts_at.filter(|starts_at| at < *starts_at) {
            return Some(PriceRefusal::NotYet { starts_at });
        }
        self.ends_at.filter(|ended_at| at >= *ended_at).map(|ended_at| PriceRefusal::Over { ended_at })
    }

    /// Whether there is a time at which it holds.
    pub(super) fn has_time(&self) -> bool {
        self.starts_at.zip(self.ends_at).is_none_or(|(start, end)| start < end)
    }

    /// The higher goes first: by priority, then a list for a group, then one with dates.
    pub(super) const fn rank(&self) -> (u16, bool, bool) {
        (self.priority, self.group.is_some(), self.starts_at.is_some() || self.ends_at.is_some())
    }
}
