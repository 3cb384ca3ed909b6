//! What a shop charges, as sentences.

mod discounts;

mod benefits;

mod conditions;

mod stacking;

mod replays;

mod prices;

mod taxes;

use std::{num::NonZeroU32, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

use super::*;
use crate::domain::{
    cart::Quantity,
    catalog::{CategoryPath, Listing, Market, Price, PriceMode, Product, ProductStatus, Variant},
    ids::{
        CouponCode, CustomerGroup, LineId, MarketId, ProductId, PromotionId, Sku, StackingGroup, TaxCategory,
    },
    metadata::Metadata,
    money::{Currency, Money, MoneyError, Rounding},
};

const BY_LINE: TaxSettings = TaxSettings { level: TaxLevel::Line, rounding: Rounding::HalfUp };
const BY_TOTAL: TaxSettings = TaxSettings { level: TaxLevel::Total, rounding: Rounding::HalfUp };

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn buyer(currency: Currency, prices: PriceMode) -> PricingContext {
    let market = Market { id: MarketId::new("here").unwrap(), currency, prices };
    PricingContext::new(market, now())
}

fn european() -> PricingContext {
    buyer(Currency::EUR, PriceMode::TaxIncluded)
}

fn sku(n: u128) -> Sku {
    Sku::new(format!("SKU-{n}")).unwrap()
}

fn product(n: u128, price: Money) -> Product {
    let variant = Variant::new(sku(n)).with_price(Price::new(MarketId::new("here").unwrap(), price));
    Product::new(ProductId::from_uuid(Uuid::from_u128(n)), format!("Thing {n}"), variant)
}

fn line_of(product: Product, pieces: u32) -> GoodsLine {
    let (id, sku) = (LineId::from_uuid(product.id.uuid()), product.variants[0].sku.clone());
    let listing = Listing::of(Arc::new(product), &sku).unwrap();
    GoodsLine { id, listing, quantity: Quantity::new(pieces).unwrap(), metadata: Metadata::EMPTY }
}

/// Line `n` holds so many pieces of `SKU-n`, each at this price.
fn line(n: u128, price: Money, pieces: u32) -> GoodsLine {
    line_of(product(n, price), pieces)
}

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

fn promotion(n: u128, benefit: Benefit, target: Target) -> Promotion {
    Promotion::new(PromotionId::from_uuid(Uuid::from_u128(n)), format!("Promotion {n}"), benefit, target)
}

fn shared(promotions: &[Promotion]) -> Vec<Arc<Promotion>> {
    promotions.iter().cloned().map(Arc::new).collect()
}

fn shipping(price: Money) -> ShippingRate {
    ShippingRate { name: "Parcel".into(), price, tax_category: TaxCategory::new("standard").unwrap() }
}

fn rate(percent: Decimal) -> TaxRate {
    TaxRate { name: "VAT".into(), percent }
}

fn rates(lines: usize, percent: Decimal) -> TaxRates {
    TaxRates { lines: vec![rate(percent); lines], shipping: Some(rate(percent)) }
}

fn quote(context: &PricingContext, lines: Vec<GoodsLine>, promotions: &[Promotion]) -> Quote {
    quote_with(context, lines, promotions, None)
}

fn quote_with(
    context: &PricingContext,
    lines: Vec<GoodsLine>,
    promotions: &[Promotion],
    coupon: Option<&CouponCode>,
) -> Quote {
    finished(price_goods(context, lines, &shared(promotions), coupon).unwrap(), None)
}

/// The quote of goods that are shipped for so much, or not at all. It adds up and can be replayed.
fn finished(goods: PricedGoods, ship: Option<Money>) -> Quote {
    let order = goods.with_shipping(ship.map(shipping)).unwrap();
    let rates = rates(order.taxable().lines.len(), dec!(19));
    let quote = order.with_tax(BY_LINE, &rates).unwrap();
    assert!(quote.adds_up());
    assert_eq!(quote.replay(), Ok(quote.total));
    quote
}

/// Goods of one price and shipping of another, taxed alike.
fn shipped(
    context: &PricingContext,
    goods: i64,
    ship: i64,
    percent: Decimal,
    settings: TaxSettings,
) -> Quote {
    let money = |minor| Money::from_minor(minor, context.market.currency);
    let goods = price_goods(context, vec![line(1, money(goods), 1)], &[], None).unwrap();
    let order = goods.with_shipping(Some(shipping(money(ship)))).unwrap();
    let quote = order.with_tax(settings, &rates(1, percent)).unwrap();
    assert!(quote.adds_up());
    quote
}

/// Tax and total, as the buyer reads them.
fn tax_and_total(quote: &Quote) -> [String; 2] {
    [quote.tax, quote.total].map(|amount| amount.to_string())
}

fn totals(quote: &Quote) -> Vec<i64> {
    quote.lines.iter().map(|line| line.total.minor()).collect()
}

#[test]
fn a_price_finer_than_a_cent_is_rounded_once_for_the_line() {
    let mut screws = product(1, euro(400));
    screws.variants[0].prices[0].unit_quantity = NonZeroU32::new(1_000).unwrap();
    let cost = |pieces| quote(&european(), vec![line_of(screws.clone(), pieces)], &[]).total;
    assert_eq!([1, 2, 7, 1_000].map(cost), [0, 1, 3, 400].map(euro), "0.4 cents each");
}

#[test]
fn the_order_of_the_lines_changes_nothing() {
    let lines: Vec<_> = (1..=7).map(|n| line(n, euro(33), 1)).collect();
    let promotions = [
        promotion(1, Benefit::Percent(dec!(12.5)), Target::skus(vec![sku(2), sku(5)])),
        promotion(2, Benefit::Fixed(euro(100)), Target::Order),
    ];
    let priced = |lines: Vec<GoodsLine>| {
        let goods = price_goods(&european(), lines, &shared(&promotions), None).unwrap();
        let order = goods.with_shipping(Some(shipping(euro(499)))).unwrap();
        order.with_tax(BY_TOTAL, &rates(7, dec!(19))).unwrap()
    };
    let expected = priced(lines.clone());
    for turn in 1..7 {
        let mut turned = lines.clone();
        turned.rotate_left(turn);
        let mut quote = priced(turned);
        quote.lines.rotate_right(turn);
        assert_eq!(quote, expected);
    }
}

#[test]
fn a_quote_explains_itself() {
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    let goods = price_goods(&european(), vec![line(1, euro(1_190), 1)], &shared(&[tenth]), None).unwrap();
    let order = goods.with_shipping(Some(shipping(euro(500)))).unwrap();
    let quote = order.with_tax(BY_LINE, &rates(1, dec!(19))).unwrap();
    let story = serde_json::to_value(&quote.explanation).unwrap();
    let applied = |amount: &str| serde_json::json!({ "applied": { "amount": { "amount": amount, "currency": "EUR" } } });
    let id = "00000000-0000-0000-0000-000000000001";
    let expected = serde_json::json!([
        {
            "rule": { "promotion": { "promotion": id, "name": "Promotion 1" } },
            "outcome": applied("1.19"),
            "working": { "whole": { "off": { "percent": "10" } } },
        },
        { "rule": { "shipping": { "name": "Parcel" } }, "outcome": applied("5.00") },
        { "rule": { "tax": { "name": "VAT", "percent": "19" } }, "outcome": applied("2.51") },
    ]);
    assert_eq!(story, expected);
}

#[test]
fn a_stored_quote_is_the_quote() {
    let lines = vec![line(1, euro(1_000), 2), line(2, euro(5), 1)];
    let code = CouponCode::new("nope").unwrap();
    let quote = quote_with(&european(), lines, &[], Some(&code));
    let json = serde_json::to_string(&quote).unwrap();
    assert_eq!(serde_json::from_str::<Quote>(&json).unwrap(), quote);
}

#[test]
fn a_quote_that_was_tampered_with_does_not_add_up() {
    let good = quote(&european(), vec![line(1, euro(1_000), 2), line(2, euro(5), 1)], &[]);
    let wrong = |change: fn(&mut Quote)| {
        let mut quote = good.clone();
        change(&mut quote);
        !quote.adds_up()
    };
    assert!(wrong(|quote| quote.total = euro(1)));
    assert!(wrong(|quote| quote.lines[0].total = euro(1)));
    assert!(wrong(|quote| quote.discount = euro(1)));
    assert!(wrong(|quote| quote.currency = Currency::USD));
    assert!(wrong(|quote| quote.mode = PriceMode::TaxAdded));
    assert!(wrong(|quote| drop(quote.lines.pop())));
}

#[test]
fn what_cannot_be_sold_here_is_refused_by_name() {
    let context = european();
    let refused = |lines| price_goods(&context, lines, &[], None).unwrap_err();
    let (sku, market) = (sku(1), context.market.id.clone());
    let thing = || product(1, euro(100));
    assert_eq!(refused(vec![]), PricingProblem::Empty);
    let draft = Product { status: ProductStatus::Draft, ..thing() };
    assert_eq!(refused(vec![line_of(draft, 1)]), PricingProblem::NotOnSale { sku: sku.clone() });
    let mut elsewhere = thing();
    elsewhere.variants[0].prices.clear();
    let missing = PricingProblem::NoPrice { sku: sku.clone(), market: market.clone() };
    assert_eq!(refused(vec![line_of(elsewhere, 1)]), missing);
    let below = PricingProblem::NegativePrice { sku: sku.clone(), market: market.clone() };
    assert_eq!(refused(vec![line(1, euro(-1), 1)]), below);
    let dollars = line(1, Money::from_minor(100, Currency::USD), 1);
    let currency = Currency::USD;
    assert_eq!(refused(vec![dollars]), PricingProblem::PriceCurrency { sku, market, currency });
    let twice = vec![line(1, euro(1), 1), line(1, euro(2), 1)];
    assert!(matches!(refused(twice), PricingProblem::LineTwice { .. }));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let context = buyer(Currency::EUR, PriceMode::TaxAdded);
    let price = |lines| price_goods(&context, lines, &[], None);
    let most = || Money::from_minor(i64::MAX, Currency::EUR);
    let overflow = PricingProblem::Money(MoneyError::Overflow);
    assert_eq!(price(vec![line(1, most(), 2)]), Err(overflow.clone()));
    assert_eq!(price(vec![line(1, most(), 1), line(2, euro(1), 1)]), Err(overflow.clone()));
    for settings in [BY_LINE, BY_TOTAL] {
        let order = price(vec![line(1, most(), 1)]).unwrap().with_shipping(None).unwrap();
        assert_eq!(order.with_tax(settings, &rates(1, dec!(1))), Err(overflow.clone()));
    }
}

#[test]
fn the_carrier_is_told_what_there_is_to_ship() {
    let mut heavy = product(1, euro(1_000));
    heavy.variants[0].weight_grams = u32::MAX;
    let lines = vec![line_of(heavy, 10_000), line(2, euro(100), 1)];
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    let goods = price_goods(&european(), lines, &shared(&[tenth]), None).unwrap();
    let shippable = goods.shippable().unwrap();
    assert_eq!(shippable.weight_grams, 42_949_672_950_000);
    assert_eq!(shippable.goods, euro(9_000_090));
    assert_eq!(shippable.lines.iter().map(|line| line.quantity.get()).collect::<Vec<_>>(), [10_000, 1]);
}

#[test]
fn the_tax_office_is_told_what_there_is_to_tax() {
    let books = Product { tax_category: TaxCategory::new("books").unwrap(), ..product(1, euro(1_000)) };
    let tenth = promotion(1, Benefit::Percent(dec!(10)), Target::Order);
    let goods = price_goods(&european(), vec![line_of(books, 1)], &shared(&[tenth]), None).unwrap();
    let taxable = goods.with_shipping(Some(shipping(euro(500)))).unwrap().taxable();
    let asked = taxable.lines.iter().chain(&taxable.shipping);
    let asked: Vec<_> = asked.map(|line| (line.tax_category.as_str(), line.amount)).collect();
    assert_eq!(asked, [("books", euro(900)), ("standard", euro(500))]);
}

#[test]
fn a_rate_that_cannot_be_is_refused() {
    let goods = price_goods(&european(), vec![line(1, euro(100), 1)], &[], None).unwrap();
    let ship = |price| goods.clone().with_shipping(Some(shipping(price)));
    assert_eq!(ship(euro(-1)), Err(PricingProblem::NegativeShipping));
    let (currency, expected) = (Currency::USD, Currency::EUR);
    assert_eq!(
        ship(Money::from_minor(1, currency)),
        Err(PricingProblem::ShippingCurrency { currency, expected })
    );
    let tax = |rates| ship(euro(1)).unwrap().with_tax(BY_LINE, &rates).unwrap_err();
    assert_eq!(tax(rates(2, dec!(19))), PricingProblem::TaxRateCount { lines: 1, rates: 2 });
    let nothing = TaxRates { shipping: None, ..rates(1, dec!(19)) };
    assert_eq!(tax(nothing), PricingProblem::NoShippingTaxRate);
    assert_eq!(tax(rates(1, dec!(-1))), PricingProblem::NegativeTaxRate { name: "VAT".into() });
}
