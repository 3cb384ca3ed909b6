use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Listing, Price, PriceRequest, Product, ProductStatus, Variant, price_choice::choose};
use crate::domain::ids::MarketId;

/// What one piece of a variant has cost everybody, market by market, up to the last time its product was saved.
///
/// Written whenever a product is saved through the catalog service; whatever a caller puts here is replaced. Prices of
/// a customer group, prices from two pieces on, those of a draft and promotions are not what everybody pays for one
/// piece, and are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceHistory {
    /// By market, then by time.
    lines: Vec<HistoryLine>,
    /// When the product was saved last: from then on its prices speak for themselves.
    until: Option<DateTime<Utc>>,
}

/// From a time on, one piece cost this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HistoryLine {
    /// Where.
    pub market: MarketId,
    /// From when on.
    pub since: DateTime<Utc>,
    /// The price, with the list it stood on; none while it was not sold to everybody.
    pub price: Option<Price>,
}

/// A price that is lower than any in the 30 days before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// What a piece costs now.
    pub price: Price,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The lowest price of the 30 days before: the one to show beside it.
    pub prior: Price,
}

impl PriceHistory {
    /// Nothing, which means that nothing is known.
    pub const EMPTY: Self = Self { lines: Vec::new(), until: None };
    /// How far a buyer may look back.
    pub const WINDOW: TimeDelta = TimeDelta::days(30);
    /// The most lines of one market. Where there would be more, the two oldest become one, at the lower of their
    /// prices: the lowest price is then never told too high.
    pub const LINES: usize = 100;

    /// All lines, by market, then by time.
    pub fn lines(&self) -> &[HistoryLine] {
        &self.lines
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.until.is_none()
    }

    /// The history of a variant whose prices were `before` and are `after` from now on.
    fn continued(&self, before: &[Price], after: &[Price], now: DateTime<Utc>) -> Self {
        // A clock that was put back must not make the past longer than it was.
        let now = self.until.map_or(now, |until| until.max(now));
        let priced = before.iter().chain(after).map(|price| &price.market);
        let markets: BTreeSet<&MarketId> = priced.chain(self.lines.iter().map(|line| &line.market)).collect();
        let lines = markets.into_iter().flat_map(|market| {
            let mut steps = self.steps(before, market, now);
            steps.retain(|step| step.since < now);
            add(&mut steps, now, charged(after, market, now));
            pruned(steps, now).into_iter().map(|Step { since, price }| HistoryLine {
                market: market.clone(),
                since,
                price: price.cloned(),
            })
        });
        Self { lines: lines.collect(), until: Some(now) }
    }

    /// What was charged until `to`, this moment included: what was noted, then what the prices say of the time since.
    ///
    /// A product that was saved before there was a history is taken to have had its prices for 30 days.
    fn steps<'a>(&'a self, prices: &'a [Price], market: &MarketId, to: DateTime<Utc>) -> Vec<Step<'a>> {
        let noted = self.lines.iter().filter(|line| line.market == *market && line.since <= to);
        let mut steps: Vec<Step<'a>> =
            noted.map(|line| Step { since: line.since, price: line.price.as_ref() }).collect();
        let known = self.until.unwrap_or(to - Self::WINDOW);
        let lists =
            prices.iter().filter(|price| price.market == *market).filter_map(|price| price.list.as_ref());
        let turns = lists.flat_map(|list| [list.starts_at, list.ends_at]).flatten();
        let turns: BTreeSet<DateTime<Utc>> = turns
            .filter(|turn| known < *turn && *turn <= to)
            .chain([known].into_iter().filter(|it| *it <= to))
            .collect();
        for turn in turns {
            add(&mut steps, turn, charged(prices, market, turn));
        }
        steps
    }
}

/// From a time on, one piece cost this.
#[derive(Debug, Clone, Copy)]
struct Step<'a> {
    since: DateTime<Utc>,
    price: Option<&'a Price>,
}

/// What everybody pays for one piece.
fn charged<'a>(prices: &'a [Price], market: &MarketId, at: DateTime<Utc>) -> Option<&'a Price> {
    choose(prices, &PriceRequest { market, group: None, at, pieces: 1 })
}

/// Adds a step, if it changes what is charged.
fn add<'a>(steps: &mut Vec<Step<'a>>, since: DateTime<Utc>, price: Option<&'a Price>) {
    let last = steps.last().and_then(|step| step.price);
    let same = match (last, price) {
        (Some(last), Some(price)) => last.piece_by_piece(price).is_eq(),
        (None, None) => true,
        _ => false,
    };
    if !same {
        steps.push(Step { since, price });
    }
}

