use std::{collections::BTreeMap, ops::Bound};

use serde::Serialize;

use super::{CategoryPath, Product};

/// The categories that products say they stand in, and those around them: nobody keeps the tree, it is counted.
///
/// ```
/// use commerce_core::domain::catalog::{CategoryPath, CategoryTree};
///
/// let mut tree = CategoryTree::default();
/// tree.add(&[CategoryPath::new("kitchen/mugs")?, CategoryPath::new("kitchen/pots")?]);
/// assert_eq!(tree.products(&CategoryPath::new("kitchen")?), 1);
/// # Ok::<(), commerce_core::domain::catalog::InvalidCategoryPath>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct CategoryTree(BTreeMap<CategoryPath, u64>);

impl CategoryTree {
    /// The tree of these products.
    pub fn of<'a>(products: impl IntoIterator<Item = &'a Product>) -> Self {
        let mut tree = Self::default();
        products.into_iter().for_each(|product| tree.add(&product.categories));
        tree
    }

    /// Counts one product that stands in these categories: once in each of them and in each around one of them.
    pub fn add(&mut self, categories: &[CategoryPath]) {
        let mut counted: Vec<CategoryPath> = categories.iter().flat_map(with_those_around).collect();
        counted.sort_unstable();
        counted.dedup();
        for category in counted {
            *self.0.entry(category).or_default() += 1;
        }
    }

    /// How many products stand in the category or inside it.
    pub fn products(&self, category: &CategoryPath) -> u64 {
        self.0.get(category).copied().unwrap_or_default()
    }

    /// Every category and how many products stand in it or inside it, by path.
    pub fn categories(&self) -> impl Iterator<Item = (&CategoryPath, u64)> {
        self.0.iter().map(|(path, products)| (path, *products))
    }

    /// The categories right inside this one, or the widest ones, by path.
    pub fn inside(&self, category: Option<&CategoryPath>) -> impl Iterator<Item = &CategoryPath> {
        let first = category.map_or(Bound::Unbounded, |category| Bound::Excluded(category.clone()));
        let depth = category.map_or(0, depth) + 1;
        let category = category.cloned();
        let inside = move |path: &&CategoryPath| {
            depth == self::depth(path) && category.as_ref().is_none_or(|category| category.holds(path))
        };
        self.0.range((first, Bound::Unbounded)).map(|(path, _)| path).filter(inside)
    }
}

fn depth(path: &CategoryPath) -> usize {
    path.as_str().split('/').count()
}

/// The path, and those it gets to by leaving out its last name again and again.
fn with_those_around(path: &CategoryPath) -> Vec<CategoryPath> {
    let text = path.as_str();
    let cuts = text.match_indices('/').map(|(at, _)| &text[..at]);
    cuts.chain([text]).filter_map(|path| CategoryPath::new(path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> CategoryPath {
        CategoryPath::new(path).unwrap()
    }

    #[test]
    fn a_product_counts_once_in_a_category_whichever_way_it_got_there() {
        let mut tree = CategoryTree::default();
        tree.add(&[path("kitchen/mugs"), path("kitchen/pots"), path("kitchen")]);
        tree.add(&[path("kitchen-sinks")]);
        let counted: Vec<_> = tree.categories().map(|(path, count)| (path.as_str(), count)).collect();
        let expected = [("kitchen", 1), ("kitchen-sinks", 1), ("kitchen/mugs", 1), ("kitchen/pots", 1)];
        assert_eq!(counted, expected);
    }

    #[test]
    fn a_buyer_walks_down_the_tree_step_by_step() {
        let mut tree = CategoryTree::default();
        tree.add(&[path("drinks/hot/tea")]);
        tree.add(&[path("drinks-to-go/hot")]);
        let inside = |at: Option<&str>| -> Vec<String> {
            let at = at.map(path);
            tree.inside(at.as_ref()).map(ToString::to_string).collect()
        };
        assert_eq!(inside(None), ["drinks", "drinks-to-go"]);
        assert_eq!(inside(Some("drinks")), ["drinks/hot"]);
        assert_eq!(inside(Some("drinks/hot/tea")), [""; 0]);
    }
}
