//! Made-up products over real names: the same seed, the same products.

use std::collections::HashMap;

use commerce_kit::domain::ids::ProductId;
use commerce_search::{Document, Entry, Numbers, Text};
use commerce_testkit::{dice::Dice, names::real_names};
use uuid::Uuid;

/// Words of real names, the most common first, drawn as often as such words are (Zipf's law).
pub(crate) struct Catalogue {
    words: Vec<String>,
    /// How far the words up to each are from the whole, as shares of 2^32.
    shares: Vec<u32>,
    seed: u64,
}

const CATEGORIES: u32 = 500;
const BRANDS: u32 = 2_000;
/// The names of attributes, and how many values each has.
const ATTRIBUTES: [(&str, u32); 6] =
    [("colour", 24), ("size", 12), ("material", 60), ("style", 40), ("season", 4), ("origin", 120)];

impl Catalogue {
    /// From the one-line descriptions of the packages that Debian knows.
    pub(crate) fn of_real_names(seed: u64) -> Result<Self, String> {
        let names = real_names()?;
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for word in names.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric())) {
            if word.len() > 1 {
                *counts.entry(word).or_default() += 1;
            }
        }
        let mut words: Vec<(&str, u32)> = counts.into_iter().collect();
        words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let weights: Vec<f64> =
            (1..=u32::try_from(words.len()).unwrap()).map(|rank| 1.0 / f64::from(rank)).collect();
        let whole: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let shares = weights.iter().map(|weight| {
            sum += weight;
            share(sum / whole)
        });
        let shares = shares.collect();
        Ok(Self { words: words.into_iter().map(|(word, _)| word.to_owned()).collect(), shares, seed })
    }

    /// The product with this number, from 1.
    pub(crate) fn product(&self, number: u64) -> Entry {
        let mut dice = Dice::of(self.seed, number);
        let title = self.text(&mut dice, 3, 10);
        let description = self.text(&mut dice, 40, 120);
        let category = dice.below(CATEGORIES);
        // Five wide categories with ten inside each, with ten inside each of those.
        let path = format!("c{}/c{}/c{category}", category % 5, category % 50);
        let values: Vec<(String, String)> = ATTRIBUTES
            .iter()
            .map(|(name, count)| ((*name).into(), format!("{name} {}", dice.below(*count))))
            .collect();
        let words = values.iter().map(|(_, value)| value.clone()).collect();
        let brand = self.words[usize::try_from(dice.below(BRANDS)).unwrap()].clone();
        let document = Document {
            texts: vec![Text { title, description, words }],
            brand: Some(format!("{brand} & co")),
            categories: vec![path],
            attributes: values.into_iter().map(|(name, value)| (name, vec![value])).collect(),
            skus: vec![format!("SKU-{number}")],
            parts: Vec::new(),
        };
        let numbers = Numbers {
            prices: vec![Some(i64::from(dice.between(99, 99_999)))],
            stock: i64::from(!dice.permille(100)) * 5,
            rating: None,
            created: i64::try_from(number).unwrap(),
        };
        Entry { product: id(number), version: 1, document: Some(document), numbers }
    }

    /// So many different words, as buyers would use them.
    pub(crate) fn queries(&self, count: usize) -> Vec<String> {
        let mut dice = Dice::of(self.seed, 0);
        let mut queries: Vec<String> = Vec::new();
        while queries.len() < count {
            let word = self.word(&mut dice).to_lowercase();
            if word.len() > 2 && !queries.contains(&word) && word.chars().all(char::is_alphabetic) {
                queries.push(word);
            }
        }
        queries
    }

    fn text(&self, dice: &mut Dice, least: u32, most: u32) -> String {
        let words: Vec<&str> = (0..dice.between(least, most)).map(|_| self.word(dice)).collect();
        words.join(" ")
    }

    fn word(&self, dice: &mut Dice) -> &str {
        let drawn = dice.below(u32::MAX);
        let at = self.shares.partition_point(|share| *share < drawn);
        &self.words[at.min(self.words.len() - 1)]
    }
}

pub(crate) fn id(number: u64) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(number.into()))
}

/// A share of the whole as one of 2^32.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
fn share(part: f64) -> u32 {
    (part * f64::from(u32::MAX)) as u32
}
