use std::{collections::BTreeSet, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use super::{CategoryPath, Price};
use crate::domain::{
    ids::{MarketId, ProductId, Sku, TaxCategory},
    metadata::Metadata,
};

/// Something the shop describes once and sells in one or more variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Its name, 1 to [`Product::TITLE`] characters.
    pub title: String,
    /// What there is to say about it, up to [`Product::DESCRIPTION`] characters.
    #[serde(default)]
    pub description: String,
    /// Whether buyers may see and buy it.
    pub status: ProductStatus,
    /// What its variants differ in; empty when there is only one.
    #[serde(default)]
    pub options: Vec<ProductOption>,
    /// What is sold, at most [`Product::VARIANTS`].
    pub variants: Vec<Variant>,
    /// What the tax office calls it.
    pub tax_category: TaxCategory,
    /// Where it stands among what the shop sells, at most [`Product::CATEGORIES`].
    #[serde(default)]
    pub categories: Vec<CategoryPath>,
    /// The embedder's notes.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its name in another system.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// Whether buyers may see and buy a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// In the making: nobody sees it.
    Draft,
    /// On sale.
    Active,
    /// No longer on sale; kept because orders name it.
    Archived,
}

/// Something the variants of a product differ in, such as the size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductOption {
    /// Such as `Size`.
    pub name: String,
    /// Such as `S`, `M`, `L`.
    pub values: Vec<String>,
}

/// One sellable form of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its SKU, unique in the shop.
    pub sku: Sku,
    /// One value for each option of the product, in their order.
    #[serde(default)]
    pub option_values: Vec<String>,
    /// At most one price a market; without one it is not sold there.
    pub prices: Vec<Price>,
    /// Whether its units are counted.
    #[serde(default)]
    pub stock: StockTracking,
    /// What a piece weighs, for shipping rates.
    #[serde(default)]
    pub weight_grams: u32,
    /// The fewest pieces of it in one order, all lines together.
    #[serde(default)]
    pub min_pieces: Option<NonZeroU32>,
    /// The most pieces of it in one order, all lines together.
    #[serde(default)]
    pub max_pieces: Option<NonZeroU32>,
    /// The embedder's notes.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its name in another system.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// Whether the units of a variant are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockTracking {
    /// Units are counted and reserved.
    #[default]
    Tracked,
    /// There is always one more: services, downloads.
    Untracked,
}

/// Why a product cannot be saved as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProductProblem {
    /// The title is empty or too long.
    #[error("the title must have 1 to {} characters", Product::TITLE)]
    Title,
    /// The description is too long.
    #[error("the description must have at most {} characters", Product::DESCRIPTION)]
    Description,
    /// There are no variants, or too many.
    #[error("a product has 1 to {} variants", Product::VARIANTS)]
    Variants,
    /// Two variants have the same SKU.
    #[error("{sku} stands on two variants")]
    SkuTwice {
        /// The SKU.
        sku: Sku,
    },
    /// The variant does not name one listed value for each option.
    #[error("{sku} must name one of the listed values for each option")]
    OptionValues {
        /// The variant.
        sku: Sku,
    },
    /// Two variants have the same option values.
    #[error("{sku} has the same option values as another variant")]
    SameOptions {
        /// The later of the two.
        sku: Sku,
    },
    /// The variant has two prices in one market.
    #[error("{sku} has two prices in market {market}")]
    PriceTwice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// It stands in too many categories.
    #[error("a product stands in at most {} categories", Product::CATEGORIES)]
    TooManyCategories,
    /// Nobody can buy so few and so many at once.
    #[error("{sku} must allow at least as many pieces as it asks for")]
    Pieces {
        /// The variant.
        sku: Sku,
    },
    /// The price is below zero.
    #[error("{sku} has a price below zero in market {market}")]
    NegativePrice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
}

impl Product {
    /// The longest title, in characters.
    pub const TITLE: usize = 300;
    /// The longest description, in characters.
    pub const DESCRIPTION: usize = 50_000;
    /// The most variants.
    pub const VARIANTS: usize = 2_048;
    /// The most categories.
    pub const CATEGORIES: usize = 16;

    /// An active product with one option-less variant, taxed as `standard`.
    pub fn new(id: ProductId, title: impl Into<String>, variant: Variant) -> Self {
        Self {
            id,
            title: title.into(),
            description: String::new(),
            status: ProductStatus::Active,
            options: Vec::new(),
            variants: vec![variant],
            tax_category: TaxCategory::standard(),
            categories: Vec::new(),
            metadata: Metadata::default(),
            external_id: None,
        }
    }

