//! A whole shop in memory: where the use cases meet the adapter in the box.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    checkout::{CheckoutPorts, CheckoutSettings},
    domain::{
        catalog::{Market, PriceMode},
        ids::{MarketId, TaxCategory},
        inventory::MostAvailableFirst,
        money::{Currency, Money},
        order::{CapturePolicy, TimedNumbers},
        pricing::{ShippingRate, TaxSettings},
    },
    environment::Environment,
    gateway::{AllowEveryone, FlatShipping, PaymentGateway, TaxTable},
    memory::{MemoryCarts, MemoryStore},
    service::{Builder, Commerce},
};

impl Commerce {
    /// A shop that lives in memory: one market `main` in euro with tax included, no tax, free shipping. Its work
    /// runs on the surrounding tokio runtime.
    pub fn in_memory(payments: Arc<dyn PaymentGateway>) -> Self {
        let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
        let free = Money::zero(market.currency);
        let shipping =
            ShippingRate { name: "standard".into(), price: free, tax_category: TaxCategory::standard() };
        let settings = CheckoutSettings {
            markets: BTreeMap::from([(market.id.clone(), market)]),
            tax: TaxSettings::default(),
            discount_cap: None,
            capture: CapturePolicy::default(),
            payment_deadline: Builder::PAYMENT_DEADLINE,
        };
        let ports = CheckoutPorts {
            store: Arc::new(MemoryStore::new()),
            carts: Arc::new(MemoryCarts::new()),
            payments,
            tax: Arc::new(TaxTable::default()),
            shipping: Arc::new(FlatShipping(shipping)),
            fraud: Arc::new(AllowEveryone),
            allocation: Arc::new(MostAvailableFirst),
            numbers: Arc::new(TimedNumbers),
            settings,
        };
        Self::of(ports, Environment::system())
    }
}
