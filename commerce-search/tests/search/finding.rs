use commerce_core::domain::ids::MarketId;
use commerce_core::gateway::{Fallback, LastWord, Relaxation, SearchQuery, Standing, SuggestQuery};
use commerce_search::SearchSettings;

use crate::shelf::{Described as _, Shelf, product, products, query, settings};

#[test]
fn a_buyer_finds_a_product_by_everything_that_is_said_of_it() {
    let mug = product(1, "Stoneware mug")
        .described("Thrown by hand and glazed twice.")
        .by("Harbour & Pine")
        .stands_in("kitchen/drinking")
        .is("Colour", "Slate")
        .sku("MUG-SLATE");
    let shelf = Shelf::of(vec![mug, product(2, "Desk lamp")]);
    for text in
        ["mug", "stoneware MUG", "glazed", "harbour", "drinking", "slate mug", "MUG-SLATE", "mug-slate"]
    {
        assert_eq!(shelf.titles(text), ["Stoneware mug"], "{text}");
    }
    assert_eq!(shelf.titles("").len(), 2);
}

#[test]
fn a_title_counts_more_than_a_description() {
    let lamp = product(1, "Desk lamp").described("Stands beside any mug, and holds a mug.");
    let shelf = Shelf::of(vec![lamp, product(2, "Stoneware mug")]);
    assert_eq!(shelf.titles("mug"), ["Stoneware mug", "Desk lamp"]);
}

#[test]
fn a_typo_is_forgiven_by_the_length_of_the_word() {
    let shelf = Shelf::of(products(&["Kettle", "Dripper cup", "Tea", "Thermometer"]));
    for (text, found) in [
        ("ketle", "Kettle"),
        ("kettel", "Kettle"),
        ("drippr cup", "Dripper cup"),
        ("termommeter", "Thermometer"),
        ("tae", "Tea"),
    ] {
        let page = shelf.search(&query(text));
        assert_eq!(page.hits.len(), 1, "{text}");
        assert_eq!((shelf.title(page.hits[0].product), page.hits[0].standing), (found, Standing::Similar));
    }
    assert!(shelf.titles("ktl").is_empty(), "two of three letters are too many");
}

#[test]
fn what_has_the_word_stands_before_what_has_a_similar_one() {
    let more = product(1, "Kettel kettel").described("kettel kettel kettel");
    let shelf = Shelf::of(vec![more, product(2, "A very long title that ends with a kettle in it")]);
    let page = shelf.search(&query("kettle"));
    let standings: Vec<Standing> = page.hits.iter().map(|hit| hit.standing).collect();
    assert_eq!(standings, [Standing::Exact, Standing::Similar]);
    assert_eq!(shelf.title(page.hits[1].product), "Kettel kettel");
}

#[test]
fn the_last_word_may_be_a_beginning() {
    let shelf = Shelf::of(products(&["Thermometer", "Thermofold flask", "Theatre"]));
    assert_eq!(shelf.titles("thermo").len(), 2);
    let whole = SearchQuery { last_word: LastWord::Whole, ..query("thermo") };
    assert!(shelf.titles_for(&whole).is_empty());
    assert!(shelf.titles("thermo ").is_empty(), "a space ends the word");
    assert_eq!(shelf.titles("flask thermo"), ["Thermofold flask"]);
    assert_eq!(shelf.titles("thermofodl fl"), ["Thermofold flask"]);
}

#[test]
fn words_in_quotation_marks_stand_together() {
    let shelf = Shelf::of(products(&["French press coffee maker", "Press for French cuffs"]));
    assert_eq!(shelf.titles("french press").len(), 2);
    assert_eq!(shelf.titles("\"french press\""), ["French press coffee maker"]);
}

