use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Address, Country};

/// A part of the world: countries, and of them only what lies in certain regions or has certain postcodes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// The countries; all when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// The regions, as addresses name them, in any case; all when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The postcodes; all when none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postcodes: Vec<Postcodes>,
}

/// Postcodes that begin alike: `35` is all that begin with 35, `51001-51005` all that begin with one of these five.
///
/// Only letters and digits count, in any case: `sw1a 1aa` is `SW1A1AA`. Where the postcodes begin with a digit, letters
/// before the first digit of an address's postcode do not count: `D-78266` is `78266`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Postcodes {
    first: String,
    last: String,
}

/// Nothing begins like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "postcodes are named by what they begin with, up to {} letters and digits: 35, or 51001-51005 with both ends as \
     long and in order",
    Postcodes::LIMIT
)]
pub struct InvalidPostcodes;

impl Zone {
    /// Everywhere.
    pub const EVERYWHERE: Self = Self { countries: Vec::new(), regions: Vec::new(), postcodes: Vec::new() };

    /// These countries, as a whole.
    pub fn of(countries: impl IntoIterator<Item = Country>) -> Self {
        Self { countries: countries.into_iter().collect(), ..Self::EVERYWHERE }
    }

    /// Whether the address lies in it. As long as there is none, a buyer may be anywhere but in a part of a country.
    pub fn contains(&self, address: Option<&Address>) -> bool {
        let Some(address) = address else { return self.regions.is_empty() && self.postcodes.is_empty() };
        let here = address.region.as_deref().unwrap_or_default().trim();
        let same = |region: &String| region.trim().to_lowercase() == here.to_lowercase();
        (self.countries.is_empty() || self.countries.contains(&address.country))
            && (self.regions.is_empty() || self.regions.iter().any(same))
            && (self.postcodes.is_empty()
                || self.postcodes.iter().any(|postcodes| postcodes.contains(&address.postcode)))
    }
}

impl Postcodes {
    /// The longest beginning, in characters.
    pub const LIMIT: usize = 12;

    /// Whether it is one of these.
    pub fn contains(&self, postcode: &str) -> bool {
        let code = normal(postcode);
        let code = match self.first.starts_with(|first: char| first.is_ascii_digit()) {
            true => code.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()),
            false => &code,
        };
        let begins = code.get(..self.first.len());
        begins.is_some_and(|begins| (self.first.as_str()..=self.last.as_str()).contains(&begins))
    }
}

impl FromStr for Postcodes {
    type Err = InvalidPostcodes;

    fn from_str(text: &str) -> Result<Self, InvalidPostcodes> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let known = |text: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || char == ' ');
        if !known(first) || !known(last) {
            return Err(InvalidPostcodes);
        }
        let (first, last) = (normal(first), normal(last));
        let fits = (1..=Self::LIMIT).contains(&first.len()) && first.len() == last.len() && first <= last;
        if fits { Ok(Self { first, last }) } else { Err(InvalidPostcodes) }
    }
}

impl TryFrom<String> for Postcodes {
    type Error = InvalidPostcodes;

    fn try_from(text: String) -> Result<Self, InvalidPostcodes> {
        text.parse()
    }
}

impl From<Postcodes> for String {
    fn from(postcodes: Postcodes) -> Self {
        postcodes.to_string()
    }
}

impl fmt::Display for Postcodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first == self.last {
            true => f.write_str(&self.first),
            false => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl fmt::Debug for Postcodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn normal(postcode: &str) -> String {
    let known = postcode.chars().filter(char::is_ascii_alphanumeric);
    known.map(|char| char.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(country: &str, postcode: &str) -> Address {
        Address::new("Ann Example", "1 Main Street", "Town", postcode, country.parse().unwrap())
    }

    fn postcodes(text: &str) -> Postcodes {
        text.parse().unwrap()
    }

    #[test]
    fn postcodes_are_known_by_what_they_begin_with() {
        for (wanted, inside, outside) in [
            ("35", ["35001", "35-001"], ["36001", "3"]),
            ("51001-51005", ["51003", " 51005"], ["51006", "5100"]),
            ("9000-9499", ["9000-001", "9499-999"], ["9500-001", "900"]),
            ("78266", ["D-78266", "de 78266"], ["78267", "D-7826"]),
            ("BT", ["bt1 1aa", "BT47"], ["SW1A 1AA", "1BT"]),
            ("SW1A 1", ["sw1a 1aa", "SW1A1"], ["SW1A 2AA", "SW1A"]),
        ] {
            let postcodes = postcodes(wanted);
            assert!(inside.iter().all(|code| postcodes.contains(code)), "{wanted}: {inside:?}");
            assert!(!outside.iter().any(|code| postcodes.contains(code)), "{wanted}: {outside:?}");
        }
    }

    #[test]
    fn what_cannot_be_the_beginning_of_a_postcode_is_refused() {
        for wrong in ["", " ", "-", "35-3", "36-35", "35-36-37", "3*", "ä", "1234567890123"] {
            assert_eq!(wrong.parse::<Postcodes>(), Err(InvalidPostcodes), "{wrong:?}");
        }
    }

    #[test]
    fn a_zone_is_stored_as_it_is_written() {
        let zone = Zone { postcodes: vec![postcodes("6991-6993"), postcodes("35")], ..Zone::EVERYWHERE };
        let json = serde_json::to_string(&zone).unwrap();
        assert_eq!(json, r#"{"postcodes":["6991-6993","35"]}"#);
        assert_eq!(serde_json::from_str::<Zone>(&json).unwrap(), zone);
        assert!(serde_json::from_str::<Zone>(r#"{"postcodes":["3*"]}"#).is_err());
    }

    #[test]
    fn a_zone_narrows_country_region_and_postcode() {
        let spain = || Zone::of(["ES".parse().unwrap()]);
        let islands = Zone { postcodes: vec![postcodes("35"), postcodes("38")], ..spain() };
        assert!(islands.contains(Some(&address("ES", "38001"))));
        assert!(
            !islands.contains(Some(&address("ES", "28001")))
                && !islands.contains(Some(&address("DE", "38100")))
        );
        let bavaria = Zone { regions: vec!["Bayern".into()], ..Zone::of(["DE".parse().unwrap()]) };
        let munich =
            |region: Option<&str>| Address { region: region.map(Into::into), ..address("DE", "80331") };
        assert!(bavaria.contains(Some(&munich(Some(" BAYERN")))));
        assert!(!bavaria.contains(Some(&munich(None))));
        assert!(Zone::EVERYWHERE.contains(Some(&address("JP", ""))));
    }

    #[test]
    fn who_only_looks_is_in_no_part_of_a_country() {
        let spain = Zone::of(["ES".parse().unwrap()]);
        assert!(spain.contains(None) && Zone::EVERYWHERE.contains(None));
        assert!(!Zone { postcodes: vec![postcodes("35")], ..spain }.contains(None));
    }
}
