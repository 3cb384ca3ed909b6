use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tantivy::{
    Index, TantivyDocument, Term,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, JsonObjectOptions, OwnedValue, STORED, Schema,
        TextFieldIndexing, TextOptions,
    },
    tokenizer::{
        AsciiFoldingFilter, Language, LowerCaser, RawTokenizer, RemoveLongFilter, SimpleTokenizer, Stemmer,
        StopWordFilter, TextAnalyzer,
    },
};

use crate::{document::Document, settings::SearchSettings};

/// Raised whenever what is written to the files changes: older files are built anew.
const VERSION: u32 = 2;
/// Longer words are no words.
const LONGEST_WORD: usize = 60;

/// The fields of the index, and how their texts become words.
#[derive(Clone)]
pub(crate) struct Fields {
    /// Names a product for as long as the index lives; its place in the columns.
    pub(crate) slot: Field,
    /// The whole document, as it was indexed.
    pub(crate) stored: Field,
    /// Every SKU, in small letters.
    pub(crate) sku: Field,
    /// Every SKU that its kits are made of.
    pub(crate) part: Field,
    /// The words of titles and names as buyers write them: what typos are compared with.
    pub(crate) words: Field,
    /// Each category, and those above it.
    pub(crate) category: Field,
    pub(crate) brand: Field,
    /// One column for each name.
    pub(crate) attributes: Field,
    /// For each language.
    pub(crate) texts: Vec<TextFields>,
    splitter: TextAnalyzer,
}

/// The fields of one language.
#[derive(Clone)]
pub(crate) struct TextFields {
    pub(crate) title: Field,
    /// Brand, categories, attributes, options.
    pub(crate) names: Field,
    pub(crate) description: Field,
    /// Makes the stem of a word from the splitter.
    pub(crate) stemmer: TextAnalyzer,
    /// Leaves nothing of words like "the".
    stop: TextAnalyzer,
}

/// What a word in the title, in a name and in the description counts.
pub(crate) const BOOSTS: [f32; 3] = [4.0, 2.0, 1.0];
/// What a SKU counts.
pub(crate) const SKU_BOOST: f32 = 8.0;

/// Every chain of filters begins so; a macro because each has a type of its own.
macro_rules! split {
    () => {
        TextAnalyzer::builder(SimpleTokenizer::default()).filter(RemoveLongFilter::limit(LONGEST_WORD))
    };
}

/// What the files depend on, as it is written beside them.
pub(crate) fn version(settings: &SearchSettings) -> Value {
    let markets: Vec<&str> = settings.markets.iter().map(|market| market.id.as_str()).collect();
    json!({ "version": VERSION, "languages": settings.languages, "markets": markets })
}

