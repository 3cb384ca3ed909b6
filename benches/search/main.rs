//! Searches among made-up products over real names, each beside the same question to tantivy alone, on the same index
//! and in the same run, on one core: `cargo bench --bench search`.
//!
//! `SEARCH_PRODUCTS` says how many products, 1,000,000 by default; the index takes about 1.5 KB of disk for each. The
//! names come from `apt-cache dumpavail`; without it nothing is measured. With `-- relevance` it says instead how well the
//! first ten fit; with `-- typos` how often a name with a typo is among them, beside Typesense.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints a table, and stops when anything fails"
)]

mod bare;
mod catalogue;
mod relevance;
mod timing;
mod typesense;
mod typos;

use std::{
    env, fs,
    sync::Arc,
    time::{Duration, Instant},
};

use bare::Bare;
use catalogue::Catalogue;
use chrono::Utc;
use commerce_kit::{
    domain::{
        catalog::{Market, PriceMode},
        ids::MarketId,
        money::Currency,
    },
    gateway::{Counting, FacetName, Fallback, LastWord, SearchQuery, StockFilter},
};
use commerce_search::{Curation, SearchIndex, SearchSettings};
use timing::{Times, beside};
use uuid::Uuid;

const SEED: u64 = 20_261_121;
const QUERIES: usize = 400;
const BATCH: u64 = 1_000;
const FACETS: [&str; 3] = ["brand", "category", "colour"];

fn main() {
    let catalogue = match Catalogue::of_real_names(SEED) {
        Ok(catalogue) => catalogue,
        Err(why) => return println!("skipped: no real names to search among: {why}"),
    };
    if env::args().any(|argument| argument == "relevance") {
        return relevance::run();
    }
    if env::args().any(|argument| argument == "typos") {
        return typos::run();
    }
    let products: u64 = env::var("SEARCH_PRODUCTS").map_or(1_000_000, |count| count.parse().unwrap());
    let folder = env::temp_dir().join(format!("commerce-search-bench-{}", Uuid::now_v7()));
    let index = build(&catalogue, products, &folder);
    let mut bare = Bare::open(&folder.join("index").join("g1"));
    let (segments, found) = bare.size();
    println!("{found} products in {segments} segments");

    let queries = catalogue.queries(QUERIES);
    indexing(&catalogue, &bare, &folder, products);
    searches(&index, &mut bare, &queries, &folder);
    visibility(&index, &catalogue);
    drop(index);
    fs::remove_dir_all(folder).unwrap();
}

fn settings() -> SearchSettings {
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    SearchSettings { popularity: 0.0, commit_at: 200_000, ..SearchSettings::new(market) }
}

fn build(catalogue: &Catalogue, products: u64, folder: &std::path::Path) -> Arc<SearchIndex> {
    let index = SearchIndex::open(folder.join("index"), settings(), Utc::now()).unwrap();
    let mut rebuild = index.rebuild(Utc::now()).unwrap();
    for from in (1..=products).step_by(usize::try_from(BATCH).unwrap()) {
        let batch = from..(from + BATCH).min(products + 1);
        rebuild.put(batch.map(|number| catalogue.product(number)).collect()).unwrap();
    }
    rebuild.finish().unwrap();
    index
}

/// A tenth of the products each, in turn.
fn indexing(catalogue: &Catalogue, bare: &Bare, folder: &std::path::Path, products: u64) {
    let some = (products / 10).clamp(1, 100_000);
    let (mut own, mut alone) = (Vec::new(), Vec::new());
    for round in 0..3 {
        let here = folder.join(format!("own{round}"));
        let index = SearchIndex::open(&here, settings(), Utc::now()).unwrap();
        let mut rebuild = index.rebuild(Utc::now()).unwrap();
        let mut spent = Duration::ZERO;
        for from in (1..=some).step_by(usize::try_from(BATCH).unwrap()) {
            let batch: Vec<_> = (from..(from + BATCH).min(some + 1)).map(|n| catalogue.product(n)).collect();
            let since = Instant::now();
            rebuild.put(batch).unwrap();
            spent += since.elapsed();
        }
        let since = Instant::now();
        rebuild.finish().unwrap();
        own.push(some as f64 / (spent + since.elapsed()).as_secs_f64());
        drop(index);
        fs::remove_dir_all(here).unwrap();

        let here = folder.join(format!("bare{round}"));
        fs::create_dir_all(&here).unwrap();
        let products = (1..=some).map(|number| catalogue.product(number));
        let spent = bare::write(bare.index(), &here, products, settings().indexing_memory);
        alone.push(some as f64 / spent);
        fs::remove_dir_all(here).unwrap();
    }
    own.sort_by(f64::total_cmp);
    alone.sort_by(f64::total_cmp);
    let (own, alone) = (own[1], alone[1]);
    println!("indexing: {own:.0} products/s, tantivy alone {alone:.0}: {:.2} x (goal 0.8)", own / alone);
}

