//! `docs/pricing.md` works one order out: here its numbers are computed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::{collections::BTreeSet, num::NonZeroU32, sync::Arc};

use chrono::DateTime;
use commerce_kit::domain::{
    cart::Quantity,
    catalog::{CategoryPath, Listing, Market, Price, PriceMode, Product, Variant},
    ids::{CouponCode, LineId, MarketId, ProductId, PromotionId, Sku, StackingGroup, TaxCategory},
    metadata::Metadata,
    money::{Currency, Money},
    pricing::{
        Benefit, BuyGet, Conditions, GoodsLine, Outcome, Pick, PricingContext, Promotion, Quote, Rule,
        Selection, ShippingRate, Stacking, Target, TaxRate, TaxRates, TaxSettings, price_goods,
    },
};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

const PAGE: &str = include_str!("../docs/pricing.md");

/// The lines of the block that begins with this word.
fn block(name: &str) -> Vec<&'static str> {
    let start = format!("```{name}\n");
    let block = PAGE.split(start.as_str()).nth(1).unwrap_or_else(|| panic!("the page has no {name}"));
    block.split("```").next().expect("a split has a first part").lines().collect()
}

fn euro(text: &str) -> Money {
    Money::new(text.parse::<Decimal>().unwrap(), Currency::EUR).unwrap()
}

fn uuid(n: usize) -> Uuid {
    Uuid::from_u128(n.try_into().unwrap())
}

fn pieces(text: &str) -> NonZeroU32 {
    text.parse().unwrap()
}

/// `PAN 1 x 49.90 kitchen/pans`
fn line((n, text): (usize, &str)) -> GoodsLine {
    let [sku, count, _, price, category] = words(text)[..] else { panic!("{text}") };
    let quantity = Quantity::new(pieces(count).get()).unwrap();
    goods(n, sku, euro(price), quantity, category)
}

