//! Port: finding products by what buyers type and pick.

mod page;
mod query;
mod suggest;

pub use page::{
    Explanation, Facet, FacetValue, Fragment, Hit, PriceBar, PriceSummary, Relaxation, SearchPage, Standing,
};
pub use query::{
    Counting, Cursor, FacetName, Fallback, Filters, Highlighting, InvalidToken, LastWord, ReadToken,
    SearchQuery, Sort, StockFilter,
};
pub use suggest::{SuggestQuery, SuggestedProduct, Suggestions};

use std::{error::Error, fmt};

use async_trait::async_trait;

use crate::domain::ids::ProductId;

/// Finds products.
///
/// # To be correct
/// - no text of a buyer is ever read as a language of queries: whatever it says, it is searched for;
/// - any text, of any length, is answered or refused in bounded time and memory;
/// - two pages by the same query, the second after the first one's cursor, have no product in common, unless prices,
///   stock, sales or the index changed between them.
#[async_trait]
pub trait ProductSearch: fmt::Debug + Send + Sync + 'static {
    /// The products that match, the best first.
    async fn search(&self, query: &SearchQuery) -> Result<SearchPage, SearchError>;

    /// What a buyer may be about to type, and products that already match.
    async fn suggest(&self, query: &SuggestQuery) -> Result<Suggestions, SearchError>;

    /// Why a product stands where it stands among the answers to a query; none when it does not match.
    async fn explain(
        &self,
        query: &SearchQuery,
        product: ProductId,
    ) -> Result<Option<Explanation>, SearchError>;
}

/// Why a search was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The query asks for more than may be asked for; the same query is refused again.
    #[error("the query cannot be answered: {problem}")]
    Refused {
        /// What is wrong with it.
        problem: String,
    },
    /// There is no index yet, or too many searches wait; the same query may be repeated.
    #[error("products cannot be searched now: {problem}")]
    Unavailable {
        /// What is missing.
        problem: String,
    },
    /// What the query must have seen has not come to this process in time; the same query may be repeated.
    #[error("the change of product {product} cannot be found yet")]
    NotYet {
        /// Whose change it is.
        product: ProductId,
    },
    /// The index cannot be read: build it anew.
    #[error("the search index cannot be read")]
    Broken {
        /// What the index said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl SearchError {
    /// The query asks for more than may be asked for.
    pub fn refused(problem: impl Into<String>) -> Self {
        Self::Refused { problem: problem.into() }
    }

    /// Try again later.
    pub fn unavailable(problem: impl Into<String>) -> Self {
        Self::Unavailable { problem: problem.into() }
    }

    /// The index cannot be read.
    pub fn broken(what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Broken { source: what.into() }
    }
}
