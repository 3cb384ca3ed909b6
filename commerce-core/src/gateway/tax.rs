use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::GatewayError;
use crate::domain::{
    customer::{Address, Country},
    ids::TaxCategory,
    pricing::{TaxRate, TaxRates, Taxable},
};

/// Says which tax rates hold.
///
/// # To be correct
/// - one rate for each line, in the order of the lines, and one for shipping when shipping is asked about;
/// - the same query gets the same rates.
#[async_trait]
pub trait TaxCalculator: fmt::Debug + Send + Sync + 'static {
    /// The rates for one order: one call per quote, however many lines.
    async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError>;
}

/// What is to be taxed where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxQuery {
    /// The goods and the shipping.
    pub order: Taxable,
    /// Where it goes; none while the buyer only looks.
    pub to: Option<Address>,
    /// By which day's law.
    pub at: DateTime<Utc>,
}

/// Rates by tax category and country: the first entry that fits counts; without one the tax is zero.
#[derive(Debug, Clone, Default)]
pub struct TaxTable(pub Vec<TaxEntry>);

/// One row of a [`TaxTable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxEntry {
    /// The category it is for; none for all.
    pub category: Option<TaxCategory>,
    /// The country it is for; none for all, and for buyers who only look.
    pub country: Option<Country>,
    /// The rate.
    pub rate: TaxRate,
}

impl TaxTable {
    /// One rate for everything everywhere.
    pub fn flat(name: impl Into<String>, percent: Decimal) -> Self {
        Self(vec![TaxEntry { category: None, country: None, rate: TaxRate { name: name.into(), percent } }])
    }

    fn rate(&self, category: &TaxCategory, country: Option<Country>) -> TaxRate {
        let fits = |entry: &&TaxEntry| {
            entry.category.as_ref().is_none_or(|only| only == category)
                && entry.country.is_none_or(|only| country.is_none_or(|country| only == country))
        };
        let untaxed = || TaxRate { name: "untaxed".into(), percent: Decimal::ZERO };
        self.0.iter().find(fits).map_or_else(untaxed, |entry| entry.rate.clone())
    }
}

#[async_trait]
impl TaxCalculator for TaxTable {
    async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError> {
        let country = query.to.as_ref().map(|address| address.country);
        let lines = query.order.lines.iter().map(|line| self.rate(&line.tax_category, country)).collect();
        let shipping = query.order.shipping.as_ref().map(|line| self.rate(&line.tax_category, country));
        Ok(TaxRates { lines, shipping })
    }
}
