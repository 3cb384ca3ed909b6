use std::collections::HashMap;

use commerce_core::domain::ids::ProductId;

/// What the shop wants buyers to see first when they look for a text.
///
/// A pinned product is shown whether or not it matches, as long as it is on sale and what the buyer picked holds for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Curation {
    /// The text, whatever its case and its spaces.
    pub text: String,
    /// These come first, in this order: at most ten.
    pub pinned: Vec<ProductId>,
    /// The scores of these are multiplied, when they match: at most a hundred.
    pub boosted: Vec<(ProductId, f64)>,
}

/// All rules by text.
#[derive(Debug, Default)]
pub(crate) struct Curations {
    rules: HashMap<String, Curation>,
    number: u64,
}

const PINNED: usize = 10;
const BOOSTED: usize = 100;

impl Curations {
    pub(crate) fn new(rules: Vec<Curation>, number: u64) -> Self {
        let rules = rules.into_iter().map(|mut rule| {
            rule.pinned.truncate(PINNED);
            rule.boosted.truncate(BOOSTED);
            (normal(&rule.text), rule)
        });
        Self { rules: rules.collect(), number }
    }

    pub(crate) fn of(&self, text: &str) -> Option<&Curation> {
        if self.rules.is_empty() { None } else { self.rules.get(&normal(text)) }
    }

    /// Rises whenever the rules change.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }
}

fn normal(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}
