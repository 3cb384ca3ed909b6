use std::sync::Arc;

use super::{Product, Variant};
use crate::domain::ids::Sku;

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
}
