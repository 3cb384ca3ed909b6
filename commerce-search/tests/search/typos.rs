use commerce_core::gateway::{Counting, LastWord, SearchQuery};
use commerce_search::Entry;
use commerce_testkit::{
    dice::Dice,
    names::{real_names, with_a_typo},
};

use crate::shelf::{Shelf, id, product, query};

/// Real names, each searched for with one letter wrong somewhere: it is among the first ten nine times out of ten.
///
/// The names are the one-line descriptions of Debian's packages; without `apt-cache` this says so.
#[test]
fn a_real_name_with_one_typo_is_among_the_first_ten() {
    let mut names = match real_names() {
        Ok(names) => names,
        Err(why) => return eprintln!("SKIPPED: {why}"),
    };
    names.sort_unstable();
    names.dedup();
    names.truncate(20_000);
    let all: Vec<Entry> = (1..).zip(&names).map(|(number, name)| product(number, name)).collect();
    let shelf = Shelf::of(all);
    let mut dice = Dice::new(3);
    let (mut tried, mut found) = (0, 0);
    while tried < 1_000 {
        let number = dice.below(20_000);
        let wrong = with_a_typo(&names[usize::try_from(number).unwrap()], &mut dice);
        let asked = SearchQuery { counting: Counting::Skipped, last_word: LastWord::Whole, ..query(&wrong) };
        tried += 1;
        found +=
            u32::from(shelf.search(&asked).hits.iter().any(|hit| hit.product == id(u128::from(number) + 1)));
    }
    println!("{found} of {tried} real names with one typo are among the first ten");
    assert!(found * 10 >= tried * 9, "{found} of {tried}");
}
