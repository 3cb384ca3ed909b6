use std::process::Command;

use commerce_core::gateway::{Counting, LastWord, SearchQuery};
use commerce_search::Entry;
use commerce_testkit::dice::Dice;

use crate::shelf::{Shelf, id, product, query};

/// Real names, each searched for with one letter wrong somewhere: it is among the first ten nine times out of ten.
///
/// The names are the one-line descriptions of Debian's packages; without `apt-cache` this says so.
#[test]
fn a_real_name_with_one_typo_is_among_the_first_ten() {
    let output = Command::new("apt-cache").arg("dumpavail").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let mut names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("Description: ")).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 10_000 {
        eprintln!("SKIPPED: apt-cache knows only {} names", names.len());
        return;
    }
    names.truncate(20_000);
    let all: Vec<Entry> = (1..).zip(&names).map(|(number, name)| product(number, name)).collect();
    let shelf = Shelf::of(all);
    let mut dice = Dice::new(3);
    let (mut tried, mut found) = (0, 0);
    while tried < 1_000 {
        let number = dice.below(20_000);
        let wrong = with_a_typo(names[usize::try_from(number).unwrap()], &mut dice);
        let asked = SearchQuery { counting: Counting::Skipped, last_word: LastWord::Whole, ..query(&wrong) };
        tried += 1;
        found +=
            u32::from(shelf.search(&asked).hits.iter().any(|hit| hit.product == id(u128::from(number) + 1)));
    }
    println!("{found} of {tried} real names with one typo are among the first ten");
    assert!(found * 10 >= tried * 9, "{found} of {tried}");
}

/// The same with a letter changed, added, left out or swapped with the next one.
fn with_a_typo(name: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let words: Vec<usize> = (0..letters.len()).filter(|at| letters[*at].is_alphabetic()).collect();
    let at = *dice.one_of(&words).unwrap();
    let letter = char::from(b'a' + u8::try_from(dice.below(26)).unwrap());
    match dice.below(4) {
        0 => letters[at] = letter,
        1 => letters.insert(at, letter),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => drop(letters.remove(at)),
    }
    letters.into_iter().collect()
}
