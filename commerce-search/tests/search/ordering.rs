use std::collections::BTreeSet;

use commerce_core::gateway::{SearchQuery, Sort, Standing};
use commerce_search::{Curation, SearchSettings};

use crate::shelf::{Described as _, Shelf, id, product, products, query, settings};

#[test]
fn products_stand_in_the_order_that_was_asked_for() {
    let shelf = Shelf::of(vec![
        product(1, "Mug A").costs(300).came(1).rated(100),
        product(2, "Mug B").costs(100).came(3),
        product(3, "Mug C").costs(200).came(2).rated(500),
    ]);
    let order = |sort| shelf.titles_for(&SearchQuery { sort, ..query("mug") }).concat().replace("Mug ", "");
    assert_eq!(order(Sort::CheapestFirst), "BCA");
    assert_eq!(order(Sort::DearestFirst), "ACB");
    assert_eq!(order(Sort::NewestFirst), "BCA");
    assert_eq!(order(Sort::BestRated), "CAB");
}

#[test]
fn pages_have_every_product_once_whatever_the_order() {
    let many: Vec<_> =
        (1..=257_i64).map(|number| product(number.unsigned_abs().into(), "Mug").costs(number % 7)).collect();
    for popularity in [0.0, 0.5] {
        let shelf = Shelf::with(SearchSettings { popularity, ..settings() }, many.clone());
        for (sort, text) in [
            (Sort::Relevance, "mug"),
            (Sort::CheapestFirst, "mug"),
            (Sort::Popularity, ""),
            (Sort::Relevance, "mgu"),
        ] {
            let (mut seen, mut asked) = (BTreeSet::new(), SearchQuery { sort, limit: 10, ..query(text) });
            let mut pages = 0;
            loop {
                let page = shelf.search(&asked);
                pages += 1;
                for hit in &page.hits {
                    assert!(seen.insert(hit.product), "twice: {} by {sort:?}", hit.product);
                }
                asked.after = page.next;
                if asked.after.is_none() {
                    break;
                }
                assert!(pages < 30);
            }
            assert_eq!((seen.len(), pages), (257, 26), "{sort:?} {text} {popularity}");
        }
    }
}

#[test]
fn pages_go_on_from_exact_to_similar_matches() {
    let titles: Vec<String> =
        (0..4).map(|n| format!("Kettle {n}")).chain((0..9).map(|n| format!("Kettel {n}"))).collect();
    let shelf = Shelf::of(products(&titles.iter().map(String::as_str).collect::<Vec<_>>()));
    let (mut standings, mut asked) = (Vec::new(), SearchQuery { limit: 3, ..query("kettle") });
    loop {
        let page = shelf.search(&asked);
        assert_eq!(page.total, Some(13), "on every page");
        standings.extend(page.hits.iter().map(|hit| hit.standing));
        asked.after = page.next;
        if asked.after.is_none() {
            break;
        }
    }
    assert_eq!(standings, [vec![Standing::Exact; 4], vec![Standing::Similar; 9]].concat());
}

#[test]
fn the_shop_puts_products_first_and_lifts_others() {
    let shelf = Shelf::of(products(&["Blue mug", "Red mug", "Teapot", "Mug"]));
    shelf.index.curate(vec![Curation {
        text: "mug".into(),
        pinned: vec![id(3)],
        boosted: vec![(id(1), 100.0)],
    }]);
    let page = shelf.search(&query(" MUG"));
    let titles: Vec<&str> = page.hits.iter().map(|hit| shelf.title(hit.product)).collect();
    assert_eq!(titles, ["Teapot", "Blue mug", "Mug", "Red mug"]);
    assert_eq!(page.hits[0].standing, Standing::Pinned);
    assert_eq!(shelf.titles("red mug")[0], "Red mug");
    let why = shelf.index.explain(&query("mug"), id(1)).unwrap().unwrap();
    assert_eq!((why.standing, why.boost), (Standing::Exact, 100.0));
    assert!((why.score - page.hits[1].score).abs() < 1e-3, "{why:?}");
    assert_eq!(shelf.index.explain(&query("lamp"), id(1)).unwrap(), None);
}
