use std::collections::BTreeMap;

use tantivy::{
    Term,
    query::{AllQuery, BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery},
    schema::IndexRecordOption,
};

use super::{Known, Part, Vocabulary};
use crate::{
    index::{BOOSTS, Fields, SKU_BOOST, TextFields},
    synonyms::Synonyms,
};

/// What has to match, and in which ways it may.
#[derive(Debug, Clone)]
enum Need {
    /// A stem, in any field, that counts so much of its full weight.
    Stem(String, f32),
    /// A whole SKU.
    Sku(String),
    /// Stems one after the other.
    Phrase(Vec<String>, f32),
    /// One of them.
    Any(Vec<Self>),
    /// All of them.
    All(Vec<Self>),
}

/// What a text asks for in one language.
pub(crate) struct Plan {
    /// What has the words; none for a text without words: then everything matches.
    pub(crate) exact: Option<Box<dyn Query>>,
    /// The stems to show, and how much each counts.
    pub(crate) stems: BTreeMap<String, f32>,
}

/// Makes plans.
pub(crate) struct Planner<'a> {
    pub(crate) vocabulary: Vocabulary<'a>,
    pub(crate) fields: &'a Fields,
    pub(crate) text: &'a TextFields,
    pub(crate) synonyms: &'a Synonyms,
    /// Whether the last word may be the beginning of a longer one.
    pub(crate) begun: bool,
}

/// Which words count, besides those that were typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// Synonyms, and completions of the last word.
    Exact,
    /// Also words that are spelled nearly so.
    Similar,
}

/// How much of its weight a word has that was not typed so.
const SYNONYM: f32 = 0.8;
const COMPLETION: f32 = 0.5;
const SIMILAR: [f32; 3] = [0.6, 0.5, 0.25];

