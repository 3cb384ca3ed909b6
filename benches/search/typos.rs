//! Real names with one typo in each: whether the name is among the first ten, and after how long; here, and in a
//! Typesense server on the same machine, name by name in turn.

use std::time::Instant;

use chrono::Utc;
use commerce_kit::{
    domain::ids::MarketId,
    gateway::{Counting, LastWord, SearchQuery},
};
use commerce_search::{Document, Entry, Numbers, SearchIndex, Text};
use commerce_testkit::{
    dice::Dice,
    folder::Folder,
    names::{real_names, with_a_typo},
};

use crate::{
    SEED,
    catalogue::id,
    timing::{self, Times},
    typesense::Typesense,
};

/// How many names are mistyped.
const TYPED: usize = 2_000;
/// What Typesense is asked with, besides the text: nothing, and what comes nearest to how it is asked here. With
/// `exhaustive_search` it does not answer a dozen words within its 30 seconds.
const SETTINGS: [(&str, &str); 2] =
    [("Typesense as it is (num_typos 2)", ""), ("Typesense with whole words", "&prefix=false")];

/// Who found how many, and when.
struct Tally {
    name: String,
    found: usize,
    seconds: Vec<f64>,
}

pub(crate) fn run() {
    let mut names = real_names().unwrap();
    names.sort_unstable();
    names.dedup();
    let mut dice = Dice::new(SEED);
    let numbers: Vec<u64> = (1..=names.len() as u64).collect();
    let mut typed = Vec::with_capacity(TYPED);
    while typed.len() < TYPED {
        let number = *dice.one_of(&numbers).unwrap();
        let name = &names[usize::try_from(number - 1).unwrap()];
        typed.push((number, with_a_typo(name, &mut dice)));
    }
    println!("{} real names, {TYPED} of them with one typo", names.len());

    let folder = Folder::new().unwrap();
    let index = SearchIndex::open(folder.path(), crate::settings(), Utc::now()).unwrap();
    let mut rebuild = index.rebuild(Utc::now()).unwrap();
    rebuild.put((1..).zip(&names).map(entry).collect()).unwrap();
    rebuild.finish().unwrap();
    let mut typesense =
        Typesense::start().inspect_err(|why| println!("SKIPPED: Typesense cannot be had here: {why}")).ok();
    if let Some(typesense) = &mut typesense {
        println!("beside Typesense {} over HTTP on this machine", typesense.version());
        typesense.put(&names);
    }

    let mut own = Tally::of("here");
    let mut others: Vec<Tally> = SETTINGS.iter().map(|(name, _)| Tally::of(name)).collect();
    for (number, text) in &typed {
        own.time(*number, || best(&index, text));
        let Some(typesense) = &mut typesense else { continue };
        for (other, (_, settings)) in others.iter_mut().zip(SETTINGS) {
            other.time(*number, || typesense.best(text, settings));
        }
    }
    own.print();
    if typesense.is_some() {
        others.into_iter().for_each(Tally::print);
    }
}

fn entry((number, name): (u64, &String)) -> Entry {
    let text = Text { title: name.clone(), ..Text::default() };
    let document = Some(Document { texts: vec![text], ..Document::default() });
    let numbers = Numbers { prices: vec![None], ..Numbers::default() };
    Entry { product: id(number), version: 1, document, numbers }
}

fn best(index: &SearchIndex, text: &str) -> Vec<u64> {
    let query = SearchQuery::new(MarketId::main(), text);
    let query = SearchQuery { counting: Counting::Skipped, last_word: LastWord::Whole, ..query };
    let hits = index.search(&query).unwrap().hits;
    hits.iter().map(|hit| u64::try_from(hit.product.uuid().as_u128()).unwrap()).collect()
}

impl Tally {
    fn of(name: &str) -> Self {
        Self { name: name.into(), found: 0, seconds: Vec::new() }
    }

    fn time(&mut self, wanted: u64, best: impl FnOnce() -> Vec<u64>) {
        let since = Instant::now();
        let found = best();
        self.seconds.push(since.elapsed().as_secs_f64());
        self.found += usize::from(found.contains(&wanted));
    }

    fn print(self) {
        let share = self.found as f64 / self.seconds.len() as f64;
        timing::print(&format!("{}: success@10 {share:.3}", self.name), &Times::of(self.seconds));
    }
}