/// The steps that somebody may still ask for: those of 30 days before now, or before the present price began if that
/// is longer ago, with the one that was in force when those days began.
fn pruned(mut steps: Vec<Step<'_>>, now: DateTime<Utc>) -> Vec<Step<'_>> {
    let began = steps.last().map_or(now, |step| step.since);
    let start = now.min(began) - PriceHistory::WINDOW;
    let first = steps.iter().rposition(|step| step.since <= start).unwrap_or(0);
    steps.drain(..first);
    while steps.len() > PriceHistory::LINES {
        let second = steps.remove(1);
        steps[0].price = lower(steps[0].price, second.price);
    }
    steps
}

fn lower<'a>(one: Option<&'a Price>, other: Option<&'a Price>) -> Option<&'a Price> {
    [one, other].into_iter().flatten().min_by(|one, other| one.piece_by_piece(other))
}

impl Product {
    /// Continues the price history of each variant from what the product was before; a variant that it did not have
    /// before, or under another SKU, begins a new one.
    pub fn note_prices(&mut self, before: Option<&Self>, now: DateTime<Utc>) {
        let status = self.status;
        for variant in &mut self.variants {
            let after = if status == ProductStatus::Active { &*variant.prices } else { &[] };
            let known = before.and_then(|before| Some((before, before.variant(&variant.sku)?)));
            variant.price_history = match known {
                Some((product, before)) => {
                    before.price_history.continued(product.on_sale(before), after, now)
                }
                None => PriceHistory { until: Some(now), ..PriceHistory::EMPTY }.continued(&[], after, now),
            };
        }
    }

    /// The prices that somebody may pay.
    fn on_sale<'a>(&self, variant: &'a Variant) -> &'a [Price] {
        if self.status == ProductStatus::Active { &variant.prices } else { &[] }
    }
}

impl Listing {
    /// The lowest price that everybody could buy one piece at in the 30 days before `at`, up to but not at that
    /// moment; none if it was not for sale, or nothing is known of that time.
    ///
    /// What a shop in the European Union has to show beside a reduced price when the reduction begins `at` then:
    /// Directive 98/6/EC, Article 6a, as amended by Directive (EU) 2019/2161.
    pub fn lowest_price(&self, market: &MarketId, at: DateTime<Utc>) -> Option<&Price> {
        lowest(&self.steps(market, at), at)
    }

    /// The reduction that may be announced now: the price of now and the lowest of the 30 days before it began. None
    /// when the price is no lower than that.
    ///
    /// Where a price is lowered step by step, each step is a reduction of its own.
    pub fn reduction(&self, market: &MarketId, now: DateTime<Utc>) -> Option<Reduction> {
        let steps = self.steps(market, now);
        let Step { since, price } = *steps.last()?;
        let (price, prior) = (price?, lowest(&steps, since)?);
        price.is_lower_than(prior).then(|| Reduction { price: price.clone(), since, prior: prior.clone() })
    }

    fn steps(&self, market: &MarketId, to: DateTime<Utc>) -> Vec<Step<'_>> {
        self.variant().price_history.steps(self.product().on_sale(self.variant()), market, to)
    }
}

