use std::ops::Range;

use serde::Serialize;

use super::{Cursor, FacetName};
use crate::domain::{ids::ProductId, money::Money};

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SearchPage {
    /// The products, the best first.
    pub hits: Vec<Hit>,
    /// How many match in all; none when nobody asked.
    pub total: Option<u64>,
    /// What was asked to count by, in that order.
    pub facets: Vec<Facet>,
    /// What matching products cost; none when nobody asked.
    pub prices: Option<PriceSummary>,
    /// What the buyer may have meant, when a word is known by nobody.
    pub did_you_mean: Option<String>,
    /// What was no longer asked for, because nothing matched, in this order.
    pub relaxed: Vec<Relaxation>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// A product that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// Which.
    pub product: ProductId,
    /// Why it stands where it stands.
    pub standing: Standing,
    /// How well it fits; only comparable within one answer.
    pub score: f64,
    /// What it costs at least in the market of the query; none when it is not sold there.
    pub price: Option<Money>,
    /// Whether a variant of it can be bought now.
    pub in_stock: bool,
    /// The title with the words that matched; none without highlighting.
    pub title: Option<Fragment>,
    /// The best part of the description with the words that matched; none without highlighting or without any.
    pub description: Option<Fragment>,
}

/// Why a product stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The shop put it there.
    Pinned,
    /// It has the words.
    Exact,
    /// It has words that are spelled nearly so: after all that have them.
    Similar,
}

/// A piece of text with the words that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fragment {
    /// Plain text, not HTML.
    pub text: String,
    /// The words, as ranges of bytes, in their order and apart from each other.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<ByteRange>))]
    pub marked: Vec<Range<usize>>,
}

/// What a range is as JSON.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only its schema is asked for")]
struct ByteRange {
    /// The first byte.
    start: usize,
    /// The byte after the last.
    end: usize,
}

/// How many matching products say what of one thing. What is picked in a group does not narrow its own counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facet {
    /// What they are counted by.
    pub name: FacetName,
    /// The most frequent values, at most [`Facet::VALUES`]; equally frequent ones by letter.
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValue {
    /// The brand, the path of the category, or what the attribute says.
    pub value: String,
    /// How many products would match with it.
    pub count: u64,
}

/// What matching products cost. The range of prices that was picked does not narrow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceSummary {
    /// The lowest price.
    pub lowest: Money,
    /// The highest price.
    pub highest: Money,
    /// How many have a price in this market.
    pub count: u64,
    /// Equally wide ranges from the lowest to the highest.
    pub bars: Vec<PriceBar>,
}

/// One bar of the picture of prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceBar {
    /// The lowest price in it.
    pub from: Money,
    /// The highest price in it.
    pub to: Money,
    /// How many products.
    pub count: u64,
}

/// What was no longer asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Relaxation {
    /// That all words match: one is enough.
    AllWords,
    /// A rating.
    Rating,
    /// A price.
    Price,
    /// What attributes say.
    Attributes,
    /// A brand.
    Brands,
    /// That it can be bought now.
    Stock,
    /// A category.
    Categories,
}

/// Why a product stands where it stands among the answers to a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// As among the answers.
    pub standing: Standing,
    /// What it is ordered by: `text` times `popularity` times `boost`.
    pub score: f64,
    /// How well the words fit.
    pub text: f64,
    /// The factor for what it sold.
    pub popularity: f64,
    /// The factor that the shop gave it for this text.
    pub boost: f64,
    /// How `text` comes about: each word in each field.
    pub details: serde_json::Value,
}

impl Facet {
    /// The most values of one facet.
    pub const VALUES: usize = 100;
}
