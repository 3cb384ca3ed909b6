//! The same questions to tantivy alone, in the forms that are fastest there.

use std::path::Path;

use commerce_search::Entry;
use serde_json::json;
use tantivy::{
    Index, Searcher, TantivyDocument, Term,
    aggregation::{AggregationCollector, agg_req::Aggregations},
    collector::{Count, TopDocs},
    indexer::LogMergePolicy,
    query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery},
    schema::{IndexRecordOption, OwnedValue, Schema},
    tokenizer::{
        AsciiFoldingFilter, Language, LowerCaser, RawTokenizer, RemoveLongFilter, SimpleTokenizer, Stemmer,
        TextAnalyzer,
    },
};

/// An index of ours, read by tantivy alone.
pub(crate) struct Bare {
    searcher: Searcher,
    schema: Schema,
    stemmer: TextAnalyzer,
}

const FIELDS: [(&str, f32); 3] = [("title0", 4.0), ("names0", 2.0), ("description0", 1.0)];

impl Bare {
    pub(crate) fn open(folder: &Path) -> Self {
        let index = Index::open_in_dir(folder).unwrap();
        let stemmer =
            TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(Language::English)).build();
        Self { searcher: index.reader().unwrap().searcher(), schema: index.schema(), stemmer }
    }

    /// How many segments there are, and how many products in them.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.searcher.segment_readers().len(), self.searcher.num_docs())
    }

    pub(crate) fn index(&self) -> &Index {
        self.searcher.index()
    }

    /// The word in each field, or a SKU.
    pub(crate) fn query(&mut self, word: &str) -> BooleanQuery {
        let mut stream = self.stemmer.token_stream(word);
        stream.advance();
        let stem = stream.token().text.clone();
        let field = |name| self.schema.get_field(name).unwrap();
        let term = |name, text: &str, boost| {
            let term = TermQuery::new(Term::from_field_text(field(name), text), IndexRecordOption::WithFreqs);
            (Occur::Should, Box::new(BoostQuery::new(Box::new(term), boost)) as Box<dyn Query>)
        };
        let ways = FIELDS.iter().map(|(name, boost)| term(name, &stem, *boost));
        BooleanQuery::new(ways.chain([term("sku", word, 8.0)]).collect())
    }

    /// The ten best.
    pub(crate) fn best(&mut self, word: &str) -> usize {
        let query = self.query(word);
        self.searcher.search(&query, &TopDocs::with_limit(10).order_by_score()).unwrap().len()
    }

    /// The ten best, how many there are, three facets and what they cost; in one pass, or the best in a pass of their own.
    pub(crate) fn page(&mut self, word: &str, facets: [&str; 3], passes: usize) -> usize {
        let query = self.query(word);
        let terms = |field: &str| json!({ "terms": { "field": field, "size": 100 } });
        let wanted = json!({
            "a": terms(facets[0]), "b": terms(facets[1]), "c": terms(facets[2]),
            // The price is not in tantivy: a number that is.
            "price": { "stats": { "field": "slot" } },
        });
        let wanted: Aggregations = serde_json::from_value(wanted).unwrap();
        let collector = AggregationCollector::from_aggs(wanted, Default::default());
        let top = TopDocs::with_limit(10).order_by_score();
        if passes == 1 {
            return self.searcher.search(&query, &(top, Count, collector)).unwrap().1;
        }
        self.searcher.search(&query, &top).unwrap();
        self.searcher.search(&query, &(Count, collector)).unwrap().0
    }
}

/// Writes the same fields of the same products into an empty folder; answers the seconds that took.
pub(crate) fn write(
    like: &Index,
    folder: &Path,
    products: impl Iterator<Item = Entry>,
    memory: usize,
) -> f64 {
    let schema = like.schema();
    let index = Index::create_in_dir(folder, schema.clone()).unwrap();
    let words = || {
        let split = TextAnalyzer::builder(SimpleTokenizer::default()).filter(RemoveLongFilter::limit(60));
        split.filter(LowerCaser).filter(AsciiFoldingFilter)
    };
    index.tokenizers().register("words", words().build());
    index.tokenizers().register("text0", words().filter(Stemmer::new(Language::English)).build());
    index
        .tokenizers()
        .register("sku", TextAnalyzer::builder(RawTokenizer::default()).filter(LowerCaser).build());
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, memory).unwrap();
    writer.set_merge_policy(Box::new(LogMergePolicy::default()));
    let mut spent = 0.0;
    for (slot, entry) in (0_u64..).zip(products) {
        let since = std::time::Instant::now();
        let document = entry.document.unwrap();
        let stored = serde_json::to_vec(&document).unwrap();
        writer.add_document(fields(&schema, slot, &document, &stored)).unwrap();
        spent += since.elapsed().as_secs_f64();
    }
    let since = std::time::Instant::now();
    writer.commit().unwrap();
    spent + since.elapsed().as_secs_f64()
}

fn fields(schema: &Schema, slot: u64, from: &commerce_search::Document, stored: &[u8]) -> TantivyDocument {
    let field = |name| schema.get_field(name).unwrap();
    let mut out = TantivyDocument::default();
    let text = &from.texts[0];
    out.add_u64(field("slot"), slot);
    out.add_bytes(field("stored"), stored);
    out.add_text(field("title0"), &text.title);
    out.add_text(field("words"), &text.title);
    out.add_text(field("description0"), &text.description);
    for name in from.brand.iter().chain(&from.categories).chain(&text.words) {
        out.add_text(field("names0"), name);
        out.add_text(field("words"), name);
    }
    for sku in &from.skus {
        out.add_text(field("sku"), sku);
        out.add_text(field("words"), sku);
    }
    out.add_text(field("brand"), from.brand.as_deref().unwrap());
    let path = &from.categories[0];
    for end in path.match_indices('/').map(|(end, _)| end).chain([path.len()]) {
        out.add_text(field("category"), &path[..end]);
    }
    let attributes =
        from.attributes.iter().map(|(name, values)| (attribute(name), OwnedValue::Str(values[0].clone())));
    out.add_field_value(field("attributes"), &OwnedValue::Object(attributes.collect()));
    out
}

/// What an attribute is called in the index.
pub(crate) fn attribute(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}