/// The lowest of the steps in force in the 30 days before `at`.
fn lowest<'a>(steps: &[Step<'a>], at: DateTime<Utc>) -> Option<&'a Price> {
    let before = &steps[..steps.partition_point(|step| step.since < at)];
    let start = at - PriceHistory::WINDOW;
    let first = before.iter().rposition(|step| step.since <= start).unwrap_or(0);
    before[first..].iter().filter_map(|step| step.price).min_by(|one, other| one.piece_by_piece(other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        catalog::PriceList,
        ids::{CustomerGroup, PriceListCode, ProductId, Sku},
        money::{Currency, Money},
    };

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000 + day)
    }

    fn price(minor: i64) -> Price {
        Price::new(MarketId::main(), Money::from_minor(minor, Currency::EUR))
    }

    fn on(list: PriceList, minor: i64) -> Price {
        price(minor).on_list(list)
    }

    fn list(code: &str) -> PriceList {
        PriceList::new(PriceListCode::new(code).unwrap())
    }

    fn mug(prices: Vec<Price>) -> Product {
        let variant = Variant { prices, ..Variant::new(Sku::new("MUG").unwrap()) };
        Product::new(ProductId::from_uuid(uuid::Uuid::nil()), "Mug", variant)
    }

    /// A mug that was saved with these prices at these times.
    fn saved(saves: impl IntoIterator<Item = (DateTime<Utc>, Vec<Price>)>) -> Listing {
        saved_as(saves.into_iter().map(|(at, prices)| (at, ProductStatus::Active, prices)))
    }

    fn saved_as(saves: impl IntoIterator<Item = (DateTime<Utc>, ProductStatus, Vec<Price>)>) -> Listing {
        let mut before: Option<Product> = None;
        for (at, status, prices) in saves {
            let mut after = Product { status, ..mug(prices) };
            after.note_prices(before.as_ref(), at);
            before = Some(after);
        }
        listed(before.unwrap())
    }

    fn listed(product: Product) -> Listing {
        let sku = product.variants[0].sku.clone();
        Listing::of(product.into(), &sku).unwrap()
    }

    fn at_prices(saves: &[(i64, i64)]) -> Listing {
        saved(saves.iter().map(|(on, minor)| (day(*on), vec![price(*minor)])))
    }

    fn lowest(mug: &Listing, at: DateTime<Utc>) -> Option<i64> {
        mug.lowest_price(&MarketId::main(), at).map(|price| price.amount.minor())
    }

    fn reduction(mug: &Listing, at: DateTime<Utc>) -> Option<(i64, DateTime<Utc>, i64)> {
        let reduction = mug.reduction(&MarketId::main(), at)?;
        Some((reduction.price.amount.minor(), reduction.since, reduction.prior.amount.minor()))
    }

    #[test]
    fn a_price_counts_until_thirty_days_after_its_last_moment() {
        let mug = at_prices(&[(0, 800), (10, 1_000)]);
        let moment = TimeDelta::milliseconds(1);
        assert_eq!(lowest(&mug, day(10)), Some(800));
        assert_eq!(lowest(&mug, day(40) - moment), Some(800));
        assert_eq!(lowest(&mug, day(40)), Some(1_000), "it was over when the 30 days began");
    }

    #[test]
    fn the_price_that_begins_with_the_reduction_is_not_one_before_it() {
        let mug = at_prices(&[(0, 1_000), (5, 700)]);
        assert_eq!(lowest(&mug, day(5)), Some(1_000));
        assert_eq!(lowest(&mug, day(5) + TimeDelta::milliseconds(1)), Some(700));
        assert_eq!(lowest(&mug, day(0)), None, "nothing was sold before");
    }

    #[test]
    fn raising_a_price_just_before_lowering_it_makes_no_reduction() {
        let mug = at_prices(&[(0, 1_000), (40, 1_500), (41, 1_000)]);
        assert_eq!(reduction(&mug, day(41)), None);
        let lower = at_prices(&[(0, 1_000), (40, 1_500), (41, 900)]);
        assert_eq!(reduction(&lower, day(45)), Some((900, day(41), 1_000)));
    }

    #[test]
    fn a_long_reduction_is_shown_with_the_price_before_it_however_often_the_product_is_saved() {
        let saves = [(0, 1_000), (50, 700)].into_iter().chain((51..300).map(|day| (day, 700)));
        let mug = at_prices(&saves.collect::<Vec<_>>());
        assert_eq!(reduction(&mug, day(300)), Some((700, day(50), 1_000)));
        assert_eq!(mug.variant().price_history.lines().len(), 2);
    }

    #[test]
    fn the_dates_of_a_price_list_count_though_nobody_saves_anything_then() {
        let sale = PriceList { starts_at: Some(day(10)), ends_at: Some(day(20)), ..list("sale") };
        let mug = saved([(day(0), vec![price(1_000), on(sale, 700)])]);
        assert_eq!(lowest(&mug, day(10)), Some(1_000));
        assert_eq!(reduction(&mug, day(15)), Some((700, day(10), 1_000)));
        assert_eq!(lowest(&mug, day(45)), Some(700));
        assert_eq!(lowest(&mug, day(50)), Some(1_000));
        assert_eq!(reduction(&mug, day(25)), None);
    }

    #[test]
    fn a_list_that_is_taken_away_has_been_charged_all_the_same() {
        let sale = PriceList { starts_at: Some(day(10)), ..list("sale") };
        let mug = saved([(day(0), vec![price(1_000), on(sale, 700)]), (day(20), vec![price(1_000)])]);
        assert_eq!(lowest(&mug, day(30)), Some(700));
    }

    #[test]
    fn a_list_with_a_date_in_the_past_counts_from_when_it_was_saved() {
        let sale = PriceList { starts_at: Some(day(-100)), ..list("sale") };
        let mug = saved([(day(0), vec![price(1_000)]), (day(20), vec![price(1_000), on(sale, 700)])]);
        assert_eq!(reduction(&mug, day(21)), Some((700, day(20), 1_000)));
    }

    #[test]
    fn what_is_not_for_everybody_or_not_for_one_piece_does_not_count() {
        let vip = PriceList { group: Some(CustomerGroup::new("vip").unwrap()), ..list("vip") };
        let ten = price(500).from_pieces(std::num::NonZeroU32::MIN.saturating_add(9));
        let mug = saved([(day(0), vec![price(1_000), ten, on(vip, 100)])]);
        assert_eq!(lowest(&mug, day(1)), Some(1_000));
    }

    #[test]
    fn a_market_knows_nothing_of_the_prices_of_another() {
        let here = |minor| vec![price(minor), Price { market: MarketId::new("uk").unwrap(), ..price(5) }];
        let mug = saved([(day(0), here(1_000)), (day(1), here(2_000))]);
        assert_eq!(lowest(&mug, day(2)), Some(1_000));
        assert_eq!(mug.lowest_price(&MarketId::new("us").unwrap(), day(2)), None);
    }

    #[test]
    fn a_product_of_a_version_without_a_history_has_had_its_prices_for_thirty_days() {
        let mut after = mug(vec![price(700)]);
        after.note_prices(Some(&mug(vec![price(1_000)])), day(0));
        assert_eq!(reduction(&listed(after), day(1)), Some((700, day(0), 1_000)));
        assert_eq!(lowest(&listed(mug(vec![price(1_000)])), day(1)), Some(1_000), "also before it is saved");
    }

    #[test]
    fn nobody_has_paid_the_price_of_a_draft() {
        let (draft, active) = (ProductStatus::Draft, ProductStatus::Active);
        let saves =
            [(day(0), draft, 100), (day(1), active, 1_000), (day(2), active, 900), (day(3), draft, 900)];
        let mug = |saves: &[(DateTime<Utc>, ProductStatus, i64)]| {
            saved_as(saves.iter().map(|(at, status, minor)| (*at, *status, vec![price(*minor)])))
        };
        assert_eq!(lowest(&mug(&saves[..1]), day(1)), None);
        assert_eq!(reduction(&mug(&saves[..3]), day(2)), Some((900, day(2), 1_000)));
        let taken_back = mug(&saves);
        assert_eq!(lowest(&taken_back, day(33)), None);
        assert_eq!(reduction(&taken_back, day(4)), None);
    }

    #[test]
    fn what_the_caller_says_of_the_past_is_not_believed() {
        let before = mug(vec![price(1_000)]);
        let mut after = mug(vec![price(900)]);
        after.variants[0].price_history = at_prices(&[(-50, 5_000)]).variant().price_history.clone();
        after.note_prices(Some(&before), day(0));
        assert_eq!(reduction(&listed(after), day(0)), Some((900, day(0), 1_000)));
    }

    #[test]
    fn a_price_that_changes_every_hour_does_not_make_a_product_endless() {
        let hours = |hour: i64| day(0) + TimeDelta::hours(hour);
        let mug = saved((0..500).map(|hour| (hours(hour), vec![price(1_000 + hour % 7)])));
        assert_eq!(mug.variant().price_history.lines().len(), PriceHistory::LINES);
        assert_eq!(lowest(&mug, hours(500)), Some(1_000));
    }

    #[test]
    fn a_clock_that_was_put_back_changes_nothing_that_was_noted() {
        let mug = at_prices(&[(10, 1_000), (5, 700)]);
        assert_eq!(reduction(&mug, day(11)), None, "nothing was sold for 1,000 for any time");
        assert!(mug.variant().price_history.lines().is_sorted_by_key(|line| line.since));
    }

    proptest! {
        /// Whatever is forgotten, the answer of a history is the one of the whole past.
        #[test]
        fn forgetting_changes_no_answer(
            saves in prop::collection::vec((1_i64..20, 1_i64..6), 1..30),
            later in 1_i64..60,
        ) {
            let mut on = 0;
            let past: Vec<(i64, i64)> = saves.iter().map(|(days, minor)| { on += days; (on, *minor) }).collect();
            let at = on + later;
            let ends = past.iter().skip(1).map(|(day, _)| *day).chain([at]);
            let charged = past.iter().zip(ends).filter(|(_, end)| *end > at - 30).map(|((_, minor), _)| *minor);
            prop_assert_eq!(lowest(&at_prices(&past), day(at)), charged.min());
        }
    }
}
