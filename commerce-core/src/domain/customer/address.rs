use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where goods and invoices go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Who receives it.
    pub name: String,
    /// Street, house, floor: one to four lines.
    pub lines: Vec<String>,
    /// The town.
    pub city: String,
    /// The postcode; empty where there are none.
    #[serde(default)]
    pub postcode: String,
    /// The state or province, where taxes or carriers ask for it.
    #[serde(default)]
    pub region: Option<String>,
    /// The country.
    pub country: Country,
}

/// An address has a field that is empty or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} of an address must have 1 to {} characters", Address::FIELD)]
pub struct AddressProblem {
    /// Which field.
    pub field: &'static str,
}

impl Address {
    /// The longest field, in characters.
    pub const FIELD: usize = 200;

    /// An address with one line and no region.
    pub fn new(
        name: impl Into<String>,
        line: impl Into<String>,
        city: impl Into<String>,
        postcode: impl Into<String>,
        country: Country,
    ) -> Self {
        let (name, lines, city, postcode) = (name.into(), vec![line.into()], city.into(), postcode.into());
        Self { name, lines, city, postcode, region: None, country }
    }

    /// Says which field cannot stay as it is, if any.
    pub fn check(&self) -> Result<(), AddressProblem> {
        let short = |text: &str| text.chars().count() <= Self::FIELD;
        let filled = |text: &str| !text.trim().is_empty() && short(text);
        let lines = (1..=4).contains(&self.lines.len()) && self.lines.iter().all(|line| filled(line));
        let fields = [
            ("the name", filled(&self.name)),
            ("each line", lines),
            ("the city", filled(&self.city)),
            ("the postcode", short(&self.postcode)),
            ("the region", self.region.as_deref().is_none_or(filled)),
        ];
        match fields.into_iter().find(|(_, good)| !good) {
            Some((field, _)) => Err(AddressProblem { field }),
            None => Ok(()),
        }
    }
}

/// A country of ISO 3166-1, by its two letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// No country of ISO 3166-1 has these letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is two capital letters of ISO 3166-1, such as DE")]
pub struct UnknownCountry;

impl Country {
    /// The two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, UnknownCountry> {
        let known = rust_iso3166::from_alpha2(code).ok_or(UnknownCountry)?;
        known.alpha2.as_bytes().try_into().map(Self).map_err(|_| UnknownCountry)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
