use commerce_core::{
    domain::catalog::CategoryPath,
    gateway::{FacetName, SearchPage, SearchQuery, StockFilter},
};
use commerce_search::Entry;

use crate::shelf::{Described as _, Shelf, cents, product, query};

fn wardrobe() -> Shelf {
    let shirt = |number, colour: &str, size: &str, brand: &str, cost| -> Entry {
        let shirt = product(number, "Shirt").is("colour", colour).is("size", size).by(brand);
        shirt.stands_in("clothes/shirts").costs(cost)
    };
    Shelf::of(vec![
        shirt(1, "red", "S", "Oak", 1_000),
        shirt(2, "red", "M", "Oak", 2_000),
        shirt(3, "blue", "S", "Elm", 3_000).stock(0),
        shirt(4, "blue", "M", "Elm", 4_000).rated(450),
        product(5, "Shirt button").stands_in("clothes").stands_in("craft").costs(10).rated(300),
    ])
}

fn counts(page: &SearchPage, facet: usize) -> Vec<(&str, u64)> {
    page.facets[facet].values.iter().map(|value| (value.value.as_str(), value.count)).collect()
}

fn with_facets(mut asked: SearchQuery) -> SearchQuery {
    let attribute = |name: &str| FacetName::Attribute(name.into());
    asked.facets = vec![attribute("colour"), attribute("size"), FacetName::Brand, FacetName::Category];
    asked
}

#[test]
fn what_matches_is_counted_by_what_it_is() {
    let page = wardrobe().search(&with_facets(query("shirt")));
    assert_eq!(page.total, Some(5));
    assert_eq!(counts(&page, 0), [("blue", 2), ("red", 2)]);
    assert_eq!(counts(&page, 2), [("Elm", 2), ("Oak", 2)]);
    assert_eq!(counts(&page, 3), [("clothes", 5), ("clothes/shirts", 4), ("craft", 1)]);
}

#[test]
fn what_is_picked_in_a_group_does_not_narrow_its_own_counts() {
    let shelf = wardrobe();
    let mut asked = with_facets(query("shirt"));
    asked.filters.attributes.insert("colour".into(), vec!["red".into()]);
    let page = shelf.search(&asked);
    assert_eq!(page.total, Some(2));
    assert_eq!(counts(&page, 0), [("blue", 2), ("red", 2)], "other colours may be picked too");
    assert_eq!(counts(&page, 1), [("M", 1), ("S", 1)]);
    assert_eq!(counts(&page, 2), [("Oak", 2)]);
    asked.filters.attributes.insert("size".into(), vec!["S".into()]);
    let page = shelf.search(&asked);
    assert_eq!(page.total, Some(1));
    assert_eq!(counts(&page, 0), [("blue", 1), ("red", 1)]);
    assert_eq!(counts(&page, 1), [("M", 1), ("S", 1)]);
    asked.filters.attributes.insert("colour".into(), vec!["red".into(), "blue".into()]);
    assert_eq!(shelf.search(&asked).total, Some(2), "one of several is enough");
}

#[test]
fn all_that_is_picked_has_to_hold() {
    let shelf = wardrobe();
    let found = |change: &dyn Fn(&mut SearchQuery)| {
        let mut asked = SearchQuery { fallback: commerce_core::gateway::Fallback::Strict, ..query("shirt") };
        change(&mut asked);
        shelf.search(&asked).total.unwrap()
    };
    let category = |path: &str| CategoryPath::new(path).unwrap();
    assert_eq!(found(&|asked| asked.filters.categories = vec![category("clothes")]), 5);
    assert_eq!(found(&|asked| asked.filters.categories = vec![category("clothes/shirts")]), 4);
    assert_eq!(found(&|asked| asked.filters.categories = vec![category("clothes/shi")]), 0);
    assert_eq!(found(&|asked| asked.filters.brands = vec!["Oak".into()]), 2);
    assert_eq!(found(&|asked| asked.filters.stock = StockFilter::InStock), 4);
    assert_eq!(found(&|asked| asked.filters.rating_from = Some(400)), 1);
    assert_eq!(found(&|asked| asked.filters.price_from = Some(cents(2_000))), 3);
    assert_eq!(
        found(&|asked| {
            asked.filters.price_from = Some(cents(1_000));
            asked.filters.price_to = Some(cents(3_000));
            asked.filters.brands = vec!["Elm".into()];
        }),
        1
    );
}

#[test]
fn prices_are_shown_in_bars_that_the_picked_range_does_not_narrow() {
    let shelf = wardrobe();
    let mut asked = SearchQuery { price_bars: 4, ..query("shirt") };
    asked.filters.price_to = Some(cents(2_000));
    let page = shelf.search(&asked);
    assert_eq!(page.total, Some(3));
    let prices = page.prices.unwrap();
    assert_eq!((prices.lowest, prices.highest, prices.count), (cents(10), cents(4_000), 5));
    assert_eq!(prices.bars.iter().map(|bar| bar.count).collect::<Vec<_>>(), [2, 1, 1, 1]);
    assert_eq!(prices.bars[3].to, cents(4_000));
}

#[test]
fn a_category_is_browsed_without_a_word() {
    let shelf = wardrobe();
    let mut asked = with_facets(query(""));
    asked.filters.categories = vec![CategoryPath::new("clothes/shirts").unwrap()];
    asked.facets.truncate(1);
    let page = shelf.search(&asked);
    assert_eq!(page.total, Some(4));
    assert_eq!(counts(&page, 0), [("blue", 2), ("red", 2)]);
}

#[test]
fn a_query_that_asks_for_too_much_is_refused_by_name() {
    let shelf = wardrobe();
    let refused = |change: &dyn Fn(&mut SearchQuery)| {
        let mut asked = query("shirt");
        change(&mut asked);
        shelf.refused(&asked)
    };
    assert!(refused(&|asked| asked.text = "x".repeat(100_000)).contains("1000 bytes"));
    assert!(refused(&|asked| asked.limit = 0).contains("1 to 100"));
    assert!(refused(&|asked| asked.limit = 101).contains("1 to 100"));
    let many = |count: usize| -> Vec<String> { (0..count).map(|number| number.to_string()).collect() };
    assert!(refused(&|asked| asked.filters.brands = many(1_000)).contains("200 values"));
    assert!(refused(&|asked| asked.facets = vec![FacetName::Brand; 21]).contains("20 facets"));
    let dollars =
        commerce_core::domain::money::Money::from_minor(1, commerce_core::domain::money::Currency::USD);
    assert!(refused(&|asked| asked.filters.price_to = Some(dollars)).contains("EUR"));
    assert!(refused(&|asked| asked.market = "mars".parse().unwrap()).contains("mars"));
}
