//! What tests of single files need: the fields of an index, a whole one, and a product for it.

use std::{path::Path, sync::Arc};

use chrono::DateTime;
use commerce_core::domain::{
    catalog::{Market, PriceMode},
    ids::{MarketId, ProductId},
    money::Currency,
};
use uuid::Uuid;

use crate::{
    Document, Entry, Numbers, SearchIndex, SearchSettings, Text,
    index::{Fields, schema},
};

fn settings() -> SearchSettings {
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    SearchSettings::new(market)
}

/// The fields of an index in English.
pub(crate) fn fields() -> Fields {
    let settings = settings();
    Fields::of(&tantivy::Index::create_in_ram(schema(&settings)), &settings).unwrap()
}

/// An index in English without products.
pub(crate) fn index(folder: &Path) -> Arc<SearchIndex> {
    let index = SearchIndex::open(folder, settings(), DateTime::UNIX_EPOCH).unwrap();
    index.rebuild(DateTime::UNIX_EPOCH).unwrap().finish().unwrap();
    index
}

/// Always the same product, with this title and this price in cents.
pub(crate) fn product(title: &str, price: i64) -> Entry {
    let text = Text { title: title.into(), ..Text::default() };
    let document = Some(Document { texts: vec![text], ..Document::default() });
    let numbers = Numbers { prices: vec![Some(price)], ..Numbers::default() };
    Entry { product: ProductId::from_uuid(Uuid::from_u128(1)), version: 1, document, numbers }
}
