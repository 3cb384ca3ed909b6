//! What a shop sells: products, and the variants of them that have a SKU and a price.

mod product;

mod check;

mod category;
mod category_tree;

mod attribute;
mod media;
mod translation;

mod market;
mod price;
mod price_list;

mod price_choice;

mod price_history;

mod kit;

mod listing;

pub use attribute::{Attribute, Attributes, InvalidAttributes};
pub use category::{CategoryPath, InvalidCategoryPath};
pub use category_tree::CategoryTree;
pub use check::ProductProblem;
pub use kit::KitPart;
pub(crate) use kit::draws;
pub use listing::Listing;
pub use market::{Market, PriceMode};
pub use media::{InvalidMediaUrl, Media, MediaKind, MediaUrl};
pub use price::{Price, PriceRefusal, PriceRequest};
pub use price_history::{HistoryLine, PriceHistory, Reduction};
pub use price_list::PriceList;
pub use product::{Product, ProductOption, ProductStatus, StockTracking, Variant};
pub use translation::{Content, InvalidLanguage, Language, Translation};