#[test]
fn words_are_found_in_other_forms_by_language() {
    let mut settings = SearchSettings { languages: vec!["en".into(), "de".into()], ..settings() };
    settings.popularity = 0.0;
    let mut shoes = product(1, "Running shoes");
    let texts = &mut shoes.document.as_mut().unwrap().texts;
    texts.push(commerce_search::Text { title: "Laufschuhe für Läufer".into(), ..Default::default() });
    let shelf = Shelf::with(settings, vec![shoes]);
    assert_eq!(shelf.titles("run shoe ").len(), 1);
    let german = |text: &str| SearchQuery {
        language: Some("de-AT".into()),
        fallback: Fallback::Strict,
        ..query(text)
    };
    assert_eq!(shelf.titles_for(&german("laufschuh ")).len(), 1);
    assert_eq!(shelf.titles_for(&german("laufer ")).len(), 1, "without the dots");
    assert!(shelf.titles_for(&german("running ")).is_empty());
}

#[test]
fn synonyms_find_each_other() {
    let group = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    let synonyms = vec![group(&["sofa", "couch"]), group(&["cell phone", "mobile"])];
    let shelf = Shelf::with(
        SearchSettings { synonyms, ..settings() },
        products(&["Red couch", "Mobile case", "Cell phone case", "Phone book"]),
    );
    assert_eq!(shelf.titles("red sofa"), ["Red couch"]);
    assert_eq!(shelf.titles("cell phone case").len(), 2);
    assert_eq!(shelf.titles("mobile case").len(), 2);
}

#[test]
fn a_word_that_nobody_knows_is_asked_back() {
    let shelf = Shelf::of(products(&["Electric kettle", "Electric drill"]));
    let page = shelf.search(&query("elektric ketle"));
    assert_eq!(page.did_you_mean.as_deref(), Some("electric kettle"));
    assert_eq!(page.total, Some(1));
    assert_eq!(shelf.search(&query("electric kettle")).did_you_mean, None);
}

#[test]
fn nothing_found_asks_for_less_and_says_so() {
    let shelf = Shelf::of(vec![product(1, "Blue mug").stock(0), product(2, "Green lamp")]);
    let page = shelf.search(&query("green zeppelin"));
    assert_eq!((page.relaxed, page.hits.len()), (vec![Relaxation::AllWords], 1));
    let mut asked = query("blue mug");
    asked.filters.stock = commerce_core::gateway::StockFilter::InStock;
    asked.filters.price_to = Some(crate::shelf::cents(1_500));
    let page = shelf.search(&asked);
    assert_eq!(page.relaxed, [Relaxation::AllWords, Relaxation::Price, Relaxation::Stock]);
    assert_eq!(page.hits.len(), 1);
    asked.fallback = Fallback::Strict;
    let page = shelf.search(&asked);
    assert!(page.hits.is_empty() && page.relaxed.is_empty());
    let nothing = shelf.search(&query("xyzzyxyzzy"));
    assert!(nothing.hits.is_empty() && nothing.relaxed.is_empty());
}

#[test]
fn what_matched_is_shown() {
    let mug = product(1, "Stoneware mugs").described("Each mug is thrown by hand. <b>Mugs</b> for tea.");
    let shelf = Shelf::of(vec![mug]);
    let asked = SearchQuery { highlighting: commerce_core::gateway::Highlighting::On, ..query("mug") };
    let hit = shelf.search(&asked).hits.remove(0);
    let title = hit.title.unwrap();
    let marked = |fragment: &commerce_core::gateway::Fragment| -> Vec<String> {
        fragment.marked.iter().map(|range| fragment.text[range.clone()].to_owned()).collect()
    };
    assert_eq!((title.text.as_str(), marked(&title)), ("Stoneware mugs", vec!["mugs".to_owned()]));
    assert_eq!(marked(&hit.description.unwrap()), ["mug", "Mugs"]);
}

#[test]
fn suggestions_go_on_from_what_was_typed() {
    let shelf = Shelf::of(products(&["Coffee dripper", "Coffee grinder", "Coffee filters", "Green grapes"]));
    let suggest = |text: &str| shelf.index.suggest(&SuggestQuery::new(MarketId::main(), text)).unwrap();
    assert_eq!(suggest("cof").texts, ["coffee"]);
    assert_eq!(suggest("cof").products.len(), 3);
    assert_eq!(suggest("coffee gr").texts, ["coffee grinder"], "nobody sells green coffee");
    assert_eq!(suggest("coffee grindr").texts, ["coffee grinder"]);
    assert_eq!(suggest(" ").texts, [""; 0]);
}
