use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::domain::{
    catalog::CategoryPath,
    ids::{MarketId, ProductId},
    money::Money,
};

/// What a buyer looks for.
///
/// ```
/// use commerce_core::{domain::ids::MarketId, gateway::{FacetName, SearchQuery, Sort}};
///
/// let mut query = SearchQuery::new(MarketId::main(), "blue mug");
/// query.sort = Sort::CheapestFirst;
/// query.facets = vec![FacetName::Brand];
/// assert_eq!(query.limit, 10);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct SearchQuery {
    /// What they typed, at most [`SearchQuery::TEXT`] bytes. Words between two quotation marks are a phrase; without any
    /// word everything is found.
    pub text: String,
    /// Whether they may still be typing the last word.
    pub last_word: LastWord,
    /// The language they speak, such as `de` or `pt-BR`; the index's first one when it has none for it.
    pub language: Option<String>,
    /// Where they shop: whose prices count.
    pub market: MarketId,
    /// What they picked.
    pub filters: Filters,
    /// The order of the answers.
    pub sort: Sort,
    /// What to count the matching products by, at most [`SearchQuery::FACETS`].
    pub facets: Vec<FacetName>,
    /// How many bars to draw prices with, at most [`SearchQuery::BARS`]; 0 for no summary of prices.
    pub price_bars: usize,
    /// Whether to count all that match. Facets and prices count anyway.
    pub counting: Counting,
    /// Whether to show the words that matched.
    pub highlighting: Highlighting,
    /// What to do when nothing matches.
    pub fallback: Fallback,
    /// How many products at most, 1 to [`SearchQuery::LIMIT`].
    pub limit: usize,
    /// The cursor of the page before; none for the first page.
    pub after: Option<Cursor>,
    /// A change that the answer must have seen.
    pub seen: Option<ReadToken>,
}

/// Whether a buyer may still be typing the last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastWord {
    /// It may be the beginning of a longer one. A text that ends in a space has no such word.
    #[default]
    Begun,
    /// It is what they want.
    Whole,
}

/// Whether all that match are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Every one.
    #[default]
    Exact,
    /// Only those that are shown, which is quicker.
    Skipped,
}

/// Whether the words that matched are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Highlighting {
    /// Not at all.
    #[default]
    Off,
    /// In the title and in the best part of the description.
    On,
}

/// What to do when nothing matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// Ask for less, step by step, until something matches, and say so.
    #[default]
    Relax,
    /// Answer nothing.
    Strict,
}

/// What a buyer picked: all of it must hold. Of several brands or values of one attribute, one has to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Filters {
    /// In this category or one inside it; of several, one has to.
    pub categories: Vec<CategoryPath>,
    /// Made by one of these.
    pub brands: Vec<String>,
    /// By name, the values of which one has to hold.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Not cheaper than this.
    pub price_from: Option<Money>,
    /// Not dearer than this.
    pub price_to: Option<Money>,
    /// Whether it must be there.
    pub stock: StockFilter,
    /// Rated at least so many hundredths of a star.
    pub rating_from: Option<u16>,
}

/// Whether a product must be there to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockFilter {
    /// No.
    #[default]
    Any,
    /// At least one variant can be bought now.
    InStock,
}

/// The order of the answers. Equal ones stand in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What fits best; without a text, what sells most.
    #[default]
    Relevance,
    /// What costs least; products without a price come last.
    CheapestFirst,
    /// What costs most; products without a price come last.
    DearestFirst,
    /// What sold most in the last 30 days.
    Popularity,
    /// What came last.
    NewestFirst,
    /// What is rated best; products without ratings come last.
    BestRated,
}

/// What matching products are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FacetName {
    /// Who makes them.
    Brand,
    /// Where they stand; each category counts for those above it too.
    Category,
    /// What an attribute of this name says.
    Attribute(String),
}

/// Where a page ended, for the next one. Opaque: it is good for the same query only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

/// Names a change of a product that an answer must have seen: whoever saved it finds it.
///
/// ```
/// use commerce_core::{domain::ids::ProductId, gateway::ReadToken};
///
/// let token = ReadToken { product: ProductId::from_uuid(uuid::Uuid::from_u128(7)), writes: 3 };
/// assert_eq!(token.to_string().parse(), Ok(token));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct ReadToken {
    /// Which product.
    pub product: ProductId,
    /// How often it had been written then: the `writes` of its version.
    pub writes: u64,
}

/// The text is no token of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token of a change is the id of a product, an at sign and a number")]
pub struct InvalidToken;

impl SearchQuery {
    /// The longest text, in bytes.
    pub const TEXT: usize = 1_000;
    /// The largest page.
    pub const LIMIT: usize = 100;
    /// The most facets.
    pub const FACETS: usize = 20;
    /// The most bars of prices.
    pub const BARS: usize = 100;
    /// The most values in all filters together.
    pub const PICKED: usize = 200;

    /// The first ten products for a text, the best first, without facets.
    pub fn new(market: MarketId, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            last_word: LastWord::default(),
            language: None,
            market,
            filters: Filters::default(),
            sort: Sort::default(),
            facets: Vec::new(),
            price_bars: 0,
            counting: Counting::default(),
            highlighting: Highlighting::default(),
            fallback: Fallback::default(),
            limit: 10,
            after: None,
            seen: None,
        }
    }
}

impl Cursor {
    /// The longest cursor, in bytes.
    pub const LIMIT: usize = 200;

    /// The cursor that an index wrote as this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The cursor as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.product, self.writes)
    }
}

impl FromStr for ReadToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let (product, writes) = text.split_once('@').ok_or(InvalidToken)?;
        let product = product.parse().map_err(|_| InvalidToken)?;
        Ok(Self { product, writes: writes.parse().map_err(|_| InvalidToken)? })
    }
}
