//! How well the first ten fit, by people who never heard of us: Debian's maintainers have given tags to packages, such as
//! `game::strategy`. The words of a tag are a query; the packages with the tag are what fits.

use std::{
    collections::{BTreeMap, HashSet},
    process::Command,
};

use chrono::Utc;
use commerce_kit::{domain::ids::MarketId, gateway::SearchQuery};
use commerce_postgres::sqlx::{self, PgPool, postgres::PgPoolOptions};
use commerce_search::{Document, Entry, Numbers, SearchIndex, Text};
use commerce_testservers::Postgres;
use tantivy::{
    Index, TantivyDocument, Term,
    collector::TopDocs,
    query::{BooleanQuery, Occur, Query, TermQuery},
    schema::{FAST, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use crate::catalogue::id;

/// What a package says, and its tags.
struct Package {
    says: String,
    tags: Vec<String>,
}

/// A text, and the numbers of the packages that fit.
type Judged = (String, HashSet<u64>);

/// The kinds of tags that say what something is for.
const KINDS: [&str; 9] =
    ["game", "works-with", "use", "field", "sound", "network", "security", "mail", "web"];

pub(crate) fn run() {
    let packages = packages();
    let judged = judged(&packages);
    println!("{} packages, {} judged queries", packages.len(), judged.len());
    let own = mean(&judged, &own(&packages, &judged));
    let bare = mean(&judged, &bare(&packages, &judged));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let postgres = mean(&judged, &runtime.block_on(postgres(&packages, &judged)));
    println!("nDCG@10: {own:.3}, tantivy's BM25 {bare:.3}, PostgreSQL's full text {postgres:.3}");
}

fn packages() -> Vec<Package> {
    let output = Command::new("apt-cache").arg("dumpavail").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).replace("\n ", " ");
    let package = |record: &str| {
        let line = |name: &str| record.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let tags = line("Tag: ")?.split(", ").map(str::to_owned).collect();
        Some(Package { says: line("Description: ")?, tags })
    };
    text.split("\n\n").filter_map(package).collect()
}

fn judged(packages: &[Package]) -> Vec<Judged> {
    let mut by_tag: BTreeMap<&str, HashSet<u64>> = BTreeMap::new();
    for (number, package) in (1..).zip(packages) {
        for tag in &package.tags {
            by_tag.entry(tag).or_default().insert(number);
        }
    }
    let query = |(tag, fits): (&str, HashSet<u64>)| {
        let (kind, what) = tag.split_once("::")?;
        let words = what.replace([':', '-'], " ").to_lowercase();
        (KINDS.contains(&kind) && (20..=3_000).contains(&fits.len()) && !words.contains("todo"))
            .then_some((words, fits))
    };
    by_tag.into_iter().filter_map(query).collect()
}

fn own(packages: &[Package], judged: &[Judged]) -> Vec<Vec<u64>> {
    let folder = std::env::temp_dir().join(format!("commerce-search-bench-{}", uuid::Uuid::now_v7()));
    let index = SearchIndex::open(&folder, crate::settings(), Utc::now()).unwrap();
    let entry = |(number, package): (u64, &Package)| {
        let text = Text { title: package.says.clone(), ..Text::default() };
        let document = Some(Document { texts: vec![text], ..Document::default() });
        Entry {
            product: id(number),
            version: 1,
            document,
            numbers: Numbers { prices: vec![None], ..Numbers::default() },
        }
    };
    let mut rebuild = index.rebuild(Utc::now()).unwrap();
    rebuild.put((1..).zip(packages).map(entry).collect()).unwrap();
    rebuild.finish().unwrap();
    let number = |hit: &commerce_kit::gateway::Hit| u64::try_from(hit.product.uuid().as_u128()).unwrap();
    let ask = |(words, _): &Judged| {
        let page = index.search(&SearchQuery::new(MarketId::main(), words.clone())).unwrap();
        page.hits.iter().map(number).collect()
    };
    let found = judged.iter().map(ask).collect();
    drop(index);
    std::fs::remove_dir_all(folder).unwrap();
    found
}

/// BM25 over one field, stemmed, one word is enough: what tantivy's own examples do.
fn bare(packages: &[Package], judged: &[Judged]) -> Vec<Vec<u64>> {
    let mut schema = Schema::builder();
    let number = schema.add_u64_field("number", FAST);
    let indexing =
        TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqs);
    let says = schema.add_text_field("says", TextOptions::default().set_indexing_options(indexing));
    let index = Index::create_in_ram(schema.build());
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 50_000_000).unwrap();
    for (count, package) in (1_u64..).zip(packages) {
        let mut document = TantivyDocument::default();
        document.add_u64(number, count);
        document.add_text(says, &package.says);
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    let searcher = index.reader().unwrap().searcher();
    let mut tokenizer = index.tokenizer_for_field(says).unwrap();
    let mut ask = |(words, _): &Judged| {
        let mut stems = Vec::new();
        tokenizer.token_stream(words).process(&mut |token| stems.push(token.text.clone()));
        let term = |stem: &String| {
            let term = TermQuery::new(Term::from_field_text(says, stem), IndexRecordOption::WithFreqs);
            (Occur::Should, Box::new(term) as Box<dyn Query>)
        };
        let query = BooleanQuery::new(stems.iter().map(term).collect());
        let best = searcher.search(&query, &TopDocs::with_limit(10).order_by_score()).unwrap();
        let found = best.into_iter().map(|(_, address)| {
            let numbers = searcher.segment_reader(address.segment_ord).fast_fields().u64("number").unwrap();
            numbers.first(address.doc_id).unwrap()
        });
        found.collect()
    };
    judged.iter().map(&mut ask).collect()
}

async fn postgres(packages: &[Package], judged: &[Judged]) -> Vec<Vec<u64>> {
    let database = Postgres::shared().database();
    let pool: PgPool = PgPoolOptions::new().max_connections(1).connect(&database.url()).await.unwrap();
    sqlx::query("create table packages (number bigint primary key, words tsvector)")
        .execute(&pool)
        .await
        .unwrap();
    let says: Vec<&str> = packages.iter().map(|package| package.says.as_str()).collect();
    let fill = "insert into packages select number, to_tsvector('english', says)
        from unnest($1::text[]) with ordinality as given (says, number)";
    sqlx::query(fill).bind(says).execute(&pool).await.unwrap();
    let look = "select number from packages, plainto_tsquery('english', $1) as asked where words @@ asked
        order by ts_rank(words, asked) desc, number limit 10";
    let mut found = Vec::new();
    for (words, _) in judged {
        let numbers: Vec<i64> = sqlx::query_scalar(look).bind(words).fetch_all(&pool).await.unwrap();
        found.push(numbers.into_iter().map(|number| u64::try_from(number).unwrap()).collect());
    }
    found
}

/// The mean of how much of the best possible order was reached by the first ten.
fn mean(judged: &[Judged], found: &[Vec<u64>]) -> f64 {
    let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let reached = judged.iter().zip(found).map(|((_, fits), found)| {
        let own: f64 = (0..10)
            .zip(found)
            .filter(|(_, number)| fits.contains(number))
            .map(|(place, _)| gain(place))
            .sum();
        own / (0..fits.len().min(10)).map(gain).sum::<f64>()
    });
    reached.sum::<f64>() / judged.len() as f64
}
