use std::sync::Arc;

#[cfg(all(feature = "memory", feature = "tokio"))]
use {
    crate::{
        checkout::CheckoutSettings,
        domain::{
            catalog::{Market, PriceMode},
            ids::{MarketId, TaxCategory},
            inventory::MostAvailableFirst,
            money::{Currency, Money},
            order::{CapturePolicy, TimedNumbers},
            pricing::{ShippingRate, TaxSettings},
        },
        gateway::{AllowEveryone, FlatShipping, PaymentGateway, TaxTable},
        memory::{MemoryCarts, MemoryStore},
    },
    std::collections::BTreeMap,
};

use super::{Builder, Carts, Catalog, Checkouts, Customers, Inventory, Orders, Payments, ReservePolicy};
use crate::{
    cancellation::CancellationFlow,
    capture::{CaptureFlow, MoneyPorts},
    checkout::{CheckoutFlow, CheckoutPorts},
    environment::Environment,
    gateway::EventSink,
    refund::RefundFlow,
    saga::{Runner, SagaSettings},
};

/// The handle of a shop. Cheap to clone; all clones are the same shop.
///
/// ```
/// use std::sync::Arc;
///
/// use commerce_core::{memory::TestGateway, service::Commerce};
///
/// let shop = Commerce::in_memory(Arc::new(TestGateway::new()));
/// # drop(shop);
/// ```
#[derive(Debug, Clone)]
pub struct Commerce {
    pub(super) engine: Arc<Engine>,
}

/// What all use cases share.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) ports: CheckoutPorts,
    pub(super) environment: Environment,
    pub(super) sink: Option<Arc<dyn EventSink>>,
    pub(super) source: String,
    pub(super) reserve: ReservePolicy,
    pub(super) checkouts: Arc<Runner<CheckoutFlow>>,
    pub(super) captures: Arc<Runner<CaptureFlow>>,
    pub(super) refunds: Arc<Runner<RefundFlow>>,
    pub(super) cancellations: Arc<Runner<CancellationFlow>>,
}

impl Engine {
    pub(super) fn new(
        ports: CheckoutPorts,
        environment: Environment,
        sagas: SagaSettings,
        sink: Option<Arc<dyn EventSink>>,
        source: String,
        reserve: ReservePolicy,
    ) -> Self {
        let money = MoneyPorts { store: Arc::clone(&ports.store), payments: Arc::clone(&ports.payments) };
        let store = || Arc::clone(&ports.store);
        Self {
            checkouts: Runner::new(store(), ports.clone(), environment.clone(), sagas),
            captures: Runner::new(store(), money.clone(), environment.clone(), sagas),
            refunds: Runner::new(store(), money.clone(), environment.clone(), sagas),
            cancellations: Runner::new(store(), money, environment.clone(), sagas),
            ports,
            environment,
            sink,
            source,
            reserve,
        }
    }
}

impl Commerce {
    /// A shop to be put together part by part.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A shop that lives in memory: one market `main` in euro with tax included, no tax, free shipping.
    #[cfg(all(feature = "memory", feature = "tokio"))]
    pub fn in_memory(payments: Arc<dyn PaymentGateway>) -> Self {
        let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
        let free = Money::zero(market.currency);
        let shipping =
            ShippingRate { name: "standard".into(), price: free, tax_category: TaxCategory::standard() };
        let settings = CheckoutSettings {
            markets: BTreeMap::from([(market.id.clone(), market)]),
            tax: TaxSettings::default(),
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
        let (source, reserve) = (Builder::SOURCE.into(), ReservePolicy::default());
        let engine =
            Engine::new(ports, Environment::system(), SagaSettings::default(), None, source, reserve);
        Self { engine: Arc::new(engine) }
    }

    /// What is for sale.
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog { engine: &self.engine }
    }

    /// What buyers have picked.
    pub fn carts(&self) -> Carts<'_> {
        Carts { engine: &self.engine }
    }

    /// Buying.
    pub fn checkouts(&self) -> Checkouts<'_> {
        Checkouts { engine: &self.engine }
    }

    /// Who has an account.
    pub fn customers(&self) -> Customers<'_> {
        Customers { engine: &self.engine }
    }

    /// What is in stock.
    pub fn inventory(&self) -> Inventory<'_> {
        Inventory { engine: &self.engine }
    }

    /// What was bought.
    pub fn orders(&self) -> Orders<'_> {
        Orders { engine: &self.engine }
    }

    /// What was paid.
    pub fn payments(&self) -> Payments<'_> {
        Payments { engine: &self.engine }
    }
}