/// The schema of an index with these settings.
pub(crate) fn schema(settings: &SearchSettings) -> Schema {
    let mut schema = Schema::builder();
    let text = |tokenizer: &str, option| {
        let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let exact = || text("raw", IndexRecordOption::Basic);
    schema.add_u64_field("slot", FAST | INDEXED);
    schema.add_bytes_field("stored", STORED);
    schema.add_text_field("sku", text("sku", IndexRecordOption::WithFreqs));
    schema.add_text_field("part", exact());
    schema.add_text_field("words", text("words", IndexRecordOption::Basic));
    schema.add_text_field("category", exact().set_fast("raw"));
    schema.add_text_field("brand", exact().set_fast("raw"));
    schema.add_json_field("attributes", JsonObjectOptions::default().set_fast("raw"));
    for number in 0..settings.languages.len() {
        for part in ["title", "names", "description"] {
            let options = text(&format!("text{number}"), IndexRecordOption::WithFreqsAndPositions);
            schema.add_text_field(&format!("{part}{number}"), options);
        }
    }
    schema.build()
}

impl Fields {
    /// The fields of this index; teaches it how to split texts.
    pub(crate) fn of(index: &Index, settings: &SearchSettings) -> tantivy::Result<Self> {
        let splitter = splitter();
        index.tokenizers().register("words", splitter.clone());
        index
            .tokenizers()
            .register("sku", TextAnalyzer::builder(RawTokenizer::default()).filter(LowerCaser).build());
        let field = |name: &str| index.schema().get_field(name);
        let mut texts = Vec::new();
        for (number, tag) in settings.languages.iter().enumerate() {
            let language = language(tag);
            let whole = || TextAnalyzer::builder(RawTokenizer::default());
            let (analyzer, stemmer) = match language {
                Some(language) => (
                    split!()
                        .filter(LowerCaser)
                        .filter(AsciiFoldingFilter)
                        .filter(Stemmer::new(language))
                        .build(),
                    whole().filter(Stemmer::new(language)).build(),
                ),
                None => (splitter.clone(), whole().build()),
            };
            let stop = language.and_then(StopWordFilter::new);
            let stop = stop.map_or_else(|| whole().build(), |stop| whole().filter(stop).build());
            index.tokenizers().register(&format!("text{number}"), analyzer);
            texts.push(TextFields {
                title: field(&format!("title{number}"))?,
                names: field(&format!("names{number}"))?,
                description: field(&format!("description{number}"))?,
                stemmer,
                stop,
            });
        }
        Ok(Self {
            slot: field("slot")?,
            stored: field("stored")?,
            sku: field("sku")?,
            part: field("part")?,
            words: field("words")?,
            category: field("category")?,
            brand: field("brand")?,
            attributes: field("attributes")?,
            texts,
            splitter,
        })
    }

    /// The term that names a product.
    pub(crate) fn term(&self, slot: u32) -> Term {
        Term::from_field_u64(self.slot, slot.into())
    }

    /// What is indexed of a document.
    pub(crate) fn document(&self, slot: u32, document: &Document, stored: &[u8]) -> TantivyDocument {
        let mut out = TantivyDocument::default();
        out.add_u64(self.slot, slot.into());
        out.add_bytes(self.stored, stored);
        for sku in &document.skus {
            out.add_text(self.sku, sku);
            out.add_text(self.words, sku);
        }
        for part in &document.parts {
            out.add_text(self.part, part);
        }
        for path in ancestors(&document.categories) {
            out.add_text(self.category, path);
        }
        if let Some(brand) = &document.brand {
            out.add_text(self.brand, brand);
            out.add_text(self.words, brand);
        }
        out.add_field_value(self.attributes, &attributes(&document.attributes));
        for (fields, text) in self.texts.iter().zip(&document.texts) {
            out.add_text(fields.title, &text.title);
            out.add_text(self.words, &text.title);
            out.add_text(fields.description, &text.description);
            let names = document.brand.iter().chain(&document.categories).chain(&text.words);
            for name in names {
                out.add_text(fields.names, name);
                out.add_text(self.words, name);
            }
        }
        out
    }

    /// The words of a text as buyers write them, at most so many.
    pub(crate) fn split(&self, text: &str, limit: usize) -> Vec<String> {
        words(&self.splitter, text, limit)
    }
}

impl TextFields {
    pub(crate) fn all(&self) -> [Field; 3] {
        [self.title, self.names, self.description]
    }

    /// The stem of a word.
    pub(crate) fn stem(&self, word: &str) -> String {
        let mut stemmer = self.stemmer.clone();
        let mut stream = stemmer.token_stream(word);
        if stream.advance() { stream.token().text.clone() } else { word.to_owned() }
    }

    /// Whether the word says nothing of what somebody looks for.
    pub(crate) fn is_stop(&self, word: &str) -> bool {
        let mut stop = self.stop.clone();
        !stop.token_stream(word).advance()
    }
}

/// Splits a text into words as buyers write them, in small letters without accents.
pub(crate) fn splitter() -> TextAnalyzer {
    split!().filter(LowerCaser).filter(AsciiFoldingFilter).build()
}

/// The words of a text as buyers write them, at most so many.
pub(crate) fn words(splitter: &TextAnalyzer, text: &str, limit: usize) -> Vec<String> {
    let mut splitter = splitter.clone();
    let mut stream = splitter.token_stream(text);
    let mut words = Vec::new();
    while words.len() < limit && stream.advance() {
        words.push(stream.token().text.clone());
    }
    words
}

/// The name of the column of an attribute: any name is one, whatever is in it.
pub(crate) fn attribute_column(name: &str) -> String {
    format!("attributes.{}", attribute_key(name))
}

fn attribute_key(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Every value is text: a made-up date must not become one.
fn attributes(attributes: &BTreeMap<String, Vec<String>>) -> OwnedValue {
    let text = |value: &String| OwnedValue::Str(value.clone());
    let list = |values: &Vec<String>| {
        let once: BTreeSet<&String> = values.iter().collect();
        OwnedValue::Array(once.into_iter().map(text).collect())
    };
    OwnedValue::Object(attributes.iter().map(|(name, values)| (attribute_key(name), list(values))).collect())
}

/// Each category and those above it, once.
fn ancestors(paths: &[String]) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for path in paths {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        all.extend(ends.map(|end| &path[..end]));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// How words of a language become stems; none where nobody knows.
fn language(tag: &str) -> Option<Language> {
    let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    Some(match primary.as_str() {
        "ar" => Language::Arabic,
        "da" => Language::Danish,
        "nl" => Language::Dutch,
        "en" => Language::English,
        "fi" => Language::Finnish,
        "fr" => Language::French,
        "de" => Language::German,
        "el" => Language::Greek,
        "hu" => Language::Hungarian,
        "it" => Language::Italian,
        "no" | "nb" | "nn" => Language::Norwegian,
        "pt" => Language::Portuguese,
        "ro" => Language::Romanian,
        "ru" => Language::Russian,
        "es" => Language::Spanish,
        "sv" => Language::Swedish,
        "ta" => Language::Tamil,
        "tr" => Language::Turkish,
        _ => return None,
    })
}
