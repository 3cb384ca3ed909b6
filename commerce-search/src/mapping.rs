//! From a product as the shop stores it to what is searched, and from an order to what it sold. Everything that knows how
//! they are stored is here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        catalog::{Attribute, Content, Language, PriceRequest, Product, ProductStatus, Variant},
        ids::{MarketId, Sku},
        inventory::{Backorder, StockLevel},
        order::Order,
    },
    storage::Versioned,
};

use crate::{
    document::{Document, Entry, Numbers, Text},
    index::{Sale, day},
    markup,
    settings::SearchSettings,
};

/// The SKUs whose stock decides whether the product can be bought.
pub(crate) fn counted_skus(product: &Product) -> impl Iterator<Item = &Sku> {
    product.variants.iter().flat_map(|variant| variant.draws(1)).map(|(sku, _)| sku)
}

/// The SKUs of the parts of its kits: a change of their stock is a change of its own.
pub(crate) fn parts(product: &Product) -> impl Iterator<Item = &Sku> {
    product.variants.iter().flat_map(|variant| &variant.kit).map(|part| &part.sku)
}

/// What is found of a product, with the stock of its SKUs, for everybody and at this time.
pub(crate) fn entry(
    product: &Versioned<Product>,
    levels: &[StockLevel],
    settings: &SearchSettings,
    now: DateTime<Utc>,
) -> Entry {
    let on_sale = product.status == ProductStatus::Active;
    let markets = settings.markets.iter();
    Entry {
        product: product.id,
        version: product.version.writes,
        document: on_sale.then(|| document(product, settings)),
        numbers: Numbers {
            prices: markets.map(|market| lowest_price(product, &market.id, now)).collect(),
            stock: product.variants.iter().map(|variant| stock(variant, levels)).fold(0, i64::saturating_add),
            rating: None,
            created: created(product),
        },
    }
}

fn document(product: &Product, settings: &SearchSettings) -> Document {
    let values = values(product);
    Document {
        texts: settings.languages.iter().map(|language| text(product, &values, language)).collect(),
        brand: product.brand.as_ref().map(ToString::to_string),
        categories: product.categories.iter().map(ToString::to_string).collect(),
        attributes: values.into_iter().map(|(name, values)| (name, values.into_iter().collect())).collect(),
        skus: product.variants.iter().map(|variant| variant.sku.to_string()).collect(),
        parts: parts(product).map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect(),
    }
}

/// What attributes and options say, of the product and of any of its variants.
fn values(product: &Product) -> BTreeMap<String, BTreeSet<String>> {
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for option in &product.options {
        values.entry(option.name.clone()).or_default().extend(option.values.iter().cloned());
    }
    let of_variants = product.variants.iter().flat_map(|variant| variant.attributes.iter());
    for (name, attribute) in product.attributes.iter().chain(of_variants) {
        let values = values.entry(name.to_string()).or_default();
        match attribute {
            Attribute::Text(text) => drop(values.insert(text.clone())),
            Attribute::Words(words) => values.extend(words.iter().cloned()),
            Attribute::Number { value, unit: None } => drop(values.insert(value.normalize().to_string())),
            Attribute::Number { value, unit: Some(unit) } => {
                values.insert(format!("{} {unit}", value.normalize()));
            }
            Attribute::YesNo(answer) => drop(values.insert(if *answer { "yes" } else { "no" }.into())),
        }
    }
    values
}

fn text(product: &Product, values: &BTreeMap<String, BTreeSet<String>>, language: &str) -> Text {
    let words = values.values().flatten();
    match Language::new(language) {
        Ok(language) => {
            let said: Content<'_> = product.content(&language);
            Text {
                title: said.title().to_owned(),
                description: markup::said(said.description()),
                words: words.map(|word| said.word(word).to_owned()).collect(),
            }
        }
        Err(_) => Text {
            title: product.title.clone(),
            description: markup::said(&product.description),
            words: words.cloned().collect(),
        },
    }
}

/// Of one piece, for a buyer of no group, rounded up.
fn lowest_price(product: &Product, market: &MarketId, at: DateTime<Utc>) -> Option<i64> {
    let wanted = PriceRequest { market, group: None, at, pieces: 1 };
    let of_one = |variant: &Variant| {
        let price = variant.price_for(&wanted)?;
        let (minor, pieces) = (price.amount.minor(), i64::from(price.unit_quantity.get()));
        Some(minor / pieces + i64::from(minor % pieces != 0))
    };
    product.variants.iter().filter_map(of_one).min()
}

/// The pieces of a variant that can be bought; without end where nobody counts or more may be sold than is there.
fn stock(variant: &Variant, levels: &[StockLevel]) -> i64 {
    let pieces = variant.draws(1).into_iter().map(|(sku, units)| match available(sku, levels) {
        i64::MAX => i64::MAX,
        available => available / units.max(1),
    });
    pieces.min().unwrap_or(i64::MAX)
}

fn available(sku: &Sku, levels: &[StockLevel]) -> i64 {
    let begin = levels.partition_point(|level| level.key.sku < *sku);
    let own = levels[begin..].iter().take_while(|level| level.key.sku == *sku);
    let units = own.map(|level| match level.policy.backorder {
        Backorder::Allowed => i64::MAX,
        Backorder::Denied => level.available().max(0),
    });
    units.fold(0, i64::saturating_add)
}

/// Ids of version 7 say when they were drawn, in milliseconds since 1970; others came before all of them.
fn created(product: &Product) -> i64 {
    let drawn = product.id.uuid().get_timestamp().map(|time| time.to_unix());
    let millis = drawn.and_then(|(seconds, nanos)| {
        i64::try_from(seconds).ok()?.checked_mul(1_000)?.checked_add(i64::from(nanos / 1_000_000))
    });
    millis.unwrap_or_default()
}

/// What an order sold: nothing, once it was called off.
pub(crate) fn sale(order: &Order) -> Sale {
    let lines = order.quote.lines.iter().filter(|_| order.cancelled.is_none());
    let units = lines.map(|line| (line.product, line.quantity.get())).collect();
    Sale { order: order.id, day: day(order.placed_at), units }
}
