//! Products from a merchant's file, and back: the CSV that Shopify exports and imports.
//!
//! [`Import`] reads the file product by product and saves each by the use cases of the shop; [`Export`] writes the same
//! format. What each column becomes stands in `docs/import.md`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use std::sync::Arc;
//! # use commerce_core::{Commerce, memory::TestGateway};
//! # let shop = Commerce::in_memory(Arc::new(TestGateway::new()));
//! use commerce_core::domain::{ids::{LocationId, MarketId}, money::Currency};
//! use commerce_import::{Import, News};
//!
//! let file = "Handle,Title,Variant Price,Variant Inventory Qty\nmug,Mug,12.90,5\npot,Pot,oops,5\n";
//! let import = Import::new(MarketId::main(), Currency::EUR, LocationId::main());
//! let mut refused = Vec::new();
//! let tell = |news: News<'_>| if let News::Refused(row) = news { refused.push(row.to_string()) };
//! let tally = import.run(&shop, file.as_bytes(), tell).await?;
//! assert_eq!((tally.added, tally.refused), (1, 1));
//! assert_eq!(refused, [r#"row 3, pot: "oops" is no price"#]);
//! # Ok(())
//! # }
//! ```

mod import;

mod reader;
mod row;

mod refused;

mod draft;
mod draft_variant;
mod stable;

mod export;

pub use export::{Export, ExportError};
pub use import::{Import, ImportError, News, Tally};
pub use refused::{Refused, Why};