impl Planner<'_> {
    /// What all parts ask for; with `any`, one of them is enough.
    pub(crate) fn plan(&self, parts: &[Part], tolerance: Tolerance, any: bool) -> tantivy::Result<Plan> {
        let mut needs = Vec::new();
        let mut at = 0;
        while at < parts.len() {
            let words = words_from(&parts[at..]);
            let is_last = at + 1 == parts.len();
            if let Some((length, others)) = self.synonyms.of(&words) {
                let own: Vec<Need> = (at..at + length)
                    .map(|part| self.need(&parts[part], tolerance, part + 1 == parts.len()))
                    .collect::<tantivy::Result<_>>()?;
                let others = others.iter().map(|other| self.synonym(other));
                needs.push(Need::Any([all(own)].into_iter().chain(others).collect()));
                at += length;
                continue;
            }
            // A word that says nothing is asked for only if there is nothing else.
            let says_nothing = matches!(&parts[at], Part::Word { word, .. } if self.text.is_stop(word));
            if !says_nothing || (is_last && needs.is_empty()) {
                needs.push(self.need(&parts[at], tolerance, is_last)?);
            }
            at += 1;
        }
        let mut stems = BTreeMap::new();
        needs.iter().for_each(|need| need.stems(&mut stems));
        let need = match needs.len() {
            0 => return Ok(Plan { exact: None, stems }),
            1 => needs.remove(0),
            _ if any => Need::Any(needs),
            _ => Need::All(needs),
        };
        Ok(Plan { exact: Some(self.query(&need, 1.0)), stems })
    }

    fn need(&self, part: &Part, tolerance: Tolerance, is_last: bool) -> tantivy::Result<Need> {
        let begun = self.begun && is_last;
        Ok(match part {
            Part::Phrase(words) => Need::Phrase(words.iter().map(|word| self.text.stem(word)).collect(), 1.0),
            Part::Word { word, whole } => {
                let mut ways = self.ways(word, tolerance, begun)?;
                ways.push(Need::Sku(whole.clone()));
                Need::Any(ways)
            }
            Part::Compound { words, whole } => {
                let mut all_words = Vec::with_capacity(words.len());
                for (number, word) in words.iter().enumerate() {
                    let begun = begun && number + 1 == words.len();
                    all_words.push(Need::Any(self.ways(word, tolerance, begun)?));
                }
                Need::Any(vec![Need::All(all_words), Need::Sku(whole.clone())])
            }
        })
    }

    /// The ways in which a word may match: each stem once, by its best way.
    fn ways(&self, word: &str, tolerance: Tolerance, begun: bool) -> tantivy::Result<Vec<Need>> {
        let mut stems: Vec<(String, f32)> = vec![(self.text.stem(word), 1.0)];
        let mut add = |known: Known, weight: f32| {
            let stem = self.text.stem(&known.word);
            if stems.iter().all(|(there, _)| *there != stem) {
                stems.push((stem, weight));
            }
        };
        if begun {
            for known in self.vocabulary.completions(word)? {
                add(known, COMPLETION);
            }
        }
        if tolerance == Tolerance::Similar {
            for known in self.vocabulary.similar(word, begun)? {
                let weight = SIMILAR.get(known.typos).copied().unwrap_or(SIMILAR[SIMILAR.len() - 1]);
                add(known, weight);
            }
        }
        Ok(stems.into_iter().map(|(stem, weight)| Need::Stem(stem, weight)).collect())
    }

    fn synonym(&self, words: &[String]) -> Need {
        let mut stems: Vec<String> = words.iter().map(|word| self.text.stem(word)).collect();
        if stems.len() == 1 { Need::Stem(stems.remove(0), SYNONYM) } else { Need::Phrase(stems, SYNONYM) }
    }

    fn query(&self, need: &Need, weight: f32) -> Box<dyn Query> {
        match need {
            Need::All(needs) => {
                let must = needs.iter().map(|need| (Occur::Must, self.query(need, weight)));
                Box::new(BooleanQuery::new(must.collect()))
            }
            _ => {
                let mut ways = Vec::new();
                self.ways_of(need, weight, &mut ways);
                let should = ways.into_iter().map(|way| (Occur::Should, way));
                Box::new(BooleanQuery::new(should.collect()))
            }
        }
    }

    /// All ways of a need side by side: tantivy stops early only where terms are not nested.
    fn ways_of(&self, need: &Need, weight: f32, ways: &mut Vec<Box<dyn Query>>) {
        let boosts = || self.text.all().into_iter().zip(BOOSTS);
        match need {
            Need::Any(needs) => needs.iter().for_each(|need| self.ways_of(need, weight, ways)),
            Need::All(_) => ways.push(self.query(need, weight)),
            Need::Sku(sku) => {
                ways.push(boosted(term(Term::from_field_text(self.fields.sku, sku)), SKU_BOOST * weight));
            }
            Need::Stem(stem, share) => ways.extend(boosts().map(|(field, boost)| {
                boosted(term(Term::from_field_text(field, stem)), boost * share * weight)
            })),
            Need::Phrase(stems, share) => ways.extend(boosts().map(|(field, boost)| {
                let terms = stems.iter().map(|stem| Term::from_field_text(field, stem)).collect();
                boosted(Box::new(PhraseQuery::new(terms)), boost * share * weight)
            })),
        }
    }
}

impl Need {
    fn stems(&self, stems: &mut BTreeMap<String, f32>) {
        match self {
            Self::Stem(stem, share) => drop(stems.insert(stem.clone(), *share)),
            Self::Phrase(phrase, share) => {
                stems.extend(phrase.iter().map(|stem| (stem.clone(), *share)));
            }
            Self::Sku(_) => {}
            Self::Any(needs) | Self::All(needs) => needs.iter().for_each(|need| need.stems(stems)),
        }
    }
}

impl Plan {
    /// What matches, or everything.
    pub(crate) fn query(&self) -> &dyn Query {
        self.exact.as_deref().unwrap_or(&AllQuery)
    }
}

fn all(mut needs: Vec<Need>) -> Need {
    if needs.len() == 1 { needs.remove(0) } else { Need::All(needs) }
}

/// The words that stand alone from the first part on.
fn words_from(parts: &[Part]) -> Vec<String> {
    let word = |part: &Part| match part {
        Part::Word { word, .. } => Some(word.clone()),
        _ => None,
    };
    parts.iter().map_while(word).collect()
}

fn term(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

fn boosted(query: Box<dyn Query>, boost: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, boost))
}
