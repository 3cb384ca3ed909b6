//! The laws of money, over carts that nobody thought of: 10,000 of them, or as many as `LAWS` says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod draw;

use std::{collections::BTreeMap, sync::Arc};

use commerce_kit::domain::{
    catalog::Price,
    ids::LineId,
    money::{Currency, Money, Rounding},
    pricing::{
        Benefit, Outcome, Pick, Promotion, Quote, QuoteLine, Rule, Stacking, TaxLevel, TaxRate, Working,
    },
};
use draw::{Line, Purchase, purchases};
use proptest::{collection::vec, prelude::*};
use rust_decimal::{Decimal, prelude::ToPrimitive};

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn a_quote_adds_up_whatever_is_in_the_cart(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        prop_assert!(quote.adds_up(), "{quote:#?}");
        let shipping = quote.shipping.as_ref().and_then(|shipping| shipping.discount).map_or(0, Money::minor);
        let off = told(&quote, |rule| matches!(rule, Rule::Promotion { .. }));
        prop_assert_eq!(off, quote.discount.minor() + shipping);
        prop_assert_eq!(told(&quote, |rule| matches!(rule, Rule::Tax { .. })), quote.tax.minor());
        for line in &quote.lines {
            prop_assert!(line.discount <= line.goods, "{line:#?}");
        }
    }

    #[test]
    fn the_total_is_replayed_from_what_is_stored(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        prop_assert_eq!(quote.replay(), Ok(quote.total), "{:#?}", quote);
    }

    #[test]
    fn every_tax_is_what_its_rate_says(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        let lines = quote.lines.iter().map(|line| (&line.tax_rate, line.net, line.tax, line.total));
        let shipping = quote.shipping.iter().map(|it| (&it.tax_rate, it.net, it.tax, it.total));
        let parts: Vec<_> = lines.chain(shipping).collect();
        for &(rate, net, tax, total) in &parts {
            let (asked, charged) = match purchase.settings.level {
                TaxLevel::Line => (purchase.tax_on(rate, net, total), tax.minor()),
                TaxLevel::Total => {
                    let alike = || parts.iter().filter(|part| part.0 == rate);
                    let sum = |part: fn(&(&TaxRate, Money, Money, Money)) -> Money| {
                        Money::sum(quote.currency, alike().map(part)).unwrap()
                    };
                    (purchase.tax_on(rate, sum(|it| it.1), sum(|it| it.3)), sum(|it| it.2).minor())
                }
            };
            prop_assert_eq!(asked, charged);
        }
    }

    #[test]
    fn the_order_of_the_lines_changes_nothing((purchase, shuffled) in purchases().prop_flat_map(|purchase| {
        let picks = Just(purchase.picks.clone()).prop_shuffle();
        (Just(purchase), picks)
    })) {
        let by_id = |picks: &[Line]| {
            let mut quote = purchase.quote(picks);
            quote.lines.sort_by_key(|line| line.line);
            quote
        };
        prop_assert_eq!(by_id(&purchase.picks), by_id(&shuffled));
    }

    #[test]
    fn no_cap_is_exceeded(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        let (mut groups, mut off_goods) = (BTreeMap::new(), 0);
        for (promotion, amount) in counted(&purchase, &quote) {
            prop_assert!(promotion.cap.is_none_or(|cap| amount <= cap.minor()), "{promotion:?}");
            if matches!(promotion.benefit, Benefit::Gift { .. } | Benefit::FreeShipping) {
                continue;
            }
            off_goods += amount;
            if let Stacking::Group { group, cap, .. } = &promotion.stacking {
                let taken: &mut i64 = groups.entry(group).or_default();
                *taken += amount;
                prop_assert!(cap.is_none_or(|cap| *taken <= cap.minor()), "{promotion:?} {taken}");
            }
        }
        if let Some(cap) = purchase.discount_cap {
            let gifts = gifts(&quote);
            let bought = quote.lines.iter().filter(|line| !gifts.contains(&line.line));
            let goods: i64 = bought.map(|line| line.goods.minor()).sum();
            let most = Rounding::HalfUp.round(Decimal::from(goods) * cap / Decimal::ONE_HUNDRED);
            prop_assert!(off_goods <= most.to_i64().unwrap(), "{off_goods} of at most {most}");
        }
    }

    #[test]
    fn no_promotion_takes_a_line_below_the_floor_of_its_price(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        let gifts = gifts(&quote);
        for line in quote.lines.iter().filter(|line| !gifts.contains(&line.line)) {
            let left = line.goods.minor() - line.discount.minor();
            prop_assert!(left >= floor(line), "{line:#?}");
        }
    }

    #[test]
    fn a_line_costs_what_is_asked_for_as_many_pieces_as_all_lines_have(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        for pick in &purchase.picks {
            let variant = pick.line.listing.variant();
            let alike = purchase.picks.iter().filter(|other| other.line.listing.variant().sku == variant.sku);
            let pieces: u32 = alike.map(|other| other.line.quantity.get()).sum();
            let asked = variant.prices.iter().rfind(|price| price.from_quantity.get() <= pieces);
            let line = quote.lines.iter().find(|line| line.line == pick.line.id);
            prop_assert_eq!(line.map(|line| &line.unit_price), asked);
        }
    }

    #[test]
    fn who_does_not_share_stands_alone(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        let counted: Vec<&Promotion> = counted(&purchase, &quote).map(|(promotion, _)| promotion).collect();
        let group = |promotion: &Promotion| match &promotion.stacking {
            Stacking::Group { group, .. } => Some(group.clone()),
            _ => None,
        };
        for (place, promotion) in counted.iter().enumerate() {
            match promotion.stacking {
                Stacking::Alone => prop_assert_eq!(counted.len(), 1),
                Stacking::Group { pick: Pick::First, .. } => {
                    prop_assert!(counted[..place].iter().all(|it| group(it) != group(promotion)));
                }
                Stacking::Group { pick: Pick::Best, .. } => {
                    let rival = |it: &&&Promotion| {
                        it.stacking != promotion.stacking || it.id != promotion.id
                    };
                    let best = |it: &&&Promotion| {
                        matches!(it.stacking, Stacking::Group { pick: Pick::Best, .. })
                            && group(it) == group(promotion)
                    };
                    prop_assert_eq!(counted.iter().filter(rival).filter(best).count(), 0);
                }
                Stacking::Group { pick: Pick::Every, .. } | Stacking::Free => {}
            }
        }
    }

    #[test]
    fn an_unrelated_line_changes_no_other_lines_discount(
        purchase in purchases().prop_map(Purchase::with_local_promotions),
        minor in 0..1_000_000_i64,
    ) {
        let discounts = |quote: &Quote| -> BTreeMap<LineId, Money> {
            quote.lines.iter().map(|line| (line.line, line.discount)).collect()
        };
        let mut expected = discounts(&purchase.quote(&purchase.picks));
        let unrelated = purchase.unrelated(minor);
        expected.insert(unrelated.line.id, Money::zero(purchase.market.currency));
        let mut picks = purchase.picks.clone();
        picks.insert(picks.len() / 2, unrelated);
        prop_assert_eq!(discounts(&purchase.quote(&picks)), expected);
    }

    #[test]
    fn a_split_is_fair_to_the_cent(
        minor in any::<i64>(),
        weights in vec(prop_oneof![Just(0), 1_u64..100, any::<u32>().prop_map(u64::from)], 1..60),
    ) {
        let parts = Money::from_minor(minor, Currency::EUR).split(&weights);
        let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
        prop_assert_eq!(sum, i128::from(minor));
        let all: i128 = weights.iter().copied().map(i128::from).sum();
        for (part, weight) in parts.iter().zip(weights).filter(|_| all > 0) {
            let off = i128::from(part.minor()) * all - i128::from(minor) * i128::from(weight);
            prop_assert!(off.abs() < all, "{part} is a cent or more off its share");
        }
    }
}

