use commerce_core::{
    domain::ids::ProductId,
    gateway::{Explanation, SearchError, Standing},
};
use tantivy::{DocSet as _, query::Query};

use super::{attempt::Asked, broken, search::Search, stretches::popularity};
use crate::query::Tolerance;

/// Why a product stands where it stands; none when it does not match, or what was picked does not hold for it.
pub(super) fn explain(search: &Search<'_>, product: ProductId) -> Result<Option<Explanation>, SearchError> {
    let asked = Asked::all(search.query);
    let accept = search.accept(&asked.filters)?;
    let Some(slot) = search.generation.columns.slot(product) else { return Ok(None) };
    let Some(address) = search.address(slot, &accept)? else { return Ok(None) };
    let rule = search.curations.of(&search.query.text);
    let is_pinned = rule.is_some_and(|rule| rule.pinned.contains(&product));
    let boost = rule.and_then(|rule| rule.boosted.iter().find(|(boosted, _)| *boosted == product));
    let boost = boost.map_or(1.0, |(_, boost)| *boost);
    let popularity = popularity(search, slot);
    for (tolerance, standing) in
        [(Tolerance::Exact, Standing::Exact), (Tolerance::Similar, Standing::Similar)]
    {
        let plan = search.plan(tolerance, &asked)?;
        let Some((text, details)) = words(search, plan.query(), address)? else { continue };
        let standing = if is_pinned { Standing::Pinned } else { standing };
        let score = text * popularity * boost;
        return Ok(Some(Explanation { standing, score, text, popularity, boost, details }));
    }
    let standing = Standing::Pinned;
    let pinned =
        Explanation { standing, score: 0.0, text: 0.0, popularity, boost, details: serde_json::Value::Null };
    Ok(is_pinned.then_some(pinned))
}

/// How well the words fit, and how that comes about; none when they do not.
fn words(
    search: &Search<'_>,
    query: &dyn Query,
    address: tantivy::DocAddress,
) -> Result<Option<(f64, serde_json::Value)>, SearchError> {
    let weight = search.scoring(query)?;
    let reader = search.searcher.segment_reader(address.segment_ord);
    let matches = {
        let mut scorer = weight.scorer(reader, 1.0).map_err(broken)?;
        let is_before = scorer.doc() < address.doc_id;
        (if is_before { scorer.seek(address.doc_id) } else { scorer.doc() }) == address.doc_id
    };
    if !matches {
        return Ok(None);
    }
    let explained = weight.explain(reader, address.doc_id).map_err(broken)?;
    let details = serde_json::from_str(&explained.to_pretty_json()).unwrap_or_default();
    Ok(Some((f64::from(explained.value()), details)))
}
