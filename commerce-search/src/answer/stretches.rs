use std::collections::HashSet;

use commerce_core::gateway::{SearchError, Standing};
use tantivy::query::{BooleanQuery, ConstScoreQuery, Occur, Query, TermSetQuery};

use super::{
    attempt::{ENOUGH, Found},
    best::{Match, best},
    broken,
    cursor::Place,
    search::Search,
};
use crate::query::Accept;

/// Takes products in the order of relevance.
///
/// The best matches by their words alone are found first, in stretches of [`STRETCH`]; each stretch is then ordered by
/// score, with what sold most and what the shop lifts. So sales move a product within its stretch and never let the
/// search look at everything that matches.
pub(super) struct Stretches<'a> {
    search: &'a Search<'a>,
    accept: Accept,
    /// How many products are still wanted on the page.
    room: usize,
    stretch: usize,
    /// By slot, what the shop lifts.
    boosts: Vec<(u32, f64)>,
    found: Vec<Found>,
    next: Option<Place>,
    /// Whether nothing is left of what was taken from.
    is_over: bool,
    /// Where the page before ended, until that is passed.
    place: Option<Place>,
}

/// How many products are ordered by more than their words at a time.
const STRETCH: usize = 100;
/// How deep anybody may turn pages.
const DEEPEST: usize = 10_000;

impl<'a> Stretches<'a> {
    pub(super) fn new(search: &'a Search<'a>, accept: &Accept, room: usize) -> Result<Self, SearchError> {
        let rule = search.curations.of(&search.query.text);
        let lifted = rule.iter().flat_map(|rule| &rule.boosted);
        let slot = |(product, boost): &(_, f64)| Some((search.generation.columns.slot(*product)?, *boost));
        let boosts: Vec<(u32, f64)> = lifted.filter_map(slot).collect();
        // Without anything to reorder by, a stretch is a page: nothing is looked for that is not shown.
        let reorders = search.index.settings.popularity > 0.0 || !boosts.is_empty();
        let stretch = if reorders { STRETCH } else { search.query.limit };
        let mut accept = accept.clone();
        accept.without.extend(boosts.iter().map(|(slot, _)| *slot));
        let place = search.place;
        Ok(Self {
            search,
            accept,
            room,
            stretch,
            boosts,
            found: Vec::new(),
            next: None,
            is_over: false,
            place,
        })
    }

    /// Takes what matches, as far as there is room. Answers whether so few match that others may follow.
    pub(super) fn take(&mut self, query: &dyn Query, standing: Standing) -> Result<bool, SearchError> {
        let begin = match self.place {
            Some(place) if place.standing != standing => return Ok(place.standing > standing),
            Some(place) => place.stretch,
            None => 0,
        };
        let weight = self.search.scoring(query)?;
        if self.found.len() >= self.room {
            // The page is full: all that is to know is whether there is another.
            let any = best(&self.search.searcher, &*weight, 1, &self.accept).map_err(broken)?;
            self.next = self.next.filter(|_| !self.is_over || !any.is_empty());
            return Ok(false);
        }
        let lifted = self.lifted(query)?;
        let mut number = begin;
        loop {
            let from = number.saturating_mul(self.stretch);
            if from >= DEEPEST {
                return Err(SearchError::refused(format!("pages end after {DEEPEST} products")));
            }
            let keep = (from + self.stretch + 1).max(ENOUGH);
            let matches = best(&self.search.searcher, &*weight, keep, &self.accept).map_err(broken)?;
            let few = matches.len() + lifted.len() < ENOUGH;
            let is_last = matches.len() <= from + self.stretch;
            let here = matches.get(from..).unwrap_or_default();
            let here = &here[..here.len().min(self.stretch)];
            let mut ordered = self.ordered(here, standing)?;
            if number == 0 {
                ordered.extend(lifted.iter().copied().map(|found| Found { standing, ..found }));
            }
            ordered.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product)));
            if let Some(place) = self.place.take() {
                let seen = |found: &Found| {
                    let key = key(found.score);
                    key > place.key || (key == place.key && found.product <= place.product)
                };
                ordered.retain(|found| !seen(found));
            }
            let fits = ordered.len().min(self.room - self.found.len());
            let more_here = fits < ordered.len();
            self.found.extend_from_slice(&ordered[..fits]);
            if let Some(last) = self.found.last().filter(|_| fits > 0) {
                let (key, product) = (key(last.score), last.product);
                self.next = Some(Place { state: 0, relaxed: 0, standing, stretch: number, key, product });
            }
            if more_here || is_last || self.found.len() >= self.room {
                self.is_over = !more_here && is_last;
                if self.is_over && (standing == Standing::Similar || !few) {
                    self.next = None;
                }
                return Ok(few);
            }
            number += 1;
        }
    }

    /// There are no others.
    pub(super) fn nothing_follows(&mut self) {
        self.next = self.next.filter(|_| !self.is_over);
    }

    /// What was taken, and where it goes on.
    pub(super) fn end(self) -> (Vec<Found>, Option<Place>) {
        (self.found, self.next)
    }

    fn ordered(&self, matches: &[Match], standing: Standing) -> Result<Vec<Found>, SearchError> {
        let mut found = Vec::with_capacity(matches.len());
        for Match { score, address } in matches {
            let slot = self.search.slot(*address);
            let score = f64::from(*score) * self.factor(slot);
            let product = self.search.view.product(slot);
            found.push(Found { standing, score, slot, product, address: *address });
        }
        Ok(found)
    }

    /// What the shop lifts, of all that matches.
    fn lifted(&self, query: &dyn Query) -> Result<Vec<Found>, SearchError> {
        if self.boosts.is_empty() {
            return Ok(Vec::new());
        }
        let lifted: HashSet<u32> = self.boosts.iter().map(|(slot, _)| *slot).collect();
        let terms = lifted.iter().map(|slot| self.search.fields().term(*slot));
        let only = ConstScoreQuery::new(Box::new(TermSetQuery::new(terms)), 0.0);
        let both = vec![(Occur::Must, query.box_clone()), (Occur::Must, Box::new(only) as Box<dyn Query>)];
        let weight = self.search.scoring(&BooleanQuery::new(both))?;
        let mut accept = self.accept.clone();
        accept.without.retain(|slot| !lifted.contains(slot));
        let matches = best(&self.search.searcher, &*weight, lifted.len(), &accept).map_err(broken)?;
        self.ordered(&matches, Standing::Exact)
    }

    fn factor(&self, slot: u32) -> f64 {
        let boost = self.boosts.iter().find(|(lifted, _)| *lifted == slot).map_or(1.0, |(_, boost)| *boost);
        boost * popularity(self.search, slot)
    }
}

/// The factor for what a product sold: from 1, for nothing, up to 1 and the whole weight of popularity.
pub(super) fn popularity(search: &Search<'_>, slot: u32) -> f64 {
    let settings = &search.index.settings;
    if settings.popularity <= 0.0 {
        return 1.0;
    }
    let (sold, half) = (f64::from(search.view.sold(slot)), f64::from(settings.popular_at.max(1)));
    1.0 + settings.popularity * sold / (sold + half)
}

/// A score as a number that is ordered alike; scores are never below zero.
fn key(score: f64) -> i64 {
    i64::try_from(score.max(0.0).to_bits()).unwrap_or(i64::MAX)
}
