use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{PromotionProblem, goods::PricedLine};
use crate::domain::{
    catalog::CategoryPath,
    ids::{ProductId, Sku},
};

/// Some of the goods: those of any of these SKUs, products or categories. Without any it is all goods.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// By SKU.
    #[serde(default)]
    pub skus: Vec<Sku>,
    /// By product.
    #[serde(default)]
    pub products: Vec<ProductId>,
    /// By category, with all that is inside it.
    #[serde(default)]
    pub categories: Vec<CategoryPath>,
}

impl Selection {
    /// All goods.
    pub const ALL: Self = Self { skus: Vec::new(), products: Vec::new(), categories: Vec::new() };
    /// The most names it may have.
    pub const NAMES: usize = 1_000;

    /// Whether it is all goods.
    pub const fn is_all(&self) -> bool {
        self.skus.is_empty() && self.products.is_empty() && self.categories.is_empty()
    }

    pub(super) fn check(&self) -> Result<(), PromotionProblem> {
        if self.skus.len() + self.products.len() + self.categories.len() > Self::NAMES {
            return Err(PromotionProblem::TooManyNames);
        }
        named_once(&self.skus)?;
        named_once(&self.products)?;
        named_once(&self.categories)
    }
}

fn named_once<T: Ord + ToString>(names: &[T]) -> Result<(), PromotionProblem> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(PromotionProblem::NamedTwice { name: name.to_string() }),
        None => Ok(()),
    }
}

/// Finds the lines of a selection in about as many steps as it has names. Each index is made when it is first asked for.
pub(super) struct Finder<'a> {
    lines: &'a [&'a PricedLine],
    by_sku: Vec<(&'a str, usize)>,
    by_product: Vec<(ProductId, usize)>,
    by_category: Vec<(&'a str, usize)>,
}

impl<'a> Finder<'a> {
    pub(super) const fn new(lines: &'a [&'a PricedLine]) -> Self {
        Self { lines, by_sku: Vec::new(), by_product: Vec::new(), by_category: Vec::new() }
    }

    /// Where the selected lines stand, rising, each once.
    pub(super) fn places(&mut self, selection: &Selection) -> Vec<usize> {
        if selection.is_all() {
            return (0..self.lines.len()).collect();
        }
        let mut places = Vec::new();
        if !selection.skus.is_empty() {
            self.index_skus();
            selection.skus.iter().for_each(|sku| equal(&self.by_sku, sku.as_str(), &mut places));
        }
        if !selection.products.is_empty() {
            self.index_products();
            selection.products.iter().for_each(|product| equal(&self.by_product, *product, &mut places));
        }
        if !selection.categories.is_empty() {
            self.index_categories();
            for category in &selection.categories {
                equal(&self.by_category, category.as_str(), &mut places);
                inside(&self.by_category, category, &mut places);
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    fn index_skus(&mut self) {
        if self.by_sku.is_empty() {
            let skus = self.lines.iter().map(|line| line.goods_line.listing.variant().sku.as_str());
            self.by_sku = sorted(skus.zip(0..));
        }
    }

    fn index_products(&mut self) {
        if self.by_product.is_empty() {
            self.by_product =
                sorted(self.lines.iter().map(|line| line.goods_line.listing.product().id).zip(0..));
        }
    }

    fn index_categories(&mut self) {
        if self.by_category.is_empty() {
            let categories = |line: &&'a PricedLine| line.goods_line.listing.product().categories.iter();
            let each =
                self.lines.iter().zip(0..).flat_map(|(line, place)| {
                    categories(line).map(move |category| (category.as_str(), place))
                });
            self.by_category = sorted(each);
        }
    }
}

fn sorted<K: Ord>(entries: impl Iterator<Item = (K, usize)>) -> Vec<(K, usize)> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_unstable();
    entries
}

fn equal<K: Ord + Copy>(index: &[(K, usize)], key: K, places: &mut Vec<usize>) {
    let first = index.partition_point(|entry| entry.0 < key);
    places.extend(index[first..].iter().take_while(|entry| entry.0 == key).map(|entry| entry.1));
}

/// What is inside a category stands together: all that begins with its path and a slash.
fn inside(index: &[(&str, usize)], category: &CategoryPath, places: &mut Vec<usize>) {
    let path = format!("{category}/");
    let first = index.partition_point(|entry| entry.0 < path.as_str());
    let within = index[first..].iter().take_while(|entry| entry.0.starts_with(&path));
    places.extend(within.map(|entry| entry.1));
}
