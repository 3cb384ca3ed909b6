//! An index with a few products, in sentences.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        catalog::{Market, PriceMode},
        ids::{MarketId, ProductId},
        money::{Currency, Money},
    },
    gateway::{SearchError, SearchPage, SearchQuery},
};
use commerce_search::{Document, Entry, Numbers, SearchIndex, SearchSettings, Text};
use commerce_testkit::folder::Folder;
use uuid::Uuid;

pub(crate) struct Shelf {
    pub(crate) index: Arc<SearchIndex>,
    titles: Vec<String>,
    _folder: Folder,
}

impl Shelf {
    /// An index of these products, committed.
    pub(crate) fn of(products: Vec<Entry>) -> Self {
        Self::with(settings(), products)
    }

    pub(crate) fn with(settings: SearchSettings, products: Vec<Entry>) -> Self {
        let folder = Folder::new().unwrap();
        let index = SearchIndex::open(folder.path(), settings, noon()).unwrap();
        let titles = products.iter().map(title_of).collect();
        let mut rebuild = index.rebuild(noon()).unwrap();
        rebuild.put(products).unwrap();
        rebuild.finish().unwrap();
        Self { index, titles, _folder: folder }
    }

    pub(crate) fn search(&self, query: &SearchQuery) -> SearchPage {
        self.index.search(query).unwrap()
    }

    pub(crate) fn refused(&self, query: &SearchQuery) -> String {
        match self.index.search(query) {
            Err(SearchError::Refused { problem }) => problem,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// The titles of what is found for a text.
    pub(crate) fn titles(&self, text: &str) -> Vec<&str> {
        self.titles_for(&query(text))
    }

    pub(crate) fn titles_for(&self, query: &SearchQuery) -> Vec<&str> {
        let page = self.search(query);
        page.hits.iter().map(|hit| self.title(hit.product)).collect()
    }

    pub(crate) fn title(&self, product: ProductId) -> &str {
        let number = usize::try_from(product.uuid().as_u128()).unwrap();
        &self.titles[number - 1]
    }
}

/// The products with these titles, numbered from 1.
pub(crate) fn products(titles: &[&str]) -> Vec<Entry> {
    (1..).zip(titles).map(|(number, title)| product(number, title)).collect()
}

/// A product that costs 10.00 and is there.
pub(crate) fn product(number: u128, title: &str) -> Entry {
    let text = Text { title: title.into(), ..Text::default() };
    Entry {
        product: id(number),
        version: 1,
        document: Some(Document { texts: vec![text], ..Document::default() }),
        numbers: Numbers { prices: vec![Some(1_000)], stock: 5, rating: None, created: 0 },
    }
}

pub(crate) fn id(number: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(number))
}

fn title_of(entry: &Entry) -> String {
    entry.document.as_ref().map(|document| document.texts[0].title.clone()).unwrap_or_default()
}

/// Says more of a product.
pub(crate) trait Described: Sized {
    fn document(self, change: impl FnOnce(&mut Document)) -> Self;

    fn described(self, description: &str) -> Self {
        self.document(|document| document.texts[0].description = description.into())
    }

    fn by(self, brand: &str) -> Self {
        self.document(|document| document.brand = Some(brand.into()))
    }

    fn sku(self, sku: &str) -> Self {
        self.document(|document| document.skus.push(sku.into()))
    }

    fn stands_in(self, category: &str) -> Self {
        self.document(|document| document.categories.push(category.into()))
    }

    fn is(self, name: &str, value: &str) -> Self {
        self.document(|document| {
            document.attributes.entry(name.into()).or_default().push(value.into());
            document.texts[0].words.push(value.into());
        })
    }

    fn costs(self, minor: i64) -> Self;
    fn stock(self, units: i64) -> Self;
    fn rated(self, hundredths: u16) -> Self;
    fn came(self, created: i64) -> Self;
}

impl Described for Entry {
    fn document(mut self, change: impl FnOnce(&mut Document)) -> Self {
        change(self.document.as_mut().unwrap());
        self
    }

    fn costs(mut self, minor: i64) -> Self {
        self.numbers.prices = vec![Some(minor)];
        self
    }

    fn stock(mut self, units: i64) -> Self {
        self.numbers.stock = units;
        self
    }

    fn rated(mut self, hundredths: u16) -> Self {
        self.numbers.rating = Some(hundredths);
        self
    }

    fn came(mut self, created: i64) -> Self {
        self.numbers.created = created;
        self
    }
}

pub(crate) fn query(text: &str) -> SearchQuery {
    SearchQuery::new(MarketId::main(), text)
}

pub(crate) fn settings() -> SearchSettings {
    SearchSettings::new(euro())
}

pub(crate) fn euro() -> Market {
    Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded }
}

pub(crate) fn cents(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}
