//! From a product as the shop stores it to what is searched. Everything that knows how products are stored is here.

use std::collections::BTreeMap;

use commerce_core::{
    domain::{
        catalog::{Product, ProductStatus, StockTracking, Variant},
        ids::Sku,
        inventory::{Backorder, StockLevel},
    },
    storage::Versioned,
};

use crate::{
    document::{Document, Entry, Numbers, Text},
    settings::SearchSettings,
};

/// The SKUs whose stock decides whether the product can be bought.
pub(crate) fn counted_skus(product: &Product) -> impl Iterator<Item = &Sku> {
    let counted = |variant: &&Variant| variant.stock == StockTracking::Tracked;
    product.variants.iter().filter(counted).map(|variant| &variant.sku)
}

/// What is found of a product, with the stock of its SKUs.
pub(crate) fn entry(product: &Versioned<Product>, levels: &[StockLevel], settings: &SearchSettings) -> Entry {
    let on_sale = product.status == ProductStatus::Active;
    Entry {
        product: product.id,
        version: product.version.writes,
        document: on_sale.then(|| document(product, settings)),
        numbers: Numbers {
            prices: settings.markets.iter().map(|market| lowest_price(product, &market.id)).collect(),
            stock: product.variants.iter().map(|variant| stock(variant, levels)).fold(0, i64::saturating_add),
            rating: None,
            created: created(product),
        },
    }
}

fn document(product: &Product, settings: &SearchSettings) -> Document {
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for option in &product.options {
        attributes.entry(option.name.clone()).or_default().extend(option.values.iter().cloned());
    }
    let words = attributes.values().flatten().cloned().collect::<Vec<_>>();
    let text = Text { title: product.title.clone(), description: product.description.clone(), words };
    Document {
        texts: vec![text; settings.languages.len()],
        brand: None,
        categories: product.categories.iter().map(ToString::to_string).collect(),
        attributes,
        skus: product.variants.iter().map(|variant| variant.sku.to_string()).collect(),
    }
}

/// Of one piece, rounded up.
fn lowest_price(product: &Product, market: &commerce_core::domain::ids::MarketId) -> Option<i64> {
    let of_one = |variant: &Variant| {
        let price = variant.price(market)?;
        let (minor, pieces) = (price.amount.minor(), i64::from(price.unit_quantity.get()));
        Some(minor / pieces + i64::from(minor % pieces != 0))
    };
    product.variants.iter().filter_map(of_one).min()
}

/// The units of a variant that can be bought; without end where nobody counts or more may be sold than is there.
fn stock(variant: &Variant, levels: &[StockLevel]) -> i64 {
    if variant.stock == StockTracking::Untracked {
        return i64::MAX;
    }
    let own = levels.iter().filter(|level| level.key.sku == variant.sku);
    let units = own.map(|level| match level.policy.backorder {
        Backorder::Allowed => i64::MAX,
        Backorder::Denied => level.available().max(0),
    });
    units.fold(0, i64::saturating_add)
}

/// Ids of version 7 say when they were drawn, in milliseconds since 1970; others came before all of them.
fn created(product: &Product) -> i64 {
    let drawn = product.id.uuid().get_timestamp().map(|time| time.to_unix());
    drawn
        .and_then(|(seconds, nanos)| {
            i64::try_from(seconds).ok()?.checked_mul(1_000)?.checked_add(i64::from(nanos / 1_000_000))
        })
        .unwrap_or_default()
}
