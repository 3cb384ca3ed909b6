//! That `docs/tax-and-shipping.md` says what the tables answer: each line of its blocks is computed.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, Utc};
use commerce_kit::{
    domain::{
        cart::Quantity,
        customer::{Address, Zone},
        ids::{LineId, Sku, TaxCategory},
        money::{Currency, Money},
        pricing::{Shippable, ShippableLine, TaxRate, Taxable, TaxableLine},
    },
    gateway::{
        GoodsStep, ShippingMethod, ShippingQuery, ShippingRates, ShippingTable, ShippingZone, Tariff,
        TaxCalculator, TaxEntry, TaxQuery, TaxTable, WeightStep,
    },
};
use futures_util::FutureExt;
use uuid::Uuid;

const PAGE: &str = include_str!("../docs/tax-and-shipping.md");

/// The lines of a block, cut where two spaces or more stand.
fn block(name: &str) -> Vec<Vec<&'static str>> {
    let begin = format!("```{name}\n");
    let text = PAGE.split(&begin).nth(1).unwrap().split("```").next().unwrap();
    let cells =
        |line: &'static str| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    text.lines().map(cells).collect()
}

fn euro(text: &str) -> Money {
    Money::new(text.parse().unwrap(), Currency::EUR).unwrap()
}

fn moment(day: &str) -> DateTime<Utc> {
    day.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc()
}

fn zone(text: &str) -> Zone {
    let (country, postcodes) = text.split_once(' ').unwrap_or((text, ""));
    let postcodes = postcodes.split(' ').filter(|text| !text.is_empty());
    let postcodes = postcodes.map(|text| text.parse().unwrap()).collect();
    Zone { postcodes, ..Zone::of([country.parse().unwrap()]) }
}

fn address(text: &str) -> Option<Address> {
    let (country, postcode) = text.split_once(' ').unwrap_or((text, ""));
    let country = (country != "-").then(|| country.parse().unwrap())?;
    Some(Address::new("Ann Example", "1 Main Street", "Town", postcode, country))
}

fn rates() -> TaxTable {
    let entry = |cells: Vec<&str>| {
        let mut entry = TaxEntry::new(TaxRate { name: "VAT".into(), percent: cells[2].parse().unwrap() });
        entry.zone = zone(cells[0]);
        entry.category = (cells[1] != "*").then(|| TaxCategory::new(cells[1]).unwrap());
        entry.starts_at = cells.get(3).map(|day| moment(day));
        entry.ends_at = cells.get(4).map(|day| moment(day));
        entry
    };
    TaxTable(block("rates").into_iter().map(entry).collect())
}

#[test]
fn every_tax_rate_on_the_page_is_what_the_table_answers() {
    let table = rates();
    let rows = block("taxed");
    assert!(rows.len() > 10);
    for cells in rows {
        let [place, category, day, percent] = cells[..] else { panic!("what is {cells:?}?") };
        let line = TaxableLine { tax_category: TaxCategory::new(category).unwrap(), amount: euro("1") };
        let order = Taxable { lines: vec![line.clone()], shipping: Some(line) };
        let query = TaxQuery { order, to: address(place), at: moment(day) };
        let answer = table.rates(&query).now_or_never().unwrap().unwrap();
        assert_eq!(answer.lines[0].percent, percent.parse().unwrap(), "{cells:?}");
        assert_eq!(answer.shipping.as_ref(), answer.lines.first());
    }
}

fn tariff(text: &str) -> Tariff {
    let (kind, rest) = text.split_once(' ').unwrap();
    let pairs = || rest.split(", ").filter_map(|pair| pair.split_once(' ')).filter(|(word, _)| *word != "at");
    match kind {
        "flat" => Tariff::Flat(euro(rest)),
        "goods" => {
            let step = |(from, price)| GoodsStep { from: euro(from), price: euro(price) };
            Tariff::ByGoods(pairs().map(step).collect())
        }
        "weight" => {
            let step = |(weight, price): (&str, &str)| WeightStep {
                up_to_grams: weight.strip_suffix('g').unwrap().parse().unwrap(),
                price: euro(price),
            };
            let parcels = rest.rsplit(' ').next().unwrap().parse::<NonZeroU32>().unwrap();
            Tariff::ByWeight { steps: pairs().map(step).collect(), parcels }
        }
        other => panic!("what is {other:?}?"),
    }
}

