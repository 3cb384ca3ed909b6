use std::collections::HashMap;

use crate::index::{splitter, words};

/// What means the same as what, by the words of it.
#[derive(Debug, Default)]
pub(crate) struct Synonyms {
    others: HashMap<Vec<String>, Vec<Vec<String>>>,
    longest: usize,
}

/// The most words of a phrase that has synonyms.
const LONGEST: usize = 8;

impl Synonyms {
    pub(crate) fn new(groups: &[Vec<String>]) -> Self {
        let splitter = splitter();
        let words = |text: &String| words(&splitter, text, LONGEST);
        let mut synonyms = Self::default();
        for group in groups {
            let group: Vec<Vec<String>> = group.iter().map(words).filter(|words| !words.is_empty()).collect();
            for one in &group {
                let others = group.iter().filter(|other| *other != one).cloned();
                synonyms.others.entry(one.clone()).or_default().extend(others);
                synonyms.longest = synonyms.longest.max(one.len());
            }
        }
        synonyms
    }

    /// The longest beginning of these words that has synonyms: how many words, and what else they may be called.
    pub(crate) fn of<'a>(&'a self, words: &[String]) -> Option<(usize, &'a [Vec<String>])> {
        let lengths = (1..=self.longest.min(words.len())).rev();
        lengths.into_iter().find_map(|length| Some((length, self.others.get(&words[..length])?.as_slice())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_words_that_mean_the_same_go_first() {
        let group = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let synonyms = Synonyms::new(&[group(&["cell phone", "mobile"]), group(&["cell", "battery"])]);
        let of = |text: &str| {
            let words = group(&text.split(' ').collect::<Vec<_>>());
            synonyms.of(&words).map(|(length, others)| (length, others.to_vec()))
        };
        assert_eq!(of("cell phone case"), Some((2, vec![group(&["mobile"])])));
        assert_eq!(of("cell"), Some((1, vec![group(&["battery"])])));
        assert_eq!(of("mobile"), Some((1, vec![group(&["cell", "phone"])])));
        assert_eq!(of("phone"), None);
    }
}