fn goods(n: usize, sku: &str, price: Money, quantity: Quantity, category: &str) -> GoodsLine {
    let variant = Variant::new(Sku::new(sku).unwrap()).with_price(Price::new(MarketId::main(), price));
    let sku = variant.sku.clone();
    let product = Product {
        categories: vec![CategoryPath::new(category).unwrap()],
        ..Product::new(ProductId::from_uuid(uuid(n)), "Thing", variant)
    };
    let listing = Listing::of(Arc::new(product), &sku).unwrap();
    GoodsLine { id: LineId::from_uuid(uuid(n)), listing, quantity, metadata: Metadata::EMPTY }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// A line of the table of promotions, word by word.
fn promotion(text: &str) -> Promotion {
    let words = words(text);
    let (number, rule) = words.split_first().unwrap();
    let (benefit, rest) = benefit(rule);
    let id = PromotionId::from_uuid(uuid(number.parse().unwrap()));
    let mut promotion = Promotion::new(id, *number, benefit, Target::Order);
    let mut rest = rest;
    while let [word, after @ ..] = rest {
        rest = match (*word, after) {
            ("on", ["the", "order", after @ ..]) => after,
            ("on", [category, after @ ..]) => {
                let categories = vec![CategoryPath::new(category).unwrap()];
                promotion.target = Target::Lines(Selection { categories, ..Selection::ALL });
                after
            }
            ("cap", [amount, after @ ..]) => {
                promotion.cap = Some(euro(amount));
                after
            }
            ("best", ["of", group, after @ ..]) => {
                let group = StackingGroup::new(group).unwrap();
                promotion.stacking = Stacking::Group { group, pick: Pick::Best, cap: None };
                after
            }
            ("from", [minimum, after @ ..]) => {
                promotion.conditions = Conditions { minimum: Some(euro(minimum)), ..Conditions::default() };
                after
            }
            ("code", [code, after @ ..]) => {
                promotion.code = Some(CouponCode::new(code).unwrap());
                after
            }
            _ => panic!("what is {word:?} in {text:?}?"),
        };
    }
    promotion.check().unwrap();
    promotion
}

fn benefit<'w>(rule: &'w [&'w str]) -> (Benefit, &'w [&'w str]) {
    match rule {
        ["buy", buy, "get", get, "at", percent, "%", rest @ ..] => {
            let deal = BuyGet { percent: percent.parse().unwrap(), ..BuyGet::free(pieces(buy), pieces(get)) };
            (Benefit::BuyGet(deal), rest)
        }
        ["gift", "of", count, sku, "at", _, rest @ ..] => {
            let quantity = Quantity::new(pieces(count).get()).unwrap();
            (Benefit::Gift { sku: Sku::new(sku).unwrap(), quantity }, rest)
        }
        ["free", "shipping", rest @ ..] => (Benefit::FreeShipping, rest),
        [percent, "%", rest @ ..] => (Benefit::Percent(percent.parse().unwrap()), rest),
        [amount, "fixed", "a", "piece", rest @ ..] | [amount, "fixed", rest @ ..] => {
            (Benefit::Fixed(euro(amount)), rest)
        }
        other => panic!("what is {other:?}?"),
    }
}

/// The listing of what the table of promotions gives.
fn gift(text: &str) -> Option<Listing> {
    let [_, "gift", "of", count, sku, "at", price, ..] = words(text)[..] else { return None };
    let quantity = Quantity::new(pieces(count).get()).unwrap();
    Some(goods(99, sku, euro(price), quantity, "gifts").listing)
}

fn quote() -> Quote {
    let cart = block("cart");
    let (parcel, lines) = cart.split_last().unwrap();
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    let table = block("promotions");
    let context = PricingContext {
        gifts: table.iter().filter_map(|line| gift(line)).collect(),
        discount_cap: Some(dec!(40)),
        ..PricingContext::new(market, DateTime::UNIX_EPOCH)
    };
    let promotions: Vec<_> = table.iter().map(|line| Arc::new(promotion(line))).collect();
    let lines = (1..).zip(lines.iter().copied()).map(line).collect();
    let code = CouponCode::new("NICE").unwrap();
    let parcel = ShippingRate {
        name: "parcel".into(),
        price: euro(words(parcel)[1]),
        tax_category: TaxCategory::standard(),
    };
    let goods = price_goods(&context, lines, &promotions, Some(&code)).unwrap();
    let order = goods.with_shipping(Some(parcel)).unwrap();
    let vat = TaxRate { name: "VAT".into(), percent: dec!(19) };
    let rates = TaxRates { lines: vec![vat.clone(); order.taxable().lines.len()], shipping: Some(vat) };
    order.with_tax(TaxSettings::default(), &rates).unwrap()
}

/// Each line of a block, its words apart by one space.
fn written(name: &str) -> Vec<String> {
    block(name).into_iter().map(|line| words(line).join(" ")).collect()
}

#[test]
fn every_number_on_the_page_is_what_the_engine_computes() {
    let quote = quote();
    assert_eq!(quote.replay(), Ok(quote.total));
    let (mut counted, mut refused) = (Vec::new(), Vec::new());
    for entry in &quote.explanation {
        let Rule::Promotion { name, .. } = &entry.rule else { continue };
        match &entry.outcome {
            Outcome::Applied { amount } => counted.push(format!("promotion {name} {}", amount.amount())),
            Outcome::NotApplied(why) => {
                refused.push(format!("promotion {name} {}", by_number(&why.to_string())))
            }
        }
    }
    let part = |name: &str, price: Money, off: Money| {
        format!("{name} {} - {} = {}", price.amount(), off.amount(), price.minus(off).unwrap().amount())
    };
    counted.extend(quote.lines.iter().map(|line| part(line.sku.as_str(), line.goods, line.discount)));
    let shipping = quote.shipping.as_ref().unwrap();
    counted.push(part("shipping", shipping.price, shipping.discount.unwrap()));
    counted.push(format!("total {}", quote.total.amount()));
    counted.push(format!("tax {}", quote.tax.amount()));
    assert_eq!(counted, written("quote"));
    assert_eq!(refused, written("refused"));
}

/// Promotions have short ids here: only their last digits tell them apart.
fn by_number(text: &str) -> String {
    text.replace("00000000-0000-0000-0000-00000000000", "")
}

/// The reasons the page lists are those there are: each is a variant, in the table's spelling.
#[test]
fn every_reason_on_the_page_is_one_of_the_engine() {
    let source = include_str!("../commerce-core/src/domain/pricing/explanation.rs");
    let reasons = source.split("pub enum NotApplied").nth(1).unwrap().split("\n}\n").next().unwrap();
    let variants: BTreeSet<&str> = reasons
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split([',', ' ', '(']).next())
        .filter(|word| word.starts_with(char::is_uppercase))
        .collect();
    let section = PAGE.split("## Why a promotion does not count").nth(1).unwrap();
    let listed: BTreeSet<&str> = section
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(word, _)| word)
        .collect();
    assert_eq!(listed, variants);
}
