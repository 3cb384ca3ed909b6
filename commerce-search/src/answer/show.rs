use commerce_core::{
    domain::money::Money,
    gateway::{Fragment, Highlighting, Hit, Relaxation, SearchError, SearchPage},
};
use tantivy::{
    TantivyDocument,
    schema::{Field, Value as _},
    snippet::SnippetGenerator,
};

use super::{
    attempt::{Attempt, Found},
    broken,
    search::Search,
};
use crate::{
    document::Document,
    query::{Part, Plan, Vocabulary, market},
};

/// The longest title that is shown, in characters: all of it.
const TITLE: usize = 1_000;
/// How much of a description is shown, in characters.
const DESCRIPTION: usize = 200;

impl Search<'_> {
    /// The page as buyers see it.
    pub(super) fn page(&self, attempt: Attempt, relaxed: Vec<Relaxation>) -> Result<SearchPage, SearchError> {
        let market = market(&self.index.settings, &self.query.market)?;
        let mut hits = Vec::with_capacity(attempt.found.len());
        for found in &attempt.found {
            hits.push(self.shown(found, numbers(self, found, market), &attempt.plan)?);
        }
        let did_you_mean = if attempt.similar || hits.is_empty() || !relaxed.is_empty() {
            self.did_you_mean()?
        } else {
            None
        };
        Ok(SearchPage {
            hits,
            total: attempt.total,
            facets: attempt.facets,
            prices: attempt.prices,
            did_you_mean,
            relaxed,
            next: attempt.next.map(super::cursor::Place::write),
        })
    }

    fn shown(&self, found: &Found, hit: Hit, plan: &Plan) -> Result<Hit, SearchError> {
        if self.query.highlighting == Highlighting::Off {
            return Ok(hit);
        }
        let document = self.document(found)?;
        let Some(text) = document.texts.get(self.language) else { return Ok(hit) };
        let fields = self.text();
        let title = self.marked(&text.title, fields.title, plan, TITLE)?;
        let description = self.marked(&text.description, fields.description, plan, DESCRIPTION)?;
        let whole = || Fragment { text: text.title.clone(), marked: Vec::new() };
        Ok(Hit { title: Some(title.unwrap_or_else(whole)), description, ..hit })
    }

    /// The best part of a text, if it has any of the words.
    pub(super) fn marked(
        &self,
        text: &str,
        field: Field,
        plan: &Plan,
        longest: usize,
    ) -> Result<Option<Fragment>, SearchError> {
        let tokenizer = self.generation.index().tokenizer_for_field(field).map_err(broken)?;
        let snippet = SnippetGenerator::new(plan.stems.clone(), tokenizer, field, longest).snippet(text);
        if snippet.is_empty() {
            return Ok(None);
        }
        let marked = tantivy::snippet::collapse_overlapped_ranges(snippet.highlighted());
        Ok(Some(Fragment { text: snippet.fragment().to_owned(), marked }))
    }

    /// The document of a product, as it was indexed.
    pub(super) fn document(&self, found: &Found) -> Result<Document, SearchError> {
        let stored: TantivyDocument = self.searcher.doc(found.address).map_err(broken)?;
        let bytes = stored.get_first(self.fields().stored).and_then(|value| value.as_bytes());
        serde_json::from_slice(bytes.unwrap_or_default()).map_err(SearchError::broken)
    }

    /// The text with the nearest known word in the place of each that nobody knows.
    fn did_you_mean(&self) -> Result<Option<String>, SearchError> {
        let vocabulary = Vocabulary::new(&self.searcher, self.fields());
        let (mut said, mut changed) = (Vec::new(), false);
        for part in &self.parts {
            let (words, quoted) = match part {
                Part::Word { word, .. } => (std::slice::from_ref(word), false),
                Part::Compound { words, .. } => (words.as_slice(), false),
                Part::Phrase(words) => (words.as_slice(), true),
            };
            let mut meant = Vec::with_capacity(words.len());
            for word in words {
                let nearest = self.nearest(&vocabulary, word)?;
                changed |= nearest.is_some();
                meant.push(nearest.unwrap_or_else(|| word.clone()));
            }
            let meant = meant.join(" ");
            said.push(if quoted { format!("\"{meant}\"") } else { meant });
        }
        Ok(changed.then(|| said.join(" ")))
    }

    /// The nearest word that products have, for one that none has.
    fn nearest(&self, vocabulary: &Vocabulary<'_>, word: &str) -> Result<Option<String>, SearchError> {
        let text = self.text();
        let stem = text.stem(word);
        let mut known = vocabulary.products(word).map_err(broken)? > 0;
        for field in text.all() {
            let term = tantivy::Term::from_field_text(field, &stem);
            known = known || self.searcher.doc_freq(&term).map_err(broken)? > 0;
        }
        if known {
            return Ok(None);
        }
        let similar = vocabulary.similar(word, false).map_err(broken)?;
        Ok(similar.into_iter().next().map(|known| known.word))
    }
}

/// What a hit says of the numbers.
fn numbers(search: &Search<'_>, found: &Found, market: usize) -> Hit {
    let currency = search.index.settings.markets[market].currency;
    let money = |minor| Money::from_minor(minor, currency);
    Hit {
        product: found.product,
        standing: found.standing,
        score: found.score,
        price: search.view.price(found.slot, market).map(money),
        in_stock: search.view.stock(found.slot) > 0,
        title: None,
        description: None,
    }
}
