//! Files of a merchant, and a shop that takes them over.

#![allow(dead_code, reason = "each test uses some of it")]

use std::io::Read;

use commerce_core::domain::{
    catalog::Product,
    ids::{LocationId, MarketId},
    money::Currency,
};
use commerce_import::{Import, ImportError, News, Tally};
use commerce_testkit::shop::{TestShop, sku};

pub(crate) struct File(String);

impl File {
    /// A file of things in one row each.
    pub(crate) fn new() -> Self {
        Self::with("Handle,Title,Variant Inventory Tracker,Variant Inventory Qty,Variant Price\n")
    }

    pub(crate) fn with(header: &str) -> Self {
        Self(header.to_owned())
    }

    pub(crate) fn row(mut self, row: &str) -> Self {
        self.0.push_str(row);
        self.0.push('\n');
        self
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

pub(crate) async fn import(
    shop: &TestShop,
    file: impl Read,
    tell: impl FnMut(News<'_>),
) -> Result<Tally, ImportError> {
    let import = Import::new(MarketId::main(), Currency::EUR, LocationId::main());
    import.run(&shop.commerce, file, tell).await
}

/// What came of a file, and what was refused.
pub(crate) async fn imported(shop: &TestShop, file: &[u8]) -> (Tally, Vec<String>) {
    let mut refused = Vec::new();
    let tell = |news: News<'_>| {
        if let News::Refused(row) = news {
            refused.push(row.to_string());
        }
    };
    let tally = import(shop, file, tell).await.unwrap();
    (tally, refused)
}

/// The product that has a variant with this SKU.
pub(crate) async fn product(shop: &TestShop, code: &str) -> Product {
    Product::clone(shop.commerce.catalog().listing(&sku(code)).await.unwrap().product())
}

pub(crate) fn refusals(told: &[String]) -> impl Iterator<Item = &String> {
    told.iter().filter(|news| news.starts_with("Refused"))
}
