use commerce_core::gateway::{
    Counting, Fallback, Fragment, Highlighting, SearchError, SearchQuery, SuggestQuery, SuggestedProduct,
    Suggestions,
};

use super::{best::best, broken, search::Search};
use crate::{
    SearchIndex,
    query::{Known, Part, Tolerance, Vocabulary},
};

/// The texts that go on from what was typed and find something, and the products that match already.
pub(super) fn suggest(index: &SearchIndex, asked: &SuggestQuery) -> Result<Suggestions, SearchError> {
    if !(1..=SuggestQuery::LIMIT).contains(&asked.limit) {
        return Err(SearchError::refused(format!("at most {} suggestions", SuggestQuery::LIMIT)));
    }
    if asked.text.trim().is_empty() {
        return Ok(Suggestions::default());
    }
    let query = SearchQuery {
        language: asked.language.clone(),
        limit: asked.limit,
        counting: Counting::Skipped,
        highlighting: Highlighting::On,
        fallback: Fallback::Strict,
        ..SearchQuery::new(asked.market.clone(), asked.text.clone())
    };
    let page = index.search(&query)?;
    let products = page.hits.into_iter().map(|hit| SuggestedProduct {
        product: hit.product,
        title: hit.title.unwrap_or(Fragment { text: String::new(), marked: Vec::new() }),
    });
    let products = products.collect();
    Ok(Suggestions { texts: texts(&Search::new(index, &query, None)?, asked.limit)?, products })
}

fn texts(search: &Search<'_>, limit: usize) -> Result<Vec<String>, SearchError> {
    let Some((Part::Word { word, .. }, before)) = search.parts.split_last() else { return Ok(Vec::new()) };
    let said: Option<Vec<&str>> = before
        .iter()
        .map(|part| match part {
            Part::Word { word, .. } => Some(word.as_str()),
            _ => None,
        })
        .collect();
    let Some(said) = said else { return Ok(Vec::new()) };
    let vocabulary = Vocabulary::new(&search.searcher, search.fields());
    let mut known = vocabulary.completions(word).map_err(broken)?;
    let products = vocabulary.products(word).map_err(broken)?;
    if products > 0 {
        known.push(Known { word: word.clone(), typos: 0, products });
    }
    if known.is_empty() {
        known = vocabulary.similar(word, true).map_err(broken)?;
    }
    known.sort_by(|a, b| a.typos.cmp(&b.typos).then(b.products.cmp(&a.products)).then(a.word.cmp(&b.word)));
    let mut texts = Vec::new();
    for Known { word, .. } in known {
        let text = said.iter().copied().chain([word.as_str()]).collect::<Vec<_>>().join(" ");
        if texts.len() < limit && finds_something(search, &text)? {
            texts.push(text);
        }
    }
    Ok(texts)
}

fn finds_something(search: &Search<'_>, text: &str) -> Result<bool, SearchError> {
    let query = SearchQuery { text: format!("{text} "), ..search.query.clone() };
    let search = Search::new(search.index, &query, None)?;
    let accept = search.accept(&query.filters)?;
    let plan = search.plan(Tolerance::Exact, &super::Asked::all(&query))?;
    let weight = search.scoring(plan.query())?;
    Ok(!best(&search.searcher, &*weight, 1, &accept).map_err(broken)?.is_empty())
}