fn methods() -> ShippingTable {
    let mut methods: Vec<ShippingMethod> = Vec::new();
    for cells in block("methods") {
        let free_from = cells.get(3).map(|text| euro(text.strip_prefix("free from ").unwrap()));
        let zone = ShippingZone { zone: zone(cells[1]), tariff: tariff(cells[2]), free_from };
        match methods.iter_mut().find(|method| method.name == cells[0]) {
            Some(method) => method.zones.push(zone),
            None => methods.push(ShippingMethod {
                name: cells[0].into(),
                tax_category: TaxCategory::standard(),
                zones: vec![zone],
            }),
        }
    }
    ShippingTable(methods)
}

fn goods(pieces: &str, value: &str) -> Shippable {
    let line = |(number, text): (u128, &str)| {
        let (count, grams) = text.split_once(" x ").unwrap();
        ShippableLine {
            line: LineId::from_uuid(Uuid::from_u128(number)),
            sku: Sku::new("MUG").unwrap(),
            quantity: Quantity::new(count.parse().unwrap()).unwrap(),
            piece_grams: grams.strip_suffix('g').unwrap().parse().unwrap(),
        }
    };
    let lines: Vec<ShippableLine> = (1..).zip(pieces.split(", ")).map(line).collect();
    let weigh = |line: &ShippableLine| u64::from(line.piece_grams) * u64::from(line.quantity.get());
    Shippable { weight_grams: lines.iter().map(weigh).sum(), lines, goods: euro(value) }
}

#[test]
fn every_price_of_shipping_on_the_page_is_what_the_table_answers() {
    let table = methods();
    let rows = block("shipped");
    assert!(rows.len() > 8);
    for cells in rows {
        let query = ShippingQuery { goods: goods(cells[1], cells[2]), to: address(cells[0]) };
        let answer = table.rates(&query).now_or_never().unwrap().unwrap();
        let answer: Vec<_> =
            answer.iter().map(|rate| format!("{} {}", rate.name, rate.price.amount())).collect();
        assert_eq!(answer.join(", "), *cells.get(3).unwrap_or(&""), "{cells:?}");
    }
}

#[test]
fn goods_in_a_currency_without_a_price_are_not_shipped() {
    let dollars = |minor| Money::from_minor(minor, Currency::USD);
    let query =
        ShippingQuery { goods: Shippable { goods: dollars(9_000), ..goods("1 x 500g", "1") }, to: None };
    assert_eq!(methods().rates(&query).now_or_never().unwrap().unwrap(), []);
    let tariff = Tariff::Flat(dollars(500));
    let zone = ShippingZone { zone: Zone::EVERYWHERE, tariff, free_from: Some(euro("1")) };
    let mut table = methods();
    table.0[0].zones.push(zone);
    let rates = table.rates(&query).now_or_never().unwrap().unwrap();
    assert_eq!(rates.iter().map(|rate| rate.price).collect::<Vec<_>>(), [dollars(500)], "euros free nobody");
}

#[test]
fn what_shipping_costs_fits_or_is_refused() {
    let most = Money::from_minor(i64::MAX, Currency::EUR);
    let steps = vec![WeightStep { up_to_grams: 1_000, price: most }];
    let tariff = Tariff::ByWeight { steps, parcels: NonZeroU32::MAX };
    let zone = ShippingZone { zone: Zone::EVERYWHERE, tariff, free_from: None };
    let table = ShippingTable(vec![ShippingMethod {
        name: "gold".into(),
        tax_category: TaxCategory::standard(),
        zones: vec![zone],
    }]);
    let rates = |pieces| {
        let query = ShippingQuery { goods: goods(pieces, "1"), to: None };
        table.rates(&query).now_or_never().unwrap()
    };
    assert_eq!(rates("1 x 1000g").unwrap()[0].price, most);
    assert!(rates("2 x 1000g").is_err());
}
