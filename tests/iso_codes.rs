//! Currencies and countries, compared with the lists of Debian's package `iso-codes`, which nobody here wrote.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{fs, io::Write};

use commerce_kit::domain::{customer::Country, money::Currency};
use serde_json::Value;

/// What has no minor unit, and so no price: metals, units of account, tests.
const NO_MONEY: [&str; 13] =
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"];

/// What ISO 4217 has withdrawn since the lists that are about.
const GONE: [&str; 1] = ["ANG"];

/// The values of one field in a list of the package; none where it is not installed.
fn listed(standard: &str, field: &str) -> Option<Vec<String>> {
    let Ok(text) = fs::read_to_string(format!("/usr/share/iso-codes/json/iso_{standard}.json")) else {
        let skipped = b"SKIPPED: no package iso-codes: nobody compared currencies and countries\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    };
    let list: Value = serde_json::from_str(&text).unwrap();
    let entries = list[standard].as_array().unwrap();
    Some(entries.iter().map(|entry| entry[field].as_str().unwrap().to_owned()).collect())
}

#[test]
fn every_currency_is_known_and_has_its_digits() {
    let Some(codes) = listed("4217", "alpha_3") else { return };
    assert!(codes.len() > 150);
    let (known, unknown): (Vec<_>, Vec<_>) = codes.iter().partition(|code| code.parse::<Currency>().is_ok());
    let out: Vec<_> = unknown.iter().filter(|code| !NO_MONEY.contains(&code.as_str())).collect();
    assert!(out.iter().all(|code| GONE.contains(&code.as_str())), "{out:?} is no currency");
    assert!(known.iter().all(|code| !NO_MONEY.contains(&code.as_str())), "a price in metal");
    for code in known {
        assert_eq!(code.parse::<Currency>().unwrap().digits(), digits(code), "{code}");
    }
}

/// The list has no digits: these are the currencies whose minor unit is not a hundredth, by ISO 4217.
fn digits(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[test]
fn every_country_is_known() {
    let Some(codes) = listed("3166-1", "alpha_2") else { return };
    assert!(codes.len() > 240);
    for code in codes {
        assert_eq!(code.parse::<Country>().map(|country| country.to_string()), Ok(code));
    }
}
