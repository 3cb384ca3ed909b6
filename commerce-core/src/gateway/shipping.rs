use std::fmt;

use async_trait::async_trait;

use super::GatewayError;
use crate::domain::{
    customer::Address,
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
