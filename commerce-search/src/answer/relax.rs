use commerce_core::gateway::{Filters, Relaxation, SearchQuery, StockFilter};

use super::{attempt::Asked, search::Search};
use crate::query::Part;

/// What may be asked for no longer, one after the other, when nothing matches: first what buyers miss least.
pub(super) fn steps(query: &SearchQuery, search: &Search<'_>) -> Vec<Relaxation> {
    let Filters { categories, brands, attributes, price_from, price_to, stock, rating_from } = &query.filters;
    let words = search.parts.iter().map(|part| match part {
        Part::Word { .. } => 1,
        Part::Compound { words, .. } | Part::Phrase(words) => words.len(),
    });
    let asked = [
        (Relaxation::AllWords, words.sum::<usize>() > 1),
        (Relaxation::Rating, rating_from.is_some()),
        (Relaxation::Price, price_from.is_some() || price_to.is_some()),
        (Relaxation::Attributes, !attributes.is_empty()),
        (Relaxation::Brands, !brands.is_empty()),
        (Relaxation::Stock, *stock == StockFilter::InStock),
        (Relaxation::Categories, !categories.is_empty()),
    ];
    asked.into_iter().filter(|(_, asked)| *asked).map(|(step, _)| step).collect()
}

impl Asked {
    /// Asks no longer for this; says so.
    pub(super) fn without(&mut self, what: Relaxation) -> Relaxation {
        let filters = &mut self.filters;
        match what {
            Relaxation::AllWords => self.any_word = true,
            Relaxation::Rating => filters.rating_from = None,
            Relaxation::Price => (filters.price_from, filters.price_to) = (None, None),
            Relaxation::Attributes => filters.attributes.clear(),
            Relaxation::Brands => filters.brands.clear(),
            Relaxation::Stock => filters.stock = StockFilter::Any,
            Relaxation::Categories => filters.categories.clear(),
        }
        what
    }
}
