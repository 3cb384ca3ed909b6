//! What a shop sells: products, and the variants of them that have a SKU and a price.

mod category;
mod listing;
mod market;
mod price;
mod product;

pub use category::{CategoryPath, InvalidCategoryPath};
pub use listing::Listing;
pub use market::{Market, PriceMode};
pub use price::Price;
pub use product::{Product, ProductOption, ProductProblem, ProductStatus, StockTracking, Variant};
