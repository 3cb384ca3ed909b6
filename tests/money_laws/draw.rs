//! Carts that nobody thought of, and promotions of every kind.

use std::{num::NonZeroU32, sync::Arc};

use chrono::DateTime;
use commerce_kit::domain::{
    cart::Quantity,
    catalog::{CategoryPath, Listing, Market, Price, PriceMode, Product, Variant},
    ids::{CouponCode, LineId, MarketId, ProductId, PromotionId, Sku, StackingGroup, TaxCategory},
    metadata::Metadata,
    money::{Currency, Money, Rounding},
    pricing::{
        Benefit, BuyGet, Conditions, Contains, GoodsLine, OrderCount, Pick, PricingContext, Promotion, Quote,
        Selection, ShippingRate, Stacking, Target, TaxLevel, TaxRate, TaxRates, TaxSettings, price_goods,
    },
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use rust_decimal::{Decimal, dec, prelude::ToPrimitive};
use uuid::Uuid;

/// How many SKUs there are; one in three is in the category `a`, one in `a/b`.
const SKUS: u8 = 9;

#[derive(Debug, Clone)]
pub(crate) struct Purchase {
    pub(crate) market: Market,
    pub(crate) picks: Vec<Line>,
    pub(crate) promotions: Vec<Arc<Promotion>>,
    pub(crate) coupon: Option<CouponCode>,
    pub(crate) orders: Option<OrderCount>,
    pub(crate) discount_cap: Option<Decimal>,
    pub(crate) shipping: Option<i64>,
    pub(crate) settings: TaxSettings,
}

/// A line, and the rate it is taxed at.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) line: GoodsLine,
    pub(crate) percent: Decimal,
}

impl Purchase {
    pub(crate) fn quote(&self, picks: &[Line]) -> Quote {
        let context = PricingContext {
            orders: self.orders,
            gifts: (0..SKUS).map(|n| self.gift(n)).collect(),
            discount_cap: self.discount_cap,
            ..PricingContext::new(self.market.clone(), DateTime::UNIX_EPOCH)
        };
        let lines = picks.iter().map(|pick| pick.line.clone()).collect();
        let goods = price_goods(&context, lines, &self.promotions, self.coupon.as_ref()).unwrap();
        let shipping = self.shipping.map(|minor| ShippingRate {
            name: "Parcel".into(),
            price: self.money(minor),
            tax_category: TaxCategory::new("standard").unwrap(),
        });
        let order = goods.with_shipping(shipping).unwrap();
        let mut lines: Vec<TaxRate> = picks.iter().map(|pick| rate(pick.percent)).collect();
        lines.resize(order.taxable().lines.len(), rate(dec!(7)));
        let rates = TaxRates { lines, shipping: Some(rate(dec!(19))) };
        order.with_tax(self.settings, &rates).unwrap()
    }

    /// The tax on an amount in decimal arithmetic, which prices are not computed with.
    pub(crate) fn tax_on(&self, rate: &TaxRate, net: Money, total: Money) -> i64 {
        let exact = match self.market.prices {
            PriceMode::TaxAdded => Decimal::from(net.minor()) * rate.percent / Decimal::ONE_HUNDRED,
            PriceMode::TaxIncluded => {
                Decimal::from(total.minor()) * rate.percent / (Decimal::ONE_HUNDRED + rate.percent)
            }
        };
        self.settings.rounding.round(exact).to_i64().unwrap()
    }

    /// The same with only those promotions that look at nothing but goods they name.
    pub(crate) fn with_local_promotions(mut self) -> Self {
        let local = |promotion: &Arc<Promotion>| {
            let named = matches!(&promotion.target, Target::Lines(selection) if !selection.is_all());
            named && promotion.conditions.minimum.is_none()
        };
        self.promotions.retain(local);
        Self { discount_cap: None, ..self }
    }

    /// A line of something that no promotion names.
    pub(crate) fn unrelated(&self, minor: i64) -> Line {
        let id = Uuid::from_u128(u128::MAX);
        let price = Price::new(self.market.id.clone(), self.money(minor));
        Line { line: line_of(id, "UNRELATED", "z", vec![price], 3), percent: dec!(19) }
    }

    fn gift(&self, n: u8) -> Listing {
        let price = Price::new(self.market.id.clone(), self.money(i64::from(n) * 111));
        line(Uuid::from_u128(n.into()), n, vec![price], 1).listing
    }

    fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.market.currency)
    }
}

fn rate(percent: Decimal) -> TaxRate {
    TaxRate { name: "VAT".into(), percent }
}

pub(crate) fn purchases() -> impl Strategy<Value = Purchase> {
    let currencies = select(vec![Currency::EUR, Currency::JPY, Currency::KWD]);
    let modes = select(vec![PriceMode::TaxIncluded, PriceMode::TaxAdded]);
    (currencies, modes).prop_flat_map(|(currency, prices)| {
        let market = Market { id: MarketId::new("here").unwrap(), currency, prices };
        let promotions = vec(promotions(currency), 0..10).prop_map(|drawn| {
            let named = (1_u128..).zip(drawn).map(|(n, promotion)| {
                let promotion = Promotion { id: PromotionId::from_uuid(Uuid::from_u128(n)), ..promotion };
                promotion.check().unwrap();
                Arc::new(promotion)
            });
            named.collect()
        });
        let coupon = option::of(Just(CouponCode::new("SPRING").unwrap()));
        let orders = option::of((0..3_u64, 0..2_u64))
            .prop_map(|orders| orders.map(|(placed, under_way)| OrderCount { placed, under_way }));
        let cap = option::weighted(0.2, (0..=10_000_i64).prop_map(|percent| Decimal::new(percent, 2)));
        let buyer = (coupon, orders, cap);
        (Just(market), picks(currency), promotions, buyer, option::of(0..20_000_i64), settings()).prop_map(
            |(market, picks, promotions, (coupon, orders, discount_cap), shipping, settings)| Purchase {
                market,
                picks,
                promotions,
                coupon,
                orders,
                discount_cap,
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
fn picks(currency: Currency) -> impl Strategy<Value = Vec<Line>> {
    let pieces = prop_oneof![1..4_u32, 1..4_u32, 1..=Quantity::LIMIT];
    let percents =
        select(vec![dec!(0), dec!(5.5), dec!(7), dec!(8.875), dec!(19), dec!(20), dec!(33.333333)]);
    let pick = (any::<u64>(), 0..SKUS, pieces, percents);
    (vec(prices(currency), usize::from(SKUS)), vec(pick, 1..30)).prop_map(|(prices, picks)| {
        let numbered = (0_u64..).zip(picks);
        let pick = |(n, (id, sku, pieces, percent))| {
            let id = Uuid::from_u64_pair(id, n);
            Line { line: line(id, sku, prices[usize::from(sku)].clone(), pieces), percent }
        };
        numbered.map(pick).collect()
    })
}

/// What a variant costs: from the first piece on, and perhaps from more on, each price perhaps with a floor.
fn prices(currency: Currency) -> impl Strategy<Value = Vec<Price>> {
    let amounts = prop_oneof![0..20_i64, 0..10_000_i64, 0..100_000_000_i64];
    let floors = option::weighted(0.4, 0..=100_i64);
    let tier = (2..8_u32, 0..=100_i64, floors.clone());
    (amounts, select(vec![1_u32, 1, 1, 3, 1_000]), floors, option::weighted(0.4, tier)).prop_map(
        move |(minor, per, floor, tier)| {
            let price = |minor: i64, floor: Option<i64>, from: u32| Price {
                unit_quantity: NonZeroU32::new(per).unwrap(),
                from_quantity: NonZeroU32::new(from).unwrap(),
                floor: floor.map(|percent| Money::from_minor(minor * percent / 100, currency)),
                ..Price::new(MarketId::new("here").unwrap(), Money::from_minor(minor, currency))
            };
            let tier = tier.map(|(from, percent, floor)| price(minor * percent / 100, floor, from));
            [price(minor, floor, 1)].into_iter().chain(tier).collect()
        },
    )
}

fn line(id: Uuid, n: u8, prices: Vec<Price>, pieces: u32) -> GoodsLine {
    let category = ["a", "a/b", "c"][usize::from(n % 3)];
    line_of(id, &format!("SKU-{n}"), category, prices, pieces)
}

fn line_of(id: Uuid, sku: &str, category: &str, prices: Vec<Price>, pieces: u32) -> GoodsLine {
    let sku = Sku::new(sku).unwrap();
    let variant = Variant { prices, ..Variant::new(sku.clone()) };
    let product = Product::new(ProductId::from_uuid(id), "Thing", variant);
    let product = Product { categories: vec![CategoryPath::new(category).unwrap()], ..product };
    product.check().unwrap();
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

/// Promotions of every kind, under every condition, that go together in every way.
fn promotions(currency: Currency) -> impl Strategy<Value = Promotion> {
    let conditions = conditions(currency);
    let stacking = stackings(currency);
    let cap = option::weighted(0.2, moneys(currency));
    (benefits(currency), conditions, stacking, cap, -1..2_i32, any::<bool>()).prop_map(
        |((benefit, target), conditions, stacking, cap, priority, coded)| {
            let gift = matches!(benefit, Benefit::Gift { .. });
            let best = matches!(stacking, Stacking::Group { pick: Pick::Best, .. });
            let stacking = if best && benefit == Benefit::FreeShipping { Stacking::Free } else { stacking };
            Promotion {
                conditions,
                stacking,
                priority,
                cap: cap.filter(|_| !gift),
                code: coded.then(|| CouponCode::new("SPRING").unwrap()),
                ..Promotion::new(PromotionId::from_uuid(Uuid::nil()), "Promotion", benefit, target)
            }
        },
    )
}

fn benefits(currency: Currency) -> impl Strategy<Value = (Benefit, Target)> {
    let percents = || (1..=10_000_i64).prop_map(|percent| Decimal::new(percent, 2));
    let few = || (1..4_u32).prop_map(|few| NonZeroU32::new(few).unwrap());
    let off = prop_oneof![percents().prop_map(Benefit::Percent), moneys(currency).prop_map(Benefit::Fixed)];
    let targets = prop_oneof![Just(Target::Order), selections().prop_map(Target::Lines)];
    let deals = (few(), few(), percents(), option::of(few()), option::of(selections()));
    let deals = deals.prop_map(|(buy, get, percent, times, of)| BuyGet { buy, get, percent, times, of });
    let gifts = (0..SKUS, 1..4_u32)
        .prop_map(|(n, pieces)| Benefit::Gift { sku: sku(n), quantity: Quantity::new(pieces).unwrap() });
    prop_oneof![
        5 => (off, targets),
        3 => (deals.prop_map(Benefit::BuyGet), selections().prop_map(Target::Lines)),
        1 => (gifts, Just(Target::Order)),
        1 => (Just(Benefit::FreeShipping), Just(Target::Order)),
    ]
}

fn moneys(currency: Currency) -> impl Strategy<Value = Money> {
    prop_oneof![1..50_i64, 1..100_000_i64].prop_map(move |minor| Money::from_minor(minor, currency))
}

fn selections() -> impl Strategy<Value = Selection> {
    prop_oneof![1 => Just(Selection::ALL), 2 => named()]
}

/// Some goods by name, not all.
fn named() -> impl Strategy<Value = Selection> {
    let skus = proptest::collection::btree_set(0..SKUS, 1..4);
    prop_oneof![
        skus.prop_map(|skus| Selection { skus: skus.into_iter().map(sku).collect(), ..Selection::ALL }),
        select(vec!["a", "a/b", "c", "none"]).prop_map(|path| Selection {
            categories: vec![CategoryPath::new(path).unwrap()],
            ..Selection::ALL
        }),
    ]
}

fn conditions(currency: Currency) -> impl Strategy<Value = Conditions> {
    let minimums = option::weighted(0.2, (0..50_000_i64).prop_map(move |it| Money::from_minor(it, currency)));
    let pieces = (1..10_u32).prop_map(|pieces| NonZeroU32::new(pieces).unwrap());
    let contains = option::weighted(0.2, (named(), pieces).prop_map(|(of, pieces)| Contains { of, pieces }));
    let nth = option::weighted(0.1, (1..3_u32).prop_map(|nth| NonZeroU32::new(nth).unwrap()));
    (minimums, contains, nth).prop_map(|(minimum, contains, nth_order)| Conditions {
        minimum,
        group: None,
        contains,
        nth_order,
    })
}

fn stackings(currency: Currency) -> impl Strategy<Value = Stacking> {
    let groups = select(vec!["one", "two"]).prop_map(|group| StackingGroup::new(group).unwrap());
    let picks = select(vec![Pick::Every, Pick::First, Pick::Best]);
    let grouped = (groups, picks, option::weighted(0.3, moneys(currency)));
    prop_oneof![
        6 => Just(Stacking::Free),
        4 => grouped.prop_map(|(group, pick, cap)| Stacking::Group { group, pick, cap }),
        1 => Just(Stacking::Alone),
    ]
}
