//! Value added tax in the words of [`TaxTable`]: rates with periods, and places within a country that are taxed otherwise.
//!
//! The rates of 28 countries are read from the file that `VAT_RATES` names, in the format of
//! <https://github.com/ibericode/vat-rates> (MIT); it is no part of this repository. Each is looked up the way the
//! file means it, by its dates as text and its postcodes as regular expressions, and compared with the table's.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{collections::BTreeMap, fs, io::Write};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use commerce_kit::{
    domain::{
        customer::{Address, Country, Postcodes, Zone},
        ids::TaxCategory,
        money::{Currency, Money},
        pricing::{TaxRate, Taxable, TaxableLine},
    },
    gateway::{TaxCalculator, TaxEntry, TaxQuery, TaxTable},
};
use futures_util::FutureExt;
use regex::Regex;
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    items: BTreeMap<Country, Vec<Period>>,
}

#[derive(Deserialize)]
struct Period {
    effective_from: String,
    rates: BTreeMap<String, Decimal>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    name: String,
    postcode: String,
    standard: Decimal,
}

impl Exception {
    fn pattern(&self) -> Regex {
        Regex::new(&format!("^(?:{})$", self.postcode)).unwrap()
    }

    /// `5107[0-1]` and `971\d{2,}` as what they begin with. The file has nothing that this does not read.
    fn postcodes(&self) -> Vec<Postcodes> {
        let parts = self.postcode.trim_matches(['(', ')']).split('|');
        parts.flat_map(|part| beginnings(part.split("\\d").next().unwrap())).collect()
    }
}

fn beginnings(pattern: &str) -> Vec<Postcodes> {
    let Some((before, rest)) = pattern.split_once('[') else { return vec![pattern.parse().unwrap()] };
    let (class, after) = rest.split_once(']').unwrap();
    assert!(!after.contains('['), "{pattern} has two classes");
    match class.split_once('-') {
        Some((first, last)) => vec![format!("{before}{first}{after}-{before}{last}{after}").parse().unwrap()],
        None => class.chars().map(|char| format!("{before}{char}{after}").parse().unwrap()).collect(),
    }
}

fn file() -> Option<File> {
    let Ok(path) = std::env::var("VAT_RATES") else {
        let skipped = b"SKIPPED: VAT_RATES names no file of rates: nobody compared 28 countries\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    };
    Some(serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
}

/// None for what has always been so.
fn midnight(day: &str) -> Option<DateTime<Utc>> {
    let day = (!day.starts_with("0000")).then(|| day.parse::<NaiveDate>().unwrap())?;
    Some(day.and_hms_opt(0, 0, 0).unwrap().and_utc())
}

/// Of each period the exceptions, then its rates.
fn entries(country: Country, periods: &[Period]) -> Vec<TaxEntry> {
    let mut periods: Vec<&Period> = periods.iter().collect();
    periods.sort_by_key(|period| &period.effective_from);
    let mut entries = Vec::new();
    for (place, period) in periods.iter().enumerate() {
        let rate = |percent: Decimal| {
            let rate = TaxRate { name: format!("VAT {country} {percent} %"), percent };
            let ends_at = periods.get(place + 1).and_then(|next| midnight(&next.effective_from));
            TaxEntry { starts_at: midnight(&period.effective_from), ends_at, ..TaxEntry::new(rate) }
        };
        for exception in &period.exceptions {
            let zone = Zone { postcodes: exception.postcodes(), ..Zone::of([country]) };
            entries.push(rate(exception.standard).within(zone));
        }
        for (name, percent) in &period.rates {
            let category = TaxCategory::new(name).unwrap();
            entries.push(rate(*percent).within(Zone::of([country])).on(category));
        }
    }
    entries
}

fn asked(table: &TaxTable, country: Country, postcode: &str, category: &str, at: DateTime<Utc>) -> Decimal {
    let amount = Money::from_minor(100, Currency::EUR);
    let line = TaxableLine { tax_category: TaxCategory::new(category).unwrap(), amount };
    let to = Some(Address::new("Ann Example", "1 Main Street", "Town", postcode, country));
    let query = TaxQuery { order: Taxable { lines: vec![line], shipping: None }, to, at };
    table.rates(&query).now_or_never().unwrap().unwrap().lines[0].percent
}

/// The period of a day, by its date as text; none before the file begins.
fn period(periods: &[Period], at: DateTime<Utc>) -> Option<&Period> {
    let day = at.format("%Y-%m-%d").to_string();
    let begun = periods.iter().filter(|period| period.effective_from <= day);
    begun.max_by_key(|period| &period.effective_from)
}

#[test]
fn every_rate_of_28_countries_holds_from_its_day_until_the_next_one() {
    let Some(file) = file() else { return };
    let all = file.items.iter().flat_map(|(country, periods)| entries(*country, periods));
    let table = TaxTable(all.collect());
    assert_eq!(file.items.len(), 28);
    let mut compared = 0;
    for (country, periods) in &file.items {
        let changes = periods.iter().filter_map(|period| midnight(&period.effective_from));
        let second = TimeDelta::seconds(1);
        let moments = changes.flat_map(|at| [at - second, at, at + second]);
        for at in moments.chain([DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(36_500)]) {
            let known = period(periods, at).map(|period| &period.rates);
            for name in periods.iter().flat_map(|period| period.rates.keys()) {
                let percent = known.and_then(|rates| rates.get(name)).copied().unwrap_or_default();
                assert_eq!(asked(&table, *country, "", name, at), percent, "{country} {name} {at}");
                compared += 1;
            }
        }
    }
    assert!(compared > 300, "{compared}");
}

#[test]
fn every_postcode_is_taxed_as_the_exceptions_of_its_country_say() {
    let Some(file) = file() else { return };
    let mut met = BTreeMap::<&str, u32>::new();
    for (country, periods) in &file.items {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(36_500);
        let period = period(periods, now).unwrap();
        let table = TaxTable(entries(*country, periods));
        let patterns: Vec<(Regex, &Exception)> =
            period.exceptions.iter().map(|exception| (exception.pattern(), exception)).collect();
        let width = if country.code() == "AT" { 4 } else { 5 };
        for code in (0..10_u32.pow(width)).take_while(|_| !patterns.is_empty()) {
            let postcode = format!("{code:0width$}", width = usize::try_from(width).unwrap());
            let matching = patterns.iter().find(|(pattern, _)| pattern.is_match(&postcode));
            let percent = matching.map_or(period.rates["standard"], |(_, exception)| exception.standard);
            let asked = asked(&table, *country, &postcode, "standard", now);
            assert_eq!(asked, percent, "{country} {postcode}");
            if let Some((_, exception)) = matching {
                *met.entry(&exception.name).or_default() += 1;
            }
        }
    }
    let named = file.items.values().flatten().flat_map(|period| &period.exceptions);
    assert!(named.clone().count() > 10 && named.clone().all(|exception| met.contains_key(&*exception.name)));
}
