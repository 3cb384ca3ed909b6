use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use serde::{Deserialize, Serialize};

use super::{
    Attributes, CategoryPath, Content, KitPart, Language, Media, Price, PriceHistory, ProductProblem,
    Translation,
};
use crate::domain::{
    ids::{Brand, ProductId, Sku, TaxCategory},
    metadata::Metadata,
};

/// Something the shop describes once and sells in one or more variants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryPath>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<Brand>,
    /// What is to be known of all its variants.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What shows it, the most telling first, at most [`Product::MEDIA`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// What it says in other languages, at most [`Product::LANGUAGES`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<Language, Translation>,
    /// The embedder's notes.
    #[serde(default)]
    pub metadata: Metadata,
    /// Its name in another system.
    #[serde(default)]
    pub external_id: Option<String>,
}

/// Whether buyers may see and buy a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProductOption {
    /// Such as `Size`.
    pub name: String,
    /// Such as `S`, `M`, `L`.
    pub values: Vec<String>,
}

/// One sellable form of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its SKU, unique in the shop.
    pub sku: Sku,
    /// One value for each option of the product, in their order.
    #[serde(default)]
    pub option_values: Vec<String>,
    /// At most one price for each market, price list and number of pieces, and at most [`Variant::PRICES`]; without
    /// any for a market it is not sold there. [`Variant::price_for`] says which one counts.
    pub prices: Vec<Price>,
    /// What it has cost; the catalog service keeps it.
    #[serde(default, skip_serializing_if = "PriceHistory::is_empty")]
    pub price_history: PriceHistory,
    /// Whether its units are counted.
    #[serde(default)]
    pub stock: StockTracking,
    /// What one piece takes from stock, if that is not one unit of its own SKU: at most [`Variant::PARTS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kit: Vec<KitPart>,
    /// What is to be known of it; goes before what the product says.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// What a piece weighs, for shipping rates.
    #[serde(default)]
    pub weight_grams: u32,
    /// The fewest pieces of it in one order, all lines together.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1))]
    pub min_pieces: Option<NonZeroU32>,
    /// The most pieces of it in one order, all lines together.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StockTracking {
    /// Units are counted and reserved.
    #[default]
    Tracked,
    /// There is always one more: services, downloads.
    Untracked,
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
    /// The most pictures and other media.
    pub const MEDIA: usize = 250;
    /// The most languages besides its own.
    pub const LANGUAGES: usize = 50;

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
            brand: None,
            attributes: Attributes::EMPTY,
            media: Vec::new(),
            translations: BTreeMap::new(),
            metadata: Metadata::default(),
            external_id: None,
        }
    }

    /// The variant with this SKU.
    pub fn variant(&self, sku: &Sku) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.sku == *sku)
    }

    /// What it says to somebody who speaks this language.
    pub const fn content<'a>(&'a self, language: &'a Language) -> Content<'a> {
        Content::of(self, language)
    }

    /// Says why the product cannot be saved as it is, if it cannot.
    pub fn check(&self) -> Result<(), ProductProblem> {
        if !Self::is_title(&self.title) {
            return Err(ProductProblem::Title);
        }
        if !Self::is_description(&self.description) {
            return Err(ProductProblem::Description);
        }
        if self.variants.is_empty() || self.variants.len() > Self::VARIANTS {
            return Err(ProductProblem::Variants);
        }
        if self.categories.len() > Self::CATEGORIES {
            return Err(ProductProblem::TooManyCategories);
        }
        self.check_media()?;
        self.check_translations()?;
        self.check_attributes()?;
        self.check_price_lists()?;
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

    pub(super) fn is_title(title: &str) -> bool {
        !title.trim().is_empty() && title.chars().count() <= Self::TITLE
    }

    pub(super) fn is_description(text: &str) -> bool {
        text.chars().count() <= Self::DESCRIPTION
    }
}

impl Variant {
    /// The most prices, of all markets together.
    pub const PRICES: usize = 500;
    /// The most parts of a kit.
    pub const PARTS: usize = 50;

    /// A tracked variant without options, prices or weight.
    pub const fn new(sku: Sku) -> Self {
        Self {
            sku,
            option_values: Vec::new(),
            prices: Vec::new(),
            price_history: PriceHistory::EMPTY,
            stock: StockTracking::Tracked,
            kit: Vec::new(),
            attributes: Attributes::EMPTY,
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
