use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{GatewayError, TaxCalculator, TaxQuery};
use crate::domain::{
    customer::Zone,
    ids::TaxCategory,
    pricing::{TaxRate, TaxRates},
};

/// Rates by tax category, zone and time: the first entry that fits counts; without one the tax is zero.
///
/// So exceptions by postcode come before their country, and an entry without a category, which is for all other goods,
/// after those with one. A buyer who only looks is taken to be in the first country that has an entry.
///
/// ```
/// use commerce_core::{
///     domain::{customer::Zone, ids::TaxCategory, pricing::TaxRate},
///     gateway::{TaxEntry, TaxTable},
/// };
/// use rust_decimal::dec;
///
/// let rate = |name: &str, percent| TaxEntry::new(TaxRate { name: name.into(), percent });
/// let spain = Zone::of(["ES".parse()?]);
/// let islands = Zone { postcodes: vec!["35".parse()?, "38".parse()?], ..spain.clone() };
/// let table = TaxTable(vec![
///     rate("IVA 0%", dec!(0)).within(islands),
///     rate("IVA 4%", dec!(4)).within(spain.clone()).on(TaxCategory::new("books")?),
///     rate("IVA 21%", dec!(21)).within(spain),
/// ]);
/// # assert_eq!(table.0.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTable(pub Vec<TaxEntry>);

/// One row of a [`TaxTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxEntry {
    /// The category it is for; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<TaxCategory>,
    /// Where it holds.
    #[serde(default)]
    pub zone: Zone,
    /// From when on it holds. A law of a day begins at midnight where it holds: in Berlin that is 22:00 or 23:00 UTC of
    /// the day before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it holds no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// The rate.
    pub rate: TaxRate,
}

impl TaxTable {
    /// One rate for everything everywhere.
    pub fn flat(name: impl Into<String>, percent: Decimal) -> Self {
        Self(vec![TaxEntry::new(TaxRate { name: name.into(), percent })])
    }
}

impl TaxEntry {
    /// For all goods, everywhere and at all times.
    pub const fn new(rate: TaxRate) -> Self {
        Self { category: None, zone: Zone::EVERYWHERE, starts_at: None, ends_at: None, rate }
    }

    /// The same for goods of one category.
    #[must_use]
    pub fn on(self, category: TaxCategory) -> Self {
        Self { category: Some(category), ..self }
    }

    /// The same in one zone.
    #[must_use]
    pub fn within(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The same from a time on.
    #[must_use]
    pub fn from(self, starts_at: DateTime<Utc>) -> Self {
        Self { starts_at: Some(starts_at), ..self }
    }

    /// The same until a time.
    #[must_use]
    pub fn until(self, ends_at: DateTime<Utc>) -> Self {
        Self { ends_at: Some(ends_at), ..self }
    }

    fn holds(&self, query: &TaxQuery) -> bool {
        self.starts_at.is_none_or(|starts_at| query.at >= starts_at)
            && self.ends_at.is_none_or(|ends_at| query.at < ends_at)
            && self.zone.contains(query.to.as_ref())
    }
}

#[async_trait]
impl TaxCalculator for TaxTable {
    async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError> {
        let here: Vec<&TaxEntry> = self.0.iter().filter(|entry| entry.holds(query)).collect();
        let rate = |category: &TaxCategory| {
            let fits = |entry: &&&TaxEntry| entry.category.as_ref().is_none_or(|only| only == category);
            let untaxed = || TaxRate { name: "untaxed".into(), percent: Decimal::ZERO };
            here.iter().find(fits).map_or_else(untaxed, |entry| entry.rate.clone())
        };
        let lines = query.order.lines.iter().map(|line| rate(&line.tax_category)).collect();
        Ok(TaxRates { lines, shipping: query.order.shipping.as_ref().map(|line| rate(&line.tax_category)) })
    }
}