    /// The variant with this SKU.
    pub fn variant(&self, sku: &Sku) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.sku == *sku)
    }

    /// Says why the product cannot be saved as it is, if it cannot.
    pub fn check(&self) -> Result<(), ProductProblem> {
        if self.title.trim().is_empty() || self.title.chars().count() > Self::TITLE {
            return Err(ProductProblem::Title);
        }
        if self.description.chars().count() > Self::DESCRIPTION {
            return Err(ProductProblem::Description);
        }
        if self.variants.is_empty() || self.variants.len() > Self::VARIANTS {
            return Err(ProductProblem::Variants);
        }
        if self.categories.len() > Self::CATEGORIES {
            return Err(ProductProblem::TooManyCategories);
        }
        let (mut skus, mut choices) = (BTreeSet::new(), BTreeSet::new());
        for variant in &self.variants {
            let sku = || variant.sku.clone();
            variant.check()?;
            if !skus.insert(&variant.sku) {
                return Err(ProductProblem::SkuTwice { sku: sku() });
            }
            if !self.lists(&variant.option_values) {
                return Err(ProductProblem::OptionValues { sku: sku() });
            }
            if !choices.insert(&variant.option_values) {
                return Err(ProductProblem::SameOptions { sku: sku() });
            }
        }
        Ok(())
    }

    fn lists(&self, values: &[String]) -> bool {
        values.len() == self.options.len()
            && self.options.iter().zip(values).all(|(option, value)| option.values.contains(value))
    }
}

impl Variant {
    /// A tracked variant without options, prices or weight.
    pub const fn new(sku: Sku) -> Self {
        Self {
            sku,
            option_values: Vec::new(),
            prices: Vec::new(),
            stock: StockTracking::Tracked,
            weight_grams: 0,
            min_pieces: None,
            max_pieces: None,
            metadata: Metadata::EMPTY,
            external_id: None,
        }
    }

    /// The same with one more price.
    #[must_use]
    pub fn with_price(mut self, price: Price) -> Self {
        self.prices.push(price);
        self
    }

    /// What it costs in this market.
    pub fn price(&self, market: &MarketId) -> Option<&Price> {
        self.prices.iter().find(|price| price.market == *market)
    }

    fn check(&self) -> Result<(), ProductProblem> {
        if self.min_pieces.zip(self.max_pieces).is_some_and(|(min, max)| min > max) {
            return Err(ProductProblem::Pieces { sku: self.sku.clone() });
        }
        let mut markets = BTreeSet::new();
        for Price { market, amount, .. } in &self.prices {
            let (sku, known) = (self.sku.clone(), market.clone());
            if !markets.insert(market) {
                return Err(ProductProblem::PriceTwice { sku, market: known });
            }
            if amount.is_negative() {
                return Err(ProductProblem::NegativePrice { sku, market: known });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::{Currency, Money};

    fn shirt(variants: Vec<Variant>) -> Product {
        let mut product =
            Product::new(ProductId::from_uuid(uuid::Uuid::nil()), "Shirt", Variant::new(sku("X")));
        product.options = vec![ProductOption { name: "Size".into(), values: vec!["S".into(), "M".into()] }];
        product.variants = variants;
        product
    }

    fn sku(code: &str) -> Sku {
        Sku::new(code).unwrap()
    }

    fn sized(code: &str, size: &str) -> Variant {
        Variant { option_values: vec![size.into()], ..Variant::new(sku(code)) }
    }

    #[test]
    fn a_product_names_every_variant_once() {
        assert_eq!(shirt(vec![sized("A", "S"), sized("B", "M")]).check(), Ok(()));
        assert_eq!(shirt(vec![]).check(), Err(ProductProblem::Variants));
        assert_eq!(
            shirt(vec![sized("A", "S"), sized("A", "M")]).check(),
            Err(ProductProblem::SkuTwice { sku: sku("A") })
        );
        assert_eq!(
            shirt(vec![sized("A", "S"), sized("B", "S")]).check(),
            Err(ProductProblem::SameOptions { sku: sku("B") })
        );
        assert_eq!(
            shirt(vec![sized("A", "XL")]).check(),
            Err(ProductProblem::OptionValues { sku: sku("A") })
        );
    }

    #[test]
    fn a_variant_can_be_bought_in_some_number() {
        let limited = |min, max| Variant {
            min_pieces: NonZeroU32::new(min),
            max_pieces: NonZeroU32::new(max),
            ..sized("A", "S")
        };
        for (min, max) in [(0, 0), (2, 0), (0, 2), (2, 2)] {
            assert_eq!(shirt(vec![limited(min, max)]).check(), Ok(()));
        }
        assert_eq!(shirt(vec![limited(3, 2)]).check(), Err(ProductProblem::Pieces { sku: sku("A") }));
    }

    #[test]
    fn a_variant_has_at_most_one_price_a_market_and_none_below_zero() {
        let market = MarketId::new("eu").unwrap();
        let price = |minor| Price::new(market.clone(), Money::from_minor(minor, Currency::EUR));
        let twice = sized("A", "S").with_price(price(1)).with_price(price(2));
        assert!(matches!(shirt(vec![twice]).check(), Err(ProductProblem::PriceTwice { .. })));
        let below = sized("A", "S").with_price(price(-1));
        assert!(matches!(shirt(vec![below]).check(), Err(ProductProblem::NegativePrice { .. })));
    }
}