fn searches(index: &SearchIndex, bare: &mut Bare, queries: &[String], folder: &std::path::Path) {
    let [words, alone] =
        beside(queries, |word| index.search(&term(word)).unwrap().hits.len(), |word| bare.best(word));
    timing::row("a word, ten best", &words, &alone, 0.5, 1.25);

    let columns =
        ["brand".to_owned(), "category".to_owned(), format!("attributes.{}", bare::attribute("colour"))];
    let columns = [columns[0].as_str(), &columns[1], &columns[2]];
    let [page, in_two] = beside(
        queries,
        |word| index.search(&full_page(word)).unwrap().hits.len(),
        |word| bare.page(word, columns, 2),
    );
    let one = timing::alone(queries, |word| bare.page(word, columns, 1));
    let fastest = if one.at(0.5) < in_two.at(0.5) { one } else { in_two };
    timing::row("a results page: ten, count, three facets, prices", &page, &fastest, 0.5, 1.2);
    println!("    its p99 is {:.2} ms (goal: under 50)", page.at(0.99) * 1e3);
    if let Some(computing) =
        timing::computing(queries, |word| index.search(&full_page(word)).unwrap().hits.len())
    {
        timing::print("    computing alone", &computing);
    }

    let [disjunctive, conjunctive] = beside(
        queries,
        |word| index.search(&picked(word)).unwrap().hits.len(),
        |word| index.search(&picked_without_counts_of_its_own(word)).unwrap().hits.len(),
    );
    timing::row(
        "facets with one picked in each of three, beside the same without",
        &disjunctive,
        &conjunctive,
        0.5,
        2.0,
    );

    // The same files, read with popularity.
    let by_popularity = SearchSettings { popularity: 0.5, ..settings() };
    let popular = SearchIndex::follow(folder.join("index"), by_popularity).unwrap();
    let [stock, alone] = beside(
        queries,
        |word| {
            let mut query = term(word);
            query.filters.stock = StockFilter::InStock;
            popular.search(&query).unwrap().hits.len()
        },
        |word| bare.best(word),
    );
    timing::row("a word, in stock, by popularity", &stock, &alone, 0.9, 3.0);

    let typos = timing::alone(queries, |word| index.search(&typo(word)).unwrap().hits.len());
    timing::print("a word with a typo, ten best", &typos);
    let begun = |word: &String| SearchQuery { last_word: LastWord::Begun, ..term(&word[..word.len() - 1]) };
    let begun = timing::alone(queries, |word| index.search(&begun(word)).unwrap().hits.len());
    timing::print("a word without its last letter, ten best", &begun);
    let pairs: Vec<String> = queries.chunks(2).map(|pair| pair.join(" ")).collect();
    let two = timing::alone(&pairs, |words| index.search(&full_page(words)).unwrap().hits.len());
    timing::print("a results page for two words", &two);
}

/// From the change until a search shows it; what waits for the disk comes after.
fn visibility(index: &SearchIndex, catalogue: &Catalogue) {
    let (mut times, mut computing) = (Vec::new(), Vec::new());
    let mut entry = catalogue.product(77);
    // Shown first for a word that many products have.
    let word = &catalogue.queries(1)[0];
    index.curate(vec![Curation { text: word.clone(), pinned: vec![entry.product], boosted: Vec::new() }]);
    let query = term(word);
    for round in 1..=2_000_i64 {
        let is_there = round % 2 == 0;
        (entry.numbers.prices, entry.numbers.stock) = (vec![Some(round)], i64::from(is_there));
        let changed = vec![entry.clone()];
        let (before, since) = (timing::computed(), Instant::now());
        let change = index.note(changed).unwrap();
        let page = index.search(&query).unwrap();
        times.push(since.elapsed().as_secs_f64());
        computing.extend(timing::computed().zip(before).map(|(after, before)| after - before));
        let hit = &page.hits[0];
        assert_eq!((hit.price.unwrap().minor(), hit.in_stock), (round, is_there));
        change.finish().unwrap();
    }
    let name = "a changed price and stock, until a search shows them (goal: p99 under 1 ms)";
    timing::print(name, &Times::of(times));
    if !computing.is_empty() {
        timing::print("    computing alone", &Times::of(computing));
    }
}

fn term(word: &str) -> SearchQuery {
    SearchQuery {
        last_word: LastWord::Whole,
        counting: Counting::Skipped,
        fallback: Fallback::Strict,
        ..SearchQuery::new(MarketId::main(), word)
    }
}

fn full_page(text: &str) -> SearchQuery {
    let facets = vec![FacetName::Brand, FacetName::Category, FacetName::Attribute(FACETS[2].into())];
    SearchQuery { counting: Counting::Exact, facets, price_bars: 1, ..term(text) }
}

fn picked(word: &str) -> SearchQuery {
    let mut query = full_page(word);
    let attribute = |name: &str| FacetName::Attribute(name.into());
    query.facets = vec![attribute("colour"), attribute("size"), attribute("season")];
    query.price_bars = 0;
    for name in ["colour", "size", "season"] {
        let values = (0..2).map(|number| format!("{name} {number}")).collect();
        query.filters.attributes.insert(name.into(), values);
    }
    query
}

/// Counts by others than what is picked: what is picked narrows every count.
fn picked_without_counts_of_its_own(word: &str) -> SearchQuery {
    let mut query = picked(word);
    query.facets = ["material", "style", "origin"].map(|name| FacetName::Attribute(name.into())).to_vec();
    query
}

fn typo(word: &str) -> SearchQuery {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    letters.swap(middle, middle - 1);
    term(&letters.into_iter().collect::<String>())
}
