use std::collections::BTreeMap;

use commerce_core::domain::ids::ProductId;
use serde::{Deserialize, Serialize};

/// What is searched of a product: its words. It knows nothing of how a shop stores products.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Document {
    /// What it says, for each language of the index, in their order.
    pub texts: Vec<Text>,
    /// Who makes it.
    pub brand: Option<String>,
    /// The paths of its categories, such as `drinks/hot/tea`.
    pub categories: Vec<String>,
    /// What it is counted and filtered by, besides brand and category.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// The SKUs of its variants.
    pub skus: Vec<String>,
    /// The SKUs of which its kits are made: it can be asked for by them, and nobody finds it by them.
    pub parts: Vec<String>,
}

/// What a product says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// Its name.
    pub title: String,
    /// What there is to say about it.
    pub description: String,
    /// What its attributes and options say.
    pub words: Vec<String>,
}

/// What changes often, and is kept beside the words: a change is visible at once and needs no commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers {
    /// The lowest price of its variants in each market of the index, in minor units; none where it is not sold.
    pub prices: Vec<Option<i64>>,
    /// How many units can be bought; `i64::MAX` when nobody counts.
    pub stock: i64,
    /// Its rating in hundredths of a star.
    pub rating: Option<u16>,
    /// When it came, in milliseconds since 1970.
    pub created: i64,
}

/// A product as it is to be found, or that it is not to be found any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub product: ProductId,
    /// How often it was written: an older version never replaces a newer one.
    pub version: u64,
    /// Its words; none when buyers must not find it.
    pub document: Option<Document>,
    /// Its numbers.
    pub numbers: Numbers,
}

impl Document {
    /// Tells documents apart without comparing them; never 0.
    pub(crate) fn fingerprint(stored: &[u8]) -> u64 {
        let (low, high) = stored.split_at(stored.len() / 2);
        let mix = |bytes: &[u8]| u64::from(crc32fast::hash(bytes));
        let length = u64::try_from(stored.len()).unwrap_or(u64::MAX);
        ((mix(low) << 32 | mix(high)) ^ length.rotate_left(17)).max(1)
    }
}
