use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rust_decimal::Decimal;

use crate::{
    domain::{
        catalog::Market,
        ids::MarketId,
        inventory::AllocationStrategy,
        order::{CapturePolicy, OrderNumbers},
        pricing::TaxSettings,
    },
    gateway::{FraudScreen, PaymentGateway, ShippingRates, TaxCalculator},
    storage::{CartStore, Store},
};

/// Everything a checkout reaches.
#[derive(Debug, Clone)]
pub struct CheckoutPorts {
    /// The shop's records.
    pub store: Arc<dyn Store>,
    /// Its carts.
    pub carts: Arc<dyn CartStore>,
    /// Moves money.
    pub payments: Arc<dyn PaymentGateway>,
    /// Knows tax rates.
    pub tax: Arc<dyn TaxCalculator>,
    /// Knows shipping rates.
    pub shipping: Arc<dyn ShippingRates>,
    /// Looks at buyers.
    pub fraud: Arc<dyn FraudScreen>,
    /// Prefers locations.
    pub allocation: Arc<dyn AllocationStrategy>,
    /// Makes order numbers.
    pub numbers: Arc<dyn OrderNumbers>,
    /// How the shop sells.
    pub settings: CheckoutSettings,
}

/// How the shop sells.
#[derive(Debug, Clone)]
pub struct CheckoutSettings {
    /// Its markets.
    pub markets: BTreeMap<MarketId, Market>,
    /// How its tax is counted.
    pub tax: TaxSettings,
    /// The most of a hundred that promotions together take off the goods.
    pub discount_cap: Option<Decimal>,
    /// When money is collected.
    pub capture: CapturePolicy,
    /// How long a checkout may hold stock without a promise of money.
    pub payment_deadline: Duration,
}
