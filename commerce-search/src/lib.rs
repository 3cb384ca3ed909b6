//! Finding products by what buyers type and pick, on tantivy: an adapter of the port
//! [`ProductSearch`](commerce_core::gateway::ProductSearch).
//!
//! - [`StoreSearch`] is the search of a shop. It is fed by the shop's events, and builds an index from the store.
//! - [`SearchIndex`] is the index itself, in a folder: words in tantivy; prices, stock and sales in columns beside it,
//!   where a change is found at once. One process writes it, others follow.
//! - [`SearchSettings`] says in which languages and markets; [`Curation`] what comes first for a text.
//!
//! What it promises, in which units and within which limits, is in `docs/search.md` of the repository.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use commerce_core::{
//!     domain::{catalog::{Market, PriceMode}, ids::MarketId, money::Currency},
//!     environment::{Clock, SystemClock},
//!     gateway::{ProductSearch, SearchQuery},
//!     memory::MemoryStore,
//! };
//! use commerce_search::{SearchIndex, SearchSettings, StoreSearch};
//!
//! # let folder = std::env::temp_dir().join(format!("commerce-search-{}", std::process::id()));
//! let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
//! let index = SearchIndex::open(&folder, SearchSettings::new(market), SystemClock.now())?;
//! let search = StoreSearch::new(index, Arc::new(MemoryStore::new()), Arc::new(SystemClock)).await?;
//! search.build_if_missing(|progress| println!("{} products", progress.products)).await?;
//!
//! // Give it to the shop as its event sink: what is sold and saved is found from then on.
//! let page = search.search(&SearchQuery::new(MarketId::main(), "blue mug")).await?;
//! assert_eq!(page.hits, []);
//! # drop(search);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

mod store_search;

mod audit;

mod folders;
mod search_index;

mod rebuild;

mod curation;
mod document;
mod error;
mod settings;
mod synonyms;

mod mapping;
mod markup;

mod answer;
mod cache;
mod index;
mod query;
mod threads;

#[cfg(test)]
mod scratch;

pub use curation::Curation;
pub use document::{Document, Entry, Numbers, Text};
pub use error::IndexError;
pub use rebuild::Rebuild;
pub use search_index::{Change, SearchIndex};
pub use settings::SearchSettings;
pub use store_search::{Progress, StoreSearch};
