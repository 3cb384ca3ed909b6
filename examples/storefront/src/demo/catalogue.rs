use std::{collections::BTreeMap, error::Error};

use commerce_kit::{
    Commerce, Error as ShopError,
    domain::{
        catalog::{
            Attributes, CategoryPath, Price, Product, ProductOption, ProductStatus, StockTracking, Variant,
        },
        ids::{LocationId, MarketId, ProductId, Sku, TaxCategory},
        inventory::{StockKey, StockPolicy},
        metadata::Metadata,
        money::{Currency, Money},
    },
};
use rust_decimal::Decimal;
use serde::Deserialize;

const CATALOGUE: &str = include_str!("../../demo/catalogue.json");

/// A product as the shopkeeper writes it down: prices in euro, stock by location.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: ProductId,
    title: String,
    description: String,
    department: String,
    #[serde(default = "TaxCategory::standard")]
    tax: TaxCategory,
    #[serde(default)]
    options: Vec<ProductOption>,
    variants: Vec<Form>,
}

/// One form it is sold in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    sku: Sku,
    #[serde(default)]
    values: Vec<String>,
    #[serde(with = "rust_decimal::serde::str")]
    price: Decimal,
    #[serde(default)]
    grams: u32,
    /// Nobody counts what has no stock anywhere.
    #[serde(default)]
    stock: BTreeMap<LocationId, i64>,
    #[serde(default)]
    policy: StockPolicy,
}

/// Puts everything on sale that is not yet, and its units onto the shelves: first the units, so that what is on sale
/// has all of them even if the first day was cut short.
pub(super) async fn fill(shop: &Commerce) -> Result<(), Box<dyn Error + Send + Sync>> {
    for entry in serde_json::from_str::<Vec<Entry>>(CATALOGUE)? {
        match shop.catalog().product(entry.id).await {
            Ok(_) => continue,
            Err(ShopError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let product = entry.product()?;
        for form in entry.variants {
            form.stock_up(shop).await?;
        }
        super::done_by_anybody(shop.catalog().add_product(product).await)?;
    }
    Ok(())
}

impl Entry {
    fn product(&self) -> Result<Product, Box<dyn Error + Send + Sync>> {
        Ok(Product {
            id: self.id,
            title: self.title.clone(),
            description: self.description.clone(),
            status: ProductStatus::Active,
            options: self.options.clone(),
            variants: self.variants.iter().map(Form::variant).collect::<Result<_, _>>()?,
            tax_category: self.tax.clone(),
            categories: vec![CategoryPath::new(&self.department)?],
            brand: None,
            attributes: Attributes::EMPTY,
            media: Vec::new(),
            translations: BTreeMap::new(),
            metadata: Metadata::new([("department", &self.department)])?,
            external_id: None,
        })
    }
}

impl Form {
    fn variant(&self) -> Result<Variant, Box<dyn Error + Send + Sync>> {
        let price = Price::new(MarketId::main(), Money::new(self.price, Currency::EUR)?);
        let stock = if self.stock.is_empty() { StockTracking::Untracked } else { StockTracking::Tracked };
        Ok(Variant {
            option_values: self.values.clone(),
            stock,
            weight_grams: self.grams,
            ..Variant::new(self.sku.clone()).with_price(price)
        })
    }

    async fn stock_up(self, shop: &Commerce) -> Result<(), Box<dyn Error + Send + Sync>> {
        for (location, units) in self.stock {
            let key = StockKey { sku: self.sku.clone(), location };
            if units > 0 {
                shop.inventory().count(key.clone(), units, "the first day").await?;
            }
            if self.policy != StockPolicy::default() {
                shop.inventory().set_policy(key, self.policy).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_something_of_everything() {
        let entries: Vec<Entry> = serde_json::from_str(CATALOGUE).unwrap();
        let forms = || entries.iter().flat_map(|entry| &entry.variants);
        assert!(entries.len() >= 24, "{}", entries.len());
        assert!(entries.iter().filter(|entry| entry.options.len() == 2).count() >= 2);
        assert!(forms().any(|form| form.stock.is_empty()), "something that nobody counts");
        assert!(forms().any(|form| form.stock.len() == 2), "something in two places");
        assert!(forms().any(|form| form.policy != StockPolicy::default()), "something on backorder");
        for entry in &entries {
            entry.product().unwrap().check().unwrap();
        }
    }
}
