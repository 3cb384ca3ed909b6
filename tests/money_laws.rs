//! The laws of money, over carts that nobody thought of: 10,000 of them, or as many as `LAWS` says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::{num::NonZeroU32, sync::Arc};

use chrono::DateTime;
use commerce_kit::domain::{
    cart::Quantity,
    catalog::{Listing, Market, Price, PriceMode, Product, Variant},
    ids::{CouponCode, LineId, MarketId, ProductId, PromotionId, Sku, TaxCategory},
    metadata::Metadata,
    money::{Currency, Money, Rounding},
    pricing::{
        Benefit, Conditions, GoodsLine, Outcome, PricingContext, Promotion, Quote, Rule, ShippingRate,
        Target, TaxLevel, TaxRate, TaxRates, TaxSettings, price_goods,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use rust_decimal::{Decimal, dec, prelude::ToPrimitive};
use uuid::Uuid;

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn a_quote_adds_up_whatever_is_in_the_cart(purchase in purchases()) {
        let quote = purchase.quote(&purchase.picks);
        prop_assert!(quote.adds_up(), "{quote:#?}");
        prop_assert_eq!(told(&quote, |rule| matches!(rule, Rule::Promotion { .. })), quote.discount.minor());
        prop_assert_eq!(told(&quote, |rule| matches!(rule, Rule::Tax { .. })), quote.tax.minor());
        for line in &quote.lines {
            prop_assert!(line.discount <= line.goods, "{line:#?}");
        }
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
        let by_id = |picks: &[Pick]| {
            let mut quote = purchase.quote(picks);
            quote.lines.sort_by_key(|line| line.line);
            quote
        };
        prop_assert_eq!(by_id(&purchase.picks), by_id(&shuffled));
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
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// What the rules of this kind say they came to, in all.
fn told(quote: &Quote, kind: fn(&Rule) -> bool) -> i64 {
    let applied = quote.explanation.iter().filter(|it| kind(&it.rule)).filter_map(|it| match it.outcome {
        Outcome::Applied { amount } => Some(amount.minor()),
        Outcome::NotApplied(_) => None,
    });
    applied.sum()
}

#[derive(Debug, Clone)]
struct Purchase {
    market: Market,
    picks: Vec<Pick>,
    promotions: Vec<Arc<Promotion>>,
    coupon: Option<CouponCode>,
    shipping: Option<i64>,
    settings: TaxSettings,
}

/// A line, and the rate it is taxed at.
#[derive(Debug, Clone)]
struct Pick {
    line: GoodsLine,
    percent: Decimal,
}

impl Purchase {
    fn quote(&self, picks: &[Pick]) -> Quote {
        let context = PricingContext { market: self.market.clone(), group: None, at: DateTime::UNIX_EPOCH };
        let lines = picks.iter().map(|pick| pick.line.clone()).collect();
        let rates = TaxRates {
            lines: picks.iter().map(|pick| rate(pick.percent)).collect(),
            shipping: Some(rate(dec!(19))),
        };
        let goods = price_goods(&context, lines, &self.promotions, self.coupon.as_ref()).unwrap();
        let shipping = self.shipping.map(|minor| ShippingRate {
            name: "Parcel".into(),
            price: Money::from_minor(minor, self.market.currency),
            tax_category: TaxCategory::new("standard").unwrap(),
        });
        goods.with_shipping(shipping).unwrap().with_tax(self.settings, &rates).unwrap()
    }

    /// The tax on an amount in decimal arithmetic, which prices are not computed with.
    fn tax_on(&self, rate: &TaxRate, net: Money, total: Money) -> i64 {
        let exact = match self.market.prices {
            PriceMode::TaxAdded => Decimal::from(net.minor()) * rate.percent / Decimal::ONE_HUNDRED,
            PriceMode::TaxIncluded => {
                Decimal::from(total.minor()) * rate.percent / (Decimal::ONE_HUNDRED + rate.percent)
            }
        };
        self.settings.rounding.round(exact).to_i64().unwrap()
    }
}

fn rate(percent: Decimal) -> TaxRate {
    TaxRate { name: "VAT".into(), percent }
}

fn purchases() -> impl Strategy<Value = Purchase> {
    let currencies = select(vec![Currency::EUR, Currency::JPY, Currency::KWD]);
    let modes = select(vec![PriceMode::TaxIncluded, PriceMode::TaxAdded]);
    (currencies, modes).prop_flat_map(|(currency, prices)| {
        let market = Market { id: MarketId::new("here").unwrap(), currency, prices };
        let promotions = vec(rules(currency), 0..8).prop_map(|rules| {
            let named = (1_u128..).zip(rules).map(|(n, rule)| Arc::new(promotion(n, rule)));
            named.collect()
        });
        let coupon = option::of(Just(CouponCode::new("SPRING").unwrap()));
        (Just(market), picks(currency), promotions, coupon, option::of(0..20_000_i64), settings()).prop_map(
            |(market, picks, promotions, coupon, shipping, settings)| Purchase {
                market,
                picks,
                promotions,
                coupon,
                shipping,
                settings,
            },
        )
    })
}

fn settings() -> impl Strategy<Value = TaxSettings> {
    let levels = select(vec![TaxLevel::Line, TaxLevel::Total]);
    let roundings = select(vec![Rounding::HalfUp, Rounding::HalfEven]);
    (levels, roundings).prop_map(|(level, rounding)| TaxSettings { level, rounding })
}

/// One to 30 lines of up to nine SKUs, with ids in no order.
fn picks(currency: Currency) -> impl Strategy<Value = Vec<Pick>> {
    let prices = prop_oneof![0..20_i64, 0..10_000_i64, 0..100_000_000_i64];
    let per = select(vec![1_u32, 1, 1, 3, 1_000]);
    let pieces = prop_oneof![1..4_u32, 1..4_u32, 1..=Quantity::LIMIT];
    let percents =
        select(vec![dec!(0), dec!(5.5), dec!(7), dec!(8.875), dec!(19), dec!(20), dec!(33.333333)]);
    let pick = (any::<u64>(), 0..9_u8, prices, per, pieces, percents);
    vec(pick, 1..30).prop_map(move |picks| {
        let numbered = (0_u64..).zip(picks);
        let pick = |(n, (id, sku, price, per, pieces, percent))| {
            let id = Uuid::from_u64_pair(id, n);
            let price = Price {
                unit_quantity: NonZeroU32::new(per).unwrap(),
                ..Price::new(MarketId::new("here").unwrap(), Money::from_minor(price, currency))
            };
            Pick { line: line(id, sku, price, pieces), percent }
        };
        numbered.map(pick).collect()
    })
}

fn line(id: Uuid, n: u8, price: Price, pieces: u32) -> GoodsLine {
    let sku = sku(n);
    let variant = Variant::new(sku.clone()).with_price(price);
    let product = Product::new(ProductId::from_uuid(id), "Thing", variant);
    GoodsLine {
        id: LineId::from_uuid(id),
        listing: Listing::of(Arc::new(product), &sku).unwrap(),
        quantity: Quantity::new(pieces).unwrap(),
        metadata: Metadata::EMPTY,
    }
}

fn sku(n: u8) -> Sku {
    Sku::new(format!("SKU-{n}")).unwrap()
}

#[derive(Debug, Clone)]
struct PromotionRule {
    benefit: Benefit,
    target: Target,
    minimum: Option<Money>,
    coded: bool,
}

fn rules(currency: Currency) -> impl Strategy<Value = PromotionRule> {
    let money = move |minor| Money::from_minor(minor, currency);
    let benefits = prop_oneof![
        (1..=10_000_i64).prop_map(|percent| Benefit::Percent(Decimal::new(percent, 2))),
        prop_oneof![1..50_i64, 1..100_000_i64].prop_map(move |minor| Benefit::Fixed(money(minor))),
    ];
    let targets = prop_oneof![
        Just(Target::Order),
        Just(Target::all_lines()),
        proptest::collection::btree_set(0..9_u8, 1..4)
            .prop_map(|skus| Target::Lines { skus: skus.into_iter().map(sku).collect() }),
    ];
    let minimums = option::weighted(0.2, (0..50_000_i64).prop_map(money));
    (benefits, targets, minimums, any::<bool>()).prop_map(|(benefit, target, minimum, coded)| PromotionRule {
        benefit,
        target,
        minimum,
        coded,
    })
}

fn promotion(n: u128, rule: PromotionRule) -> Promotion {
    let id = PromotionId::from_uuid(Uuid::from_u128(n));
    let promotion = Promotion {
        conditions: Conditions { minimum: rule.minimum, group: None },
        code: rule.coded.then(|| CouponCode::new("SPRING").unwrap()),
        ..Promotion::new(id, "Promotion", rule.benefit, rule.target)
    };
    promotion.check().unwrap();
    promotion
}
