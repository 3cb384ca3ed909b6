use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::GatewayError;
use crate::domain::{
    customer::Address,
    pricing::{TaxRates, Taxable},
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