fn laws() -> ProptestConfig {
    let cases =
        std::env::var("LAWS").map_or(10_000, |count| count.parse().expect("LAWS is a number of carts"));
    // A draw that is thrown away now and then would end a run of a million: there is a most of those for all carts.
    let none = ProptestConfig { max_local_rejects: 0, max_global_rejects: 0, ..ProptestConfig::default() };
    ProptestConfig { cases, failure_persistence: None, ..none }
}

/// What the rules of this kind say they came to, in all.
fn told(quote: &Quote, kind: fn(&Rule) -> bool) -> i64 {
    let applied = quote.explanation.iter().filter(|it| kind(&it.rule)).filter_map(|it| match it.outcome {
        Outcome::Applied { amount } => Some(amount.minor()),
        Outcome::NotApplied(_) => None,
    });
    applied.sum()
}

/// The promotions that count, in their order, and what each comes to.
fn counted<'a>(purchase: &'a Purchase, quote: &'a Quote) -> impl Iterator<Item = (&'a Promotion, i64)> {
    quote.explanation.iter().filter_map(|entry| {
        let (Rule::Promotion { promotion, .. }, Outcome::Applied { amount }) = (&entry.rule, &entry.outcome)
        else {
            return None;
        };
        let found = purchase.promotions.iter().map(Arc::as_ref).find(|it| it.id == *promotion);
        Some((found.expect("only what was offered counts"), amount.minor()))
    })
}

