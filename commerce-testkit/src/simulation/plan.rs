use std::{collections::BTreeSet, sync::Arc};

/// What of a seed is let happen: everything, or what is left after shrinking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The numbers of the port calls at which the drawn fault happens; none for all of them.
    pub faults: Option<Arc<BTreeSet<u64>>>,
    /// The buyers who stay at home.
    pub absent: BTreeSet<u32>,
    /// Whether the administrator does nothing.
    pub no_administrator: bool,
    /// How many seconds of virtual time things go wrong; none for as long as it takes to see enough.
    pub seconds: Option<u32>,
}

impl Plan {
    /// Whether a fault may happen at this call.
    pub(super) fn lets(&self, number: u64) -> bool {
        self.faults.as_ref().is_none_or(|only| only.contains(&number))
    }
}
