//! A bounded map of the embedder's own notes on a product, a line, a cart, an order or a customer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// At most 50 short notes by name. The engine stores them and never reads them.
///
/// ```
/// use commerce_core::domain::metadata::Metadata;
///
/// let gift = Metadata::new([("gift", "yes"), ("card", "Happy birthday!")])?;
/// assert_eq!(gift.note("gift"), Some("yes"));
/// # Ok::<(), commerce_core::domain::metadata::MetadataTooLarge>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Metadata(BTreeMap<String, String>);

/// There were too many notes, or one was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "metadata holds at most {} notes, names of 1 to {} and texts of up to {} characters",
    Metadata::NOTES,
    Metadata::NAME,
    Metadata::TEXT
)]
pub struct MetadataTooLarge;

impl Metadata {
    /// No notes at all.
    pub const EMPTY: Self = Self(BTreeMap::new());
    /// The most notes.
    pub const NOTES: usize = 50;
    /// The longest name, in characters.
    pub const NAME: usize = 40;
    /// The longest text, in characters.
    pub const TEXT: usize = 500;

    /// The notes, if they are few and short enough.
    pub fn new<N: Into<String>, T: Into<String>>(
        notes: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self, MetadataTooLarge> {
        let notes: BTreeMap<String, String> =
            notes.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
        Self::try_from(notes)
    }

    /// The text under this name.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All notes, by name.
    pub fn notes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<BTreeMap<String, String>> for Metadata {
    type Error = MetadataTooLarge;

    fn try_from(notes: BTreeMap<String, String>) -> Result<Self, MetadataTooLarge> {
        let short = |(name, text): (&String, &String)| {
            !name.is_empty() && name.chars().count() <= Self::NAME && text.chars().count() <= Self::TEXT
        };
        if notes.len() <= Self::NOTES && notes.iter().all(short) {
            Ok(Self(notes))
        } else {
            Err(MetadataTooLarge)
        }
    }
}

impl From<Metadata> for BTreeMap<String, String> {
    fn from(metadata: Metadata) -> Self {
        metadata.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_few_and_short() {
        assert!(Metadata::new((0..50).map(|n| (n.to_string(), ""))).is_ok());
        assert_eq!(Metadata::new((0..51).map(|n| (n.to_string(), ""))), Err(MetadataTooLarge));
        assert_eq!(Metadata::new([("", "x")]), Err(MetadataTooLarge));
        assert_eq!(Metadata::new([("x", "y".repeat(501))]), Err(MetadataTooLarge));
    }
}