fn gifts(quote: &Quote) -> Vec<LineId> {
    let gift = |working: &Working| match working {
        Working::Gift { line } => Some(*line),
        _ => None,
    };
    quote.explanation.iter().filter_map(|entry| gift(entry.working.as_ref()?)).collect()
}

/// What discounts must leave of a line, in decimal arithmetic, which prices are not computed with.
fn floor(line: &QuoteLine) -> i64 {
    let Price { floor, unit_quantity, .. } = &line.unit_price;
    let each = floor.map_or(Decimal::ZERO, |floor| Decimal::from(floor.minor()));
    let all = each * Decimal::from(line.quantity.get()) / Decimal::from(unit_quantity.get());
    Rounding::HalfUp.round(all).to_i64().unwrap()
}

/// A law over draws that never reach a kind says nothing about it: ten thousand carts see every kind count.
#[test]
fn every_kind_of_promotion_and_price_counts_somewhere() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::<&str, u32>::new();
    for _ in 0..10_000 {
        let purchase = purchases().new_tree(&mut runner).unwrap().current();
        let quote = purchase.quote(&purchase.picks);
        for (promotion, _) in counted(&purchase, &quote) {
            *seen.entry(kind(promotion)).or_default() += 1;
            *seen.entry(company(promotion)).or_default() += 1;
        }
        for line in &quote.lines {
            let left = line.goods.minor() - line.discount.minor();
            if line.discount.minor() > 0 && line.unit_price.floor.is_some() && left == floor(line) {
                *seen.entry("down to a floor").or_default() += 1;
            }
            if line.unit_price.from_quantity.get() > 1 {
                *seen.entry("a price for many").or_default() += 1;
            }
        }
    }
    let rare: Vec<_> = seen.iter().filter(|(_, count)| **count < 100).collect();
    assert!(seen.len() == 12 && rare.is_empty(), "{seen:?}");
}

const fn kind(promotion: &Promotion) -> &'static str {
    match promotion.benefit {
        Benefit::Percent(_) => "percent",
        Benefit::Fixed(_) => "fixed",
        Benefit::BuyGet(_) => "buy and get",
        Benefit::Gift { .. } => "gift",
        Benefit::FreeShipping => "free shipping",
    }
}

const fn company(promotion: &Promotion) -> &'static str {
    match promotion.stacking {
        Stacking::Free => "beside all",
        Stacking::Alone => "alone",
        Stacking::Group { pick: Pick::Every, .. } => "every one of a group",
        Stacking::Group { pick: Pick::First, .. } => "the first of a group",
        Stacking::Group { pick: Pick::Best, .. } => "the best of a group",
    }
}
