use std::collections::HashMap;

use tantivy::{Searcher, Term, query::FuzzyTermQuery};

use crate::index::Fields;

/// Finds words that products have, by how buyers write them.
pub(crate) struct Vocabulary<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
}

/// A word that products have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) word: String,
    /// How many letters are other ones; 0 for a completion.
    pub(crate) typos: usize,
    /// How many products have it.
    pub(crate) products: u64,
}

/// How many words one word is taken for at most.
const GUESSES: usize = 12;
/// How many completions are tried.
const COMPLETIONS: usize = 16;
/// Shorter words are no beginnings of words that are spelled nearly so.
const SHORT: usize = 3;
/// How many words of one segment are looked at for one word.
const LOOKED_AT: usize = 20_000;

impl<'a> Vocabulary<'a> {
    pub(crate) const fn new(searcher: &'a Searcher, fields: &'a Fields) -> Self {
        Self { searcher, fields }
    }

    /// How many products have this word.
    pub(crate) fn products(&self, word: &str) -> tantivy::Result<u64> {
        self.searcher.doc_freq(&Term::from_field_text(self.fields.words, word))
    }

    /// The most common words that begin so, without the beginning itself.
    pub(crate) fn completions(&self, beginning: &str) -> tantivy::Result<Vec<Known>> {
        let mut found: HashMap<String, u64> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.words)?;
            let mut stream = index.terms().range().ge(beginning).into_stream()?;
            let mut looked_at = 0;
            while looked_at < LOOKED_AT && stream.advance() && stream.key().starts_with(beginning.as_bytes())
            {
                looked_at += 1;
                count(&mut found, stream.key(), stream.value().doc_freq);
            }
        }
        found.remove(beginning);
        let known = found.into_iter().map(|(word, products)| Known { word, typos: 0, products });
        Ok(best(known.collect(), COMPLETIONS))
    }

    /// Words that are spelled nearly so, the nearest first, then the most common; without the word itself. With
    /// `begun`, words count that begin with something spelled nearly so.
    pub(crate) fn similar(&self, word: &str, begun: bool) -> tantivy::Result<Vec<Known>> {
        let allowed = allowed_typos(word);
        if allowed == 0 {
            return Ok(Vec::new());
        }
        // Nearly everything begins nearly like a few letters.
        let begun = begun && word.chars().count() > SHORT;
        let term = Term::from_field_text(self.fields.words, word);
        let query = if begun {
            FuzzyTermQuery::new_prefix(term, allowed, true)
        } else {
            FuzzyTermQuery::new(term, allowed, true)
        };
        let mut found: HashMap<String, u64> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.words)?;
            let mut stream = index.terms().search(query.automaton()?).into_stream()?;
            let mut looked_at = 0;
            while looked_at < LOOKED_AT && stream.advance() {
                looked_at += 1;
                count(&mut found, stream.key(), stream.value().doc_freq);
            }
        }
        found.remove(word);
        let typed: Vec<char> = word.chars().collect();
        let known = found.into_iter().map(|(found, products)| {
            let typos = typos(&typed, &found.chars().collect::<Vec<_>>(), begun);
            Known { word: found, typos, products }
        });
        Ok(best(known.collect(), GUESSES))
    }
}

fn count(found: &mut HashMap<String, u64>, word: &[u8], products: u32) {
    if let Ok(word) = std::str::from_utf8(word) {
        let sum = found.entry(word.to_owned()).or_default();
        *sum += u64::from(products);
    }
}

fn best(mut known: Vec<Known>, limit: usize) -> Vec<Known> {
    known.sort_by(|a, b| {
        a.typos.cmp(&b.typos).then(b.products.cmp(&a.products)).then_with(|| a.word.cmp(&b.word))
    });
    known.truncate(limit);
    known
}

/// How many letters of a word may be other ones: none of up to two, one of up to seven, else two.
fn allowed_typos(word: &str) -> u8 {
    match word.chars().count() {
        0..=2 => 0,
        3..=7 => 1,
        _ => 2,
    }
}

/// The fewest letters to change, add, leave out or swap with their neighbour to make one word of the other; with
/// `begun`, to make the beginning of the other.
fn typos(typed: &[char], other: &[char], begun: bool) -> usize {
    let (rows, width) = (typed.len() + 1, other.len() + 1);
    let mut table = vec![vec![0; width]; rows];
    for (row, line) in table.iter_mut().enumerate() {
        line[0] = row;
    }
    table[0] = (0..width).collect();
    for row in 1..rows {
        for at in 1..width {
            let other_letter = usize::from(typed[row - 1] != other[at - 1]);
            let mut least = (table[row - 1][at] + 1)
                .min(table[row][at - 1] + 1)
                .min(table[row - 1][at - 1] + other_letter);
            let swapped =
                row > 1 && at > 1 && typed[row - 1] == other[at - 2] && typed[row - 2] == other[at - 1];
            if swapped {
                least = least.min(table[row - 2][at - 2] + 1);
            }
            table[row][at] = least;
        }
    }
    let last = table.pop().unwrap_or_default();
    let whole = last.last().copied().unwrap_or_default();
    if begun { last.into_iter().min().unwrap_or(whole) } else { whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_letters_changed_added_left_out_or_swapped() {
        let count = |typed: &str, other: &str, begun| {
            typos(&typed.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>(), begun)
        };
        assert_eq!(count("kettle", "kettle", false), 0);
        assert_eq!(count("ketle", "kettle", false), 1);
        assert_eq!(count("kettel", "kettle", false), 1);
        assert_eq!(count("cettles", "kettle", false), 2);
        assert_eq!(count("", "abc", false), 3);
        assert_eq!(count("kottl", "kettleholder", true), 1);
    }
}
