use commerce_core::{
    domain::money::{Currency, Money},
    gateway::{PriceBar, PriceSummary},
};

/// What products cost, as they are counted.
pub(super) struct Prices {
    bars: usize,
    lowest: i64,
    highest: i64,
    count: u64,
    /// Each price; none for a single bar, which needs no more than the numbers above.
    all: Vec<i64>,
}

impl Prices {
    /// To be shown in so many bars.
    pub(super) const fn new(bars: usize) -> Self {
        Self { bars, lowest: i64::MAX, highest: i64::MIN, count: 0, all: Vec::new() }
    }

    pub(super) fn add(&mut self, price: i64) {
        self.lowest = self.lowest.min(price);
        self.highest = self.highest.max(price);
        self.count += 1;
        if self.bars > 1 {
            self.all.push(price);
        }
    }

    /// From the lowest to the highest; none when nothing has a price.
    pub(super) fn summary(&self, currency: Currency) -> Option<PriceSummary> {
        if self.count == 0 {
            return None;
        }
        let money = |minor| Money::from_minor(minor, currency);
        let range = self.highest.abs_diff(self.lowest);
        // As wide as it takes for the highest price to be in the last bar.
        let width = range / u64::try_from(self.bars.max(1)).unwrap_or(1) + 1;
        let mut counts = vec![0_u64; usize::try_from(range / width).unwrap_or_default() + 1];
        let last = counts.len() - 1;
        for price in &self.all {
            let bar = usize::try_from(price.abs_diff(self.lowest) / width).unwrap_or(usize::MAX);
            counts.get_mut(bar).into_iter().for_each(|count| *count += 1);
        }
        if self.bars <= 1 {
            counts[last] = self.count;
        }
        let from = |bar: usize| {
            let above = u64::try_from(bar).unwrap_or(u64::MAX).saturating_mul(width);
            self.lowest.saturating_add_unsigned(above)
        };
        let bar = |(number, count): (usize, u64)| {
            let to = if number == last { self.highest } else { from(number + 1) - 1 };
            PriceBar { from: money(from(number)), to: money(to), count }
        };
        Some(PriceSummary {
            lowest: money(self.lowest),
            highest: money(self.highest),
            count: self.count,
            bars: counts.into_iter().enumerate().map(bar).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(prices: &[i64], bars: usize) -> Vec<(i64, i64, u64)> {
        let mut counted = Prices::new(bars);
        prices.iter().for_each(|price| counted.add(*price));
        let summary = counted.summary(Currency::EUR).unwrap();
        summary.bars.iter().map(|bar| (bar.from.minor(), bar.to.minor(), bar.count)).collect()
    }

    #[test]
    fn every_price_is_in_one_bar_however_far_they_are_apart() {
        assert_eq!(bars(&[7, 7], 3), [(7, 7, 2)]);
        assert_eq!(bars(&[1, 2, 3, 4], 2), [(1, 2, 2), (3, 4, 2)]);
        assert_eq!(bars(&[1, 5], 1), [(1, 5, 2)]);
        assert_eq!(bars(&[1, 5], 100), [(1, 1, 1), (2, 2, 0), (3, 3, 0), (4, 4, 0), (5, 5, 1)]);
        let (least, most) = (i64::MIN + 1, i64::MAX);
        assert_eq!(bars(&[least, 0, most], 2), [(least, 0, 2), (1, most, 1)]);
        assert_eq!(bars(&[least, most], 1), [(least, most, 2)]);
        assert!(Prices::new(1).summary(Currency::EUR).is_none());
    }
}
