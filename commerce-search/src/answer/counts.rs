use std::sync::Arc;

use commerce_core::{
    domain::money::Currency,
    gateway::{Facet, FacetName, FacetValue, PriceSummary},
};
use tantivy::{COLLECT_BLOCK_BUFFER_LEN, DocId, Searcher, SegmentReader, query::Weight};

use super::{prices::Prices, values::Values};
use crate::{
    index::{NO_PRICE, Ords},
    query::{Accept, SegmentAccept},
};

/// What is to be counted.
pub(crate) struct Counts<'a> {
    facets: &'a [FacetName],
    values: &'a Values,
    accept: &'a Accept,
    /// For each facet: the group of what was picked in it.
    own_groups: Vec<Option<usize>>,
    /// For each facet: how many products have the value with each number.
    counts: Vec<Vec<u64>>,
    prices: Option<Prices>,
    total: u64,
}

/// One segment, and for each facet how many products have each set of its values.
struct Segment<'a> {
    accept: SegmentAccept<'a>,
    facets: Vec<Option<(Arc<Ords>, Vec<u32>)>>,
}

impl<'a> Counts<'a> {
    /// These facets, and the prices in so many bars, if in any.
    pub(crate) fn new(
        facets: &'a [FacetName],
        price_bars: usize,
        values: &'a Values,
        accept: &'a Accept,
    ) -> Self {
        let own = |name: &FacetName| accept.groups.iter().position(|group| group.name == *name);
        Self {
            facets,
            values,
            accept,
            own_groups: facets.iter().map(own).collect(),
            counts: vec![Vec::new(); facets.len()],
            prices: (price_bars > 0).then(|| Prices::new(price_bars)),
            total: 0,
        }
    }

    /// Counts everything that matches, in one pass.
    pub(crate) fn run(&mut self, searcher: &Searcher, weight: &dyn Weight) -> tantivy::Result<()> {
        for (ord, reader) in (0..).zip(searcher.segment_readers()) {
            if self.facets.is_empty() && self.prices.is_none() && self.accept.is_open() {
                self.total += u64::from(weight.count(reader)?);
                continue;
            }
            let accept = self.accept.segment(ord, reader)?;
            let mut facets = Vec::with_capacity(self.facets.len());
            for name in self.facets {
                let ords = accept.segment.facet(reader, name)?;
                facets.push(ords.map(|ords| (Arc::clone(&ords), vec![0; ords.sets().len()])));
            }
            let mut segment = Segment { accept, facets };
            let alive = reader.alive_bitset();
            weight.for_each_no_score(reader, &mut |docs| match alive {
                None => self.block(&mut segment, docs),
                Some(alive) => {
                    let mut living = [0; COLLECT_BLOCK_BUFFER_LEN];
                    let mut count = 0;
                    for &doc in docs.iter().filter(|doc| alive.is_alive(**doc)) {
                        living[count] = doc;
                        count += 1;
                    }
                    self.block(&mut segment, &living[..count]);
                }
            })?;
            self.add_up(reader, segment.facets)?;
        }
        Ok(())
    }

    /// Counts up to 64 products. Each has a bit for every group in which it is not what was picked: it counts where no
    /// other bit is set than that of the facet itself.
    fn block(&mut self, segment: &mut Segment<'_>, docs: &[DocId]) {
        let mut fails = [0_u64; COLLECT_BLOCK_BUFFER_LEN];
        let fails = &mut fails[..docs.len()];
        if !self.accept.is_open() {
            for (doc, fails) in docs.iter().zip(&mut *fails) {
                *fails = self.fails(&segment.accept, *doc);
            }
        }
        self.total += fails.iter().map(|fails| u64::from(*fails == 0)).sum::<u64>();
        for (facet, own) in segment.facets.iter_mut().zip(&self.own_groups) {
            let Some((ords, counts)) = facet else { continue };
            let own = own.map_or(0, |own| 1 << own.min(PRICES - 1));
            for (doc, _) in docs.iter().zip(&*fails).filter(|(_, fails)| **fails & !own == 0) {
                if let Some(count) = counts.get_mut(ords.set(*doc)) {
                    *count += 1;
                }
            }
        }
        if let Some(prices) = &mut self.prices {
            let Accept { view, market, .. } = self.accept;
            let mut slots = [0; COLLECT_BLOCK_BUFFER_LEN];
            let slots = &mut slots[..docs.len()];
            segment.accept.segment.slots.values.get_vals(docs, slots);
            for (slot, _) in slots.iter().zip(&*fails).filter(|(_, fails)| **fails & !(1 << PRICES) == 0) {
                let price = view.price_or_none(u32::try_from(*slot).unwrap_or(u32::MAX), *market);
                if price != NO_PRICE {
                    prices.add(price);
                }
            }
        }
    }

    fn fails(&self, segment: &SegmentAccept<'_>, doc: DocId) -> u64 {
        let slot = segment.slot(doc);
        if !segment.holds_always(slot) {
            return u64::MAX;
        }
        let mut fails = u64::from(!segment.price_holds(slot)) << PRICES;
        for group in 0..self.accept.groups.len() {
            if !segment.group_holds(group, doc) {
                fails |= 1 << group.min(PRICES - 1);
                // With two reasons it counts nowhere.
                if fails.count_ones() > 1 {
                    return fails;
                }
            }
        }
        fails
    }

    fn add_up(
        &mut self,
        reader: &SegmentReader,
        counted: Vec<Option<(Arc<Ords>, Vec<u32>)>>,
    ) -> tantivy::Result<()> {
        for ((name, counted), sums) in self.facets.iter().zip(counted).zip(&mut self.counts) {
            let Some((ords, counted)) = counted else { continue };
            let numbers = self.values.numbers(name, reader, &ords.column)?;
            for (set, count) in ords.sets().zip(counted).filter(|(_, count)| *count > 0) {
                for ord in set {
                    let number = usize::try_from(*ord).ok().and_then(|ord| numbers.get(ord));
                    let Some(place) = number.and_then(|number| usize::try_from(*number).ok()) else {
                        continue;
                    };
                    if sums.len() <= place {
                        sums.resize(place + 1, 0);
                    }
                    sums[place] += u64::from(count);
                }
            }
        }
        Ok(())
    }

    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// The facets, in the order they were asked for.
    pub(crate) fn facets(&self) -> Vec<Facet> {
        let facet = |(name, counts): (&FacetName, &Vec<u64>)| {
            let names = self.values.names(name);
            let mut values: Vec<(u64, &str)> =
                counts.iter().zip(&names).filter(|(count, _)| **count > 0).map(|(c, n)| (*c, &**n)).collect();
            let by_count = |a: &(u64, &str), b: &(u64, &str)| b.0.cmp(&a.0).then(a.1.cmp(b.1));
            if values.len() > Facet::VALUES {
                values.select_nth_unstable_by(Facet::VALUES, by_count);
                values.truncate(Facet::VALUES);
            }
            values.sort_unstable_by(by_count);
            let value = |(count, value): (u64, &str)| FacetValue { value: value.to_owned(), count };
            Facet { name: name.clone(), values: values.into_iter().map(value).collect() }
        };
        self.facets.iter().zip(&self.counts).map(facet).collect()
    }

    /// What they cost; none when nothing has a price, or nobody asked.
    pub(crate) fn prices(&self, currency: Currency) -> Option<PriceSummary> {
        self.prices.as_ref()?.summary(currency)
    }
}

/// The bit of the range of prices; groups have those below.
const PRICES: usize = 63;
