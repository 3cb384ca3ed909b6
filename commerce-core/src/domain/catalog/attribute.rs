use std::{
    collections::{BTreeMap, BTreeSet},
    mem::discriminant,
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::ids::AttributeName;

/// What is to be known of goods, by name: at most 100 facts that buyers compare and search by.
///
/// ```
/// use commerce_core::domain::{catalog::{Attribute, Attributes}, ids::AttributeName};
///
/// let dishwasher = AttributeName::new("dishwasher-safe")?;
/// let mug = Attributes::new([
///     (dishwasher.clone(), Attribute::YesNo(true)),
///     (AttributeName::new("material")?, Attribute::Text("stoneware".into())),
/// ])?;
/// assert_eq!(mug.get(&dishwasher), Some(&Attribute::YesNo(true)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<AttributeName, Attribute>", into = "BTreeMap<AttributeName, Attribute>")]
pub struct Attributes(BTreeMap<AttributeName, Attribute>);

/// One fact, of one type. An attribute has the same type wherever a product and its variants name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Attribute {
    /// A word or a sentence: `stoneware`.
    Text(String),
    /// Several words of which each holds: `vegan`, `organic`.
    Words(BTreeSet<String>),
    /// A number, with its unit if it has one: 330 ml.
    Number {
        /// How much.
        #[serde(with = "rust_decimal::serde::str")]
        value: Decimal,
        /// Of what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// It is so, or it is not.
    YesNo(bool),
}

/// There were too many attributes, or one said too much or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "goods have at most {} attributes, with 1 to {} words of 1 to {} characters each",
    Attributes::LIMIT,
    Attributes::WORDS,
    Attributes::TEXT
)]
pub struct InvalidAttributes;

impl Attributes {
    /// None at all.
    pub const EMPTY: Self = Self(BTreeMap::new());
    /// The most attributes.
    pub const LIMIT: usize = 100;
    /// The most words of one attribute.
    pub const WORDS: usize = 100;
    /// The longest text, word or unit, in characters.
    pub const TEXT: usize = 500;

    /// The attributes, if they are few and short enough.
    pub fn new(
        attributes: impl IntoIterator<Item = (AttributeName, Attribute)>,
    ) -> Result<Self, InvalidAttributes> {
        Self::try_from(attributes.into_iter().collect::<BTreeMap<_, _>>())
    }

    /// What is known under this name.
    pub fn get(&self, name: &AttributeName) -> Option<&Attribute> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&AttributeName, &Attribute)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Attribute {
    /// Whether the two are of one type: a number of millilitres is of another one than a number of grams.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number { unit, .. }, Self::Number { unit: other, .. }) => unit == other,
            _ => discriminant(self) == discriminant(other),
        }
    }

    fn fits(&self) -> bool {
        let text = |text: &String| !text.trim().is_empty() && text.chars().count() <= Attributes::TEXT;
        match self {
            Self::Text(said) => text(said),
            Self::Words(words) => {
                !words.is_empty() && words.len() <= Attributes::WORDS && words.iter().all(text)
            }
            Self::Number { unit, .. } => unit.iter().all(text),
            Self::YesNo(_) => true,
        }
    }
}

impl TryFrom<BTreeMap<AttributeName, Attribute>> for Attributes {
    type Error = InvalidAttributes;

    fn try_from(attributes: BTreeMap<AttributeName, Attribute>) -> Result<Self, Self::Error> {
        if attributes.len() <= Self::LIMIT && attributes.values().all(Attribute::fits) {
            Ok(Self(attributes))
        } else {
            Err(InvalidAttributes)
        }
    }
}

impl From<Attributes> for BTreeMap<AttributeName, Attribute> {
    fn from(attributes: Attributes) -> Self {
        attributes.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(attribute: Attribute) -> Result<Attributes, InvalidAttributes> {
        Attributes::new([(AttributeName::new("it").unwrap(), attribute)])
    }

    #[test]
    fn an_attribute_says_something_and_not_too_much() {
        let words = |words: &[&str]| Attribute::Words(words.iter().map(ToString::to_string).collect());
        assert!(named(Attribute::Text("x".repeat(500))).is_ok());
        assert!(named(words(&["vegan", "organic"])).is_ok());
        let number = |unit: &str| Attribute::Number { value: Decimal::ONE, unit: Some(unit.into()) };
        let wrong = [Attribute::Text(" ".into()), Attribute::Text("x".repeat(501)), words(&[]), words(&[""])];
        for attribute in wrong.into_iter().chain([number("")]) {
            assert_eq!(named(attribute.clone()), Err(InvalidAttributes), "{attribute:?}");
        }
        let many = |count: u32| {
            let name = |n: u32| AttributeName::new(n.to_string()).unwrap();
            Attributes::new((0..count).map(|n| (name(n), Attribute::YesNo(true))))
        };
        assert!(many(100).is_ok());
        assert_eq!(many(101), Err(InvalidAttributes));
    }

    #[test]
    fn millilitres_are_not_compared_with_grams() {
        let number = |unit: &str| Attribute::Number { value: Decimal::ONE, unit: Some(unit.into()) };
        assert!(number("ml").is_like(&number("ml")));
        assert!(!number("ml").is_like(&number("g")));
        assert!(!number("ml").is_like(&Attribute::YesNo(true)));
    }
}
