use std::{collections::BTreeMap, fmt, iter::successors, sync::Arc};

use serde::{Deserialize, Serialize};

use super::Product;

/// A language as BCP 47 names it: `de`, `pt-BR`, `zh-Hant`; case does not matter.
///
/// ```
/// use commerce_core::domain::catalog::Language;
///
/// assert_eq!(Language::new("pt-BR")?, Language::new("pt-br")?);
/// # Ok::<(), commerce_core::domain::catalog::InvalidLanguage>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Language(Arc<str>);

/// The text does not name a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a language is 2 or 3 letters, then parts of 1 to 8 letters and digits with hyphens between them, such as pt-BR"
)]
pub struct InvalidLanguage;

/// What a product says in another language than its own. What is left out is said in its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// Its name, with the limits of [`Product::title`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What there is to say about it, with the limit of [`Product::description`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What its options, their values and the words of its attributes are called, by what they are called in its
    /// own language: at most [`Translation::WORDS`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, String>,
}

/// What a product says to somebody who speaks a language.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    product: &'a Product,
    language: &'a Language,
}

impl Language {
    /// The longest name, in characters.
    pub const LIMIT: usize = 35;

    /// The language, in small letters.
    pub fn new(language: impl AsRef<str>) -> Result<Self, InvalidLanguage> {
        let language = language.as_ref().to_ascii_lowercase();
        let mut parts = language.split('-');
        let first = parts.next().unwrap_or_default();
        let known = (2..=3).contains(&first.len()) && first.bytes().all(|c| c.is_ascii_lowercase());
        let part =
            |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric());
        if known && parts.all(part) && language.len() <= Self::LIMIT {
            Ok(Self(language.into()))
        } else {
            Err(InvalidLanguage)
        }
    }

    /// The language as text, in small letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same without its last part: `pt` for `pt-br`.
    pub fn wider(&self) -> Option<Self> {
        self.0.rsplit_once('-').map(|(wider, _)| Self(wider.into()))
    }
}

impl Translation {
    /// The most words.
    pub const WORDS: usize = 5_000;
    /// The longest word, in characters.
    pub const WORD: usize = 500;

    pub(super) fn fits(&self) -> bool {
        let word = |word: &String| !word.trim().is_empty() && word.chars().count() <= Self::WORD;
        self.title.as_ref().is_none_or(|title| Product::is_title(title))
            && self.description.as_ref().is_none_or(|text| Product::is_description(text))
            && self.words.len() <= Self::WORDS
            && self.words.iter().all(|(own, other)| word(own) && word(other))
    }
}

impl<'a> Content<'a> {
    /// The nearest that there is: in this language, in the wider ones (`de` for `de-AT`), else in the product's own.
    pub(super) const fn of(product: &'a Product, language: &'a Language) -> Self {
        Self { product, language }
    }

    /// Its name.
    pub fn title(&self) -> &'a str {
        self.said(|translation| translation.title.as_deref()).unwrap_or(&self.product.title)
    }

    /// What there is to say about it.
    pub fn description(&self) -> &'a str {
        self.said(|translation| translation.description.as_deref()).unwrap_or(&self.product.description)
    }

    /// What an option, a value of one, or a word of an attribute is called; the word itself if nobody has said it.
    pub fn word<'w>(&self, word: &'w str) -> &'w str
    where
        'a: 'w,
    {
        self.said(|translation| translation.words.get(word).map(String::as_str)).unwrap_or(word)
    }

    fn said<'w>(&self, part: impl Fn(&'a Translation) -> Option<&'w str>) -> Option<&'w str> {
        let mut wider = successors(Some(self.language.clone()), Language::wider);
        wider.find_map(|language| self.product.translations.get(&language).and_then(&part))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({:?})", &*self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        catalog::Variant,
        ids::{ProductId, Sku},
    };

    fn language(name: &str) -> Language {
        Language::new(name).unwrap()
    }

    #[test]
    fn a_buyer_reads_the_nearest_language_there_is() {
        let variant = Variant::new(Sku::new("MUG").unwrap());
        let mut mug = Product::new(ProductId::from_uuid(uuid::Uuid::nil()), "Mug", variant);
        mug.description = "Holds tea".into();
        let said = |title: &str, words: &[(&str, &str)]| Translation {
            title: Some(title.into()),
            description: None,
            words: words.iter().map(|(own, other)| (own.to_string(), other.to_string())).collect(),
        };
        mug.translations.insert(language("de"), said("Becher", &[("Size", "Größe")]));
        mug.translations.insert(language("de-AT"), said("Häferl", &[]));
        let read = |name| {
            let language = language(name);
            let content = mug.content(&language);
            [content.title(), content.description(), content.word("Size")].map(str::to_owned)
        };
        assert_eq!(read("de-at"), ["Häferl", "Holds tea", "Größe"]);
        assert_eq!(read("de-CH-1996"), ["Becher", "Holds tea", "Größe"]);
        assert_eq!(read("fr"), ["Mug", "Holds tea", "Size"]);
    }

    #[test]
    fn what_is_no_language_is_refused() {
        for name in ["", "d", "german", "de-", "de_AT", "-de", "de--at", "d1", "de-abcdefghi"] {
            assert_eq!(Language::new(name), Err(InvalidLanguage), "{name:?}");
        }
    }
}
