use commerce_core::domain::money::{Currency, Money};
use commerce_core::gateway::{Facet, FacetName, FacetValue, PriceBar, PriceSummary};
use tantivy::{
    COLLECT_BLOCK_BUFFER_LEN, DocId, Searcher, SegmentReader,
    columnar::{Cardinality, Column, StrColumn},
    query::Weight,
};

use super::values::Values;
use crate::{
    index::NO_PRICE,
    query::{Accept, SegmentAccept, facet_column},
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
    prices: Option<Vec<i64>>,
    total: u64,
}

/// The columns of one segment.
struct Segment<'a> {
    accept: SegmentAccept<'a>,
    facets: Vec<Option<(Column<u64>, Vec<u32>)>>,
}

impl<'a> Counts<'a> {
    pub(crate) fn new(
        facets: &'a [FacetName],
        with_prices: bool,
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
            prices: with_prices.then(Vec::new),
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
            let mut columns = Vec::with_capacity(self.facets.len());
            for name in self.facets {
                columns.push(facet_column(reader, name)?);
            }
            let count = |column: &StrColumn| (column.ords().clone(), vec![0; column.num_terms()]);
            let mut segment = Segment {
                accept: self.accept.segment(ord, reader)?,
                facets: columns.iter().map(|column| column.as_ref().map(count)).collect(),
            };
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
            self.add_up(reader, &columns, segment.facets)?;
        }
        Ok(())
    }

    /// Counts up to 64 products. Each has a bit for every group in which it is not what was picked: it counts where no
    /// other bit is set than that of the facet itself.
    fn block(&mut self, segment: &mut Segment<'_>, docs: &[DocId]) {
        let (mut fails, mut slots) = ([0_u64; COLLECT_BLOCK_BUFFER_LEN], [0_u64; COLLECT_BLOCK_BUFFER_LEN]);
        let (fails, slots) = (&mut fails[..docs.len()], &mut slots[..docs.len()]);
        let open = self.accept.is_open();
        if !open || self.prices.is_some() {
            segment.accept.slots.values.get_vals(docs, slots);
        }
        if !open {
            for ((doc, slot), fails) in docs.iter().zip(&*slots).zip(&mut *fails) {
                *fails = self.fails(&segment.accept, *doc, u32::try_from(*slot).unwrap_or(u32::MAX));
            }
        }
        self.total += fails.iter().map(|fails| u64::from(*fails == 0)).sum::<u64>();
        for (facet, own) in segment.facets.iter_mut().zip(&self.own_groups) {
            let Some((ords, counts)) = facet else { continue };
            count_block(ords, counts, docs, fails, own.map_or(0, |own| 1 << own.min(PRICES - 1)));
        }
        let (view, market) = (&self.accept.view, self.accept.market);
        if let Some(prices) = &mut self.prices {
            let counted = slots.iter().zip(&*fails).filter(|(_, fails)| *fails & !(1 << PRICES) == 0);
            let slots = counted.map(|(slot, _)| u32::try_from(*slot).unwrap_or(u32::MAX));
            prices.extend(
                slots.map(|slot| view.price_or_none(slot, market)).filter(|price| *price != NO_PRICE),
            );
        }
    }

    fn fails(&self, segment: &SegmentAccept<'_>, doc: DocId, slot: u32) -> u64 {
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
        columns: &[Option<StrColumn>],
        counted: Vec<Option<(Column<u64>, Vec<u32>)>>,
    ) -> tantivy::Result<()> {
        for (number, (column, counted)) in columns.iter().zip(counted).enumerate() {
            let (Some(column), Some((_, counted))) = (column, counted) else { continue };
            let numbers = self.values.numbers(&self.facets[number], reader, column)?;
            let sums = &mut self.counts[number];
            for (value, count) in numbers.iter().zip(counted).filter(|(_, count)| *count > 0) {
                let place = usize::try_from(*value).unwrap_or(usize::MAX);
                if sums.len() <= place {
                    sums.resize(place + 1, 0);
                }
                sums[place] += u64::from(count);
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

    /// The prices in so many bars; none when nothing has one.
    pub(crate) fn prices(&self, bars: usize, currency: Currency) -> Option<PriceSummary> {
        let prices = self.prices.as_ref()?;
        let (lowest, highest) = (*prices.iter().min()?, *prices.iter().max()?);
        let money = |minor| Money::from_minor(minor, currency);
        let range = i128::from(highest) - i128::from(lowest) + 1;
        let wanted = i128::try_from(bars.max(1)).unwrap_or(1);
        let width = ((range + wanted - 1) / wanted).max(1);
        let mut counts = vec![0_u64; usize::try_from((range + width - 1) / width).unwrap_or(1)];
        for price in prices {
            let bar = (i128::from(*price) - i128::from(lowest)) / width;
            if let Some(count) = usize::try_from(bar).ok().and_then(|bar| counts.get_mut(bar)) {
                *count += 1;
            }
        }
        let edge = |bar: usize| i128::from(lowest) + width * i128::try_from(bar).unwrap_or_default();
        let minor = |edge: i128| i64::try_from(edge).unwrap_or(i64::MAX).min(highest);
        let bar = |(number, count): (usize, u64)| PriceBar {
            from: money(minor(edge(number))),
            to: money(minor(edge(number + 1) - 1)),
            count,
        };
        Some(PriceSummary {
            lowest: money(lowest),
            highest: money(highest),
            count: u64::try_from(prices.len()).unwrap_or(u64::MAX),
            bars: counts.into_iter().enumerate().map(bar).collect(),
        })
    }
}

/// The bit of the range of prices; groups have those below.
const PRICES: usize = 63;

fn count_block(ords: &Column<u64>, counts: &mut [u32], docs: &[DocId], fails: &[u64], own: u64) {
    let mut add = |ord: u64| {
        if let Some(count) = usize::try_from(ord).ok().and_then(|ord| counts.get_mut(ord)) {
            *count += 1;
        }
    };
    let counted = docs.iter().zip(fails).filter(|(_, fails)| *fails & !own == 0).map(|(doc, _)| *doc);
    if ords.get_cardinality() == Cardinality::Full {
        let mut out = [0; COLLECT_BLOCK_BUFFER_LEN];
        let mut kept = [0; COLLECT_BLOCK_BUFFER_LEN];
        let mut count = 0;
        for doc in counted {
            kept[count] = doc;
            count += 1;
        }
        ords.values.get_vals(&kept[..count], &mut out[..count]);
        out[..count].iter().for_each(|ord| add(*ord));
    } else {
        counted.for_each(|doc| ords.values_for_doc(doc).for_each(&mut add));
    }
}
