use std::sync::Arc;

use super::{Attribute, Media, Product, Variant};
use crate::domain::ids::{AttributeName, Sku};

/// A variant together with its product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    product: Arc<Product>,
    index: usize,
}

impl Listing {
    /// The variant of this product that has the SKU, if one has.
    pub fn of(product: Arc<Product>, sku: &Sku) -> Option<Self> {
        let index = product.variants.iter().position(|variant| variant.sku == *sku)?;
        Some(Self { product, index })
    }

    /// The product.
    pub fn product(&self) -> &Arc<Product> {
        &self.product
    }

    /// The variant.
    pub fn variant(&self) -> &Variant {
        &self.product.variants[self.index]
    }

    /// What is known under this name: of the variant, else of the product.
    pub fn attribute(&self, name: &AttributeName) -> Option<&Attribute> {
        self.variant().attributes.get(name).or_else(|| self.product.attributes.get(name))
    }

    /// What shows the variant, the most telling first.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.product.media.iter().filter(|media| media.shows(&self.variant().sku))
    }
}
