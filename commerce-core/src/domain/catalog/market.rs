use serde::{Deserialize, Serialize};

use crate::domain::{ids::MarketId, money::Currency};

/// A group of buyers with one currency and one way of showing prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Its name in carts and prices.
    pub id: MarketId,
    /// The currency every price, cart and payment of this market is in.
    pub currency: Currency,
    /// Whether its prices contain the tax.
    pub prices: PriceMode,
}

/// Whether a price contains the tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PriceMode {
    /// The tax is inside the price: what a buyer in most of the world sees.
    TaxIncluded,
    /// The tax comes on top of the price: North America, and trade between businesses.
    TaxAdded,
}
