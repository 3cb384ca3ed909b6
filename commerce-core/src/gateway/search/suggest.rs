use serde::Serialize;

use super::Fragment;
use crate::domain::ids::{MarketId, ProductId};

/// What a buyer has typed so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct SuggestQuery {
    /// The text so far, at most [`SearchQuery::TEXT`](super::SearchQuery::TEXT) bytes.
    pub text: String,
    /// The language they speak; the index's first one when it has none for it.
    pub language: Option<String>,
    /// Where they shop.
    pub market: MarketId,
    /// How many texts, and how many products, at most: 1 to [`SuggestQuery::LIMIT`].
    pub limit: usize,
}

/// What a buyer may be about to type, and what already matches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestions {
    /// Texts that find something, the most common first.
    pub texts: Vec<String>,
    /// Products that match so far, the best first.
    pub products: Vec<SuggestedProduct>,
}

/// A product that matches what was typed so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestedProduct {
    /// Which.
    pub product: ProductId,
    /// Its title with the words that matched.
    pub title: Fragment,
}

impl SuggestQuery {
    /// The most texts, and the most products.
    pub const LIMIT: usize = 20;

    /// Up to eight texts and eight products.
    pub fn new(market: MarketId, text: impl Into<String>) -> Self {
        Self { text: text.into(), language: None, market, limit: 8 }
    }
}
