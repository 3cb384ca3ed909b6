use std::time::Duration;

use commerce_core::domain::catalog::Market;

/// How products are indexed and found. Languages and markets are part of the files: an index of others is built anew.
#[derive(Debug, Clone)]
pub struct SearchSettings {
    /// The languages products are searched in, such as `en` or `pt-BR`; the first one is for buyers who speak another.
    /// One that is not known is searched without stemming.
    pub languages: Vec<String>,
    /// The markets whose prices are kept.
    pub markets: Vec<Market>,
    /// Groups of words and phrases that mean the same. They take effect without building anew.
    pub synonyms: Vec<Vec<String>>,
    /// The most that sales of the last 30 days add to a score, as a share of it; 0 to order by the words alone.
    pub popularity: f64,
    /// The units sold in 30 days that bring half of [`popularity`](Self::popularity).
    pub popular_at: u32,
    /// How old a change may be before it is committed, if nobody waits for it.
    pub commit_after: Duration,
    /// How many changes are committed at once at the latest.
    pub commit_at: usize,
    /// How many threads search.
    pub search_threads: usize,
    /// How many searches may wait for a thread; more are refused.
    pub waiting: usize,
    /// How many threads write the index.
    pub indexing_threads: usize,
    /// What writing may use before it goes to the disk, in bytes, for each thread; at least 15 million.
    pub indexing_memory: usize,
    /// How many answers are kept for others who ask the same.
    pub cached: u64,
    /// How long a search waits for a change that it must have seen.
    pub patience: Duration,
}

impl SearchSettings {
    /// English, commits after one second or 10,000 changes, two threads that search and one that writes.
    pub fn new(market: Market) -> Self {
        Self {
            languages: vec!["en".into()],
            markets: vec![market],
            synonyms: Vec::new(),
            popularity: 0.5,
            popular_at: 100,
            commit_after: Duration::from_secs(1),
            commit_at: 10_000,
            search_threads: 2,
            waiting: 1_000,
            indexing_threads: 1,
            indexing_memory: 50_000_000,
            cached: 1_000,
            patience: Duration::from_secs(2),
        }
    }

    /// The language of the index that is nearest to this one: itself, a wider one, or the first.
    pub(crate) fn nearest(&self, language: Option<&str>) -> usize {
        let mut wanted = language;
        while let Some(tag) = wanted {
            if let Some(found) = self.languages.iter().position(|known| known.eq_ignore_ascii_case(tag)) {
                return found;
            }
            wanted = tag.rsplit_once('-').map(|(wider, _)| wider);
        }
        0
    }
}
