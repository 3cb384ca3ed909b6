use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::GatewayError;
use crate::domain::{
    customer::{Address, Country},
    money::Money,
    pricing::{Shippable, ShippingRate},
};

/// Says what shipping costs.
///
/// # To be correct
/// - the same query within one checkout gets the same rates;
/// - rates are in the currency of the goods.
#[async_trait]
pub trait ShippingRates: fmt::Debug + Send + Sync + 'static {
    /// The ways to ship this, the one to take when the buyer names none first; none when it cannot be shipped there.
    async fn rates(&self, query: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError>;
}

/// What is to be shipped where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingQuery {
    /// The goods.
    pub goods: Shippable,
    /// Where to; none while the buyer only looks.
    pub to: Option<Address>,
}

/// One rate for everything everywhere.
#[derive(Debug, Clone)]
pub struct FlatShipping(pub ShippingRate);

#[async_trait]
impl ShippingRates for FlatShipping {
    async fn rates(&self, _: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError> {
        Ok(vec![self.0.clone()])
    }
}

/// Rates by country, weight and price: of each rate name, the first row that fits counts.
#[derive(Debug, Clone, Default)]
pub struct ShippingTable(pub Vec<ShippingZone>);

/// One row of a [`ShippingTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingZone {
    /// The countries it is for; empty for all.
    pub countries: Vec<Country>,
    /// The heaviest parcel it is for.
    pub up_to_grams: Option<u64>,
    /// What the goods must cost at least, such as for free shipping.
    pub from_goods: Option<Money>,
    /// The rate.
    pub rate: ShippingRate,
}

impl ShippingZone {
    fn fits(&self, query: &ShippingQuery) -> bool {
        let currency = query.goods.goods.currency();
        let reached = |least: Money| least.currency() == currency && query.goods.goods >= least;
        let country = query.to.as_ref().map(|address| address.country);
        let here = country.is_none_or(|country| self.countries.contains(&country));
        (self.countries.is_empty() || here)
            && self.rate.price.currency() == currency
            && self.up_to_grams.is_none_or(|most| query.goods.weight_grams <= most)
            && self.from_goods.is_none_or(reached)
    }
}

#[async_trait]
impl ShippingRates for ShippingTable {
    async fn rates(&self, query: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError> {
        let mut rates: Vec<ShippingRate> = Vec::new();
        for zone in self.0.iter().filter(|zone| zone.fits(query)) {
            if !rates.iter().any(|known| known.name == zone.rate.name) {
                rates.push(zone.rate.clone());
            }
        }
        Ok(rates)
    }
}
