use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rust_decimal::Decimal;

use super::{
    Commerce, ReservePolicy, Retention,
    commerce::{Engine, Habits},
};
use crate::{
    checkout::{CheckoutPorts, CheckoutSettings},
    domain::{
        catalog::Market,
        ids::MarketId,
        inventory::{AllocationStrategy, MostAvailableFirst},
        order::{CapturePolicy, OrderNumbers, TimedNumbers},
        pricing::TaxSettings,
    },
    environment::Environment,
    gateway::{AllowEveryone, EventSink, FraudScreen, PaymentGateway, ShippingRates, TaxCalculator},
    saga::SagaSettings,
    storage::{CartStore, Store},
};

/// Puts a shop together. Parts without a sensible default are named by [`build`](Self::build) when they are missing.
///
/// ```
/// use std::sync::Arc;
///
/// use commerce_core::{
///     Commerce,
///     domain::{
///         catalog::{Market, PriceMode},
///         ids::{MarketId, TaxCategory},
///         money::{Currency, Money},
///         order::CapturePolicy,
///         pricing::ShippingRate,
///     },
///     gateway::{FlatShipping, TaxTable},
///     memory::{MemoryCarts, MemoryStore, TestGateway},
/// };
/// use rust_decimal::dec;
///
/// let euro = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
/// let parcel = ShippingRate {
///     name: "parcel".into(),
///     price: Money::from_minor(490, Currency::EUR),
///     tax_category: TaxCategory::standard(),
/// };
/// let shop = Commerce::builder()
///     .store(Arc::new(MemoryStore::new()))
///     .carts(Arc::new(MemoryCarts::new()))
///     .payments(Arc::new(TestGateway::new()))
///     .tax(Arc::new(TaxTable::flat("VAT", dec!(19))))
///     .shipping(Arc::new(FlatShipping(parcel)))
///     .market(euro)
///     .capture(CapturePolicy::AtFulfilment)
///     .build()?;
/// # drop(shop);
/// # Ok::<(), commerce_core::service::MissingPart>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Builder {
    store: Option<Arc<dyn Store>>,
    carts: Option<Arc<dyn CartStore>>,
    payments: Option<Arc<dyn PaymentGateway>>,
    tax: Option<Arc<dyn TaxCalculator>>,
    shipping: Option<Arc<dyn ShippingRates>>,
    environment: Option<Environment>,
    markets: BTreeMap<MarketId, Market>,
    fraud: Option<Arc<dyn FraudScreen>>,
    allocation: Option<Arc<dyn AllocationStrategy>>,
    numbers: Option<Arc<dyn OrderNumbers>>,
    tax_settings: TaxSettings,
    discount_cap: Option<Decimal>,
    capture: CapturePolicy,
    payment_deadline: Option<Duration>,
    habits: Habits,
}

/// A part without which there is no shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MissingPart {
    /// Nowhere to keep records.
    #[error("the shop has no store: call Builder::store")]
    Store,
    /// Nowhere to keep carts.
    #[error("the shop has nowhere to keep carts: call Builder::carts")]
    Carts,
    /// Nobody takes money.
    #[error("the shop has no payment gateway: call Builder::payments")]
    Payments,
    /// Nobody knows the taxes.
    #[error("the shop has no tax calculator: call Builder::tax, with an empty TaxTable if nothing is taxed")]
    Tax,
    /// Nobody ships.
    #[error("the shop has no shipping rates: call Builder::shipping")]
    Shipping,
    /// Nowhere to sell.
    #[error("the shop has no market: call Builder::market")]
    Market,
    /// No clock.
    #[error("the shop has no environment: call Builder::environment, or enable the feature `tokio`")]
    Environment,
    /// A worker could be taken for dead while a gateway still answers it.
    #[error("the lease must be longer than the time limit of a gateway call")]
    LongerLease,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $port:ty,)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: Arc<$port>) -> Self {
            self.$name = Some($name);
            self
        }
    )*};
}

impl Builder {
    /// The shop's name in events, unless another is given.
    pub const SOURCE: &'static str = "commerce-kit";
    /// How long a checkout may hold stock without a promise of money, unless told otherwise.
    pub const PAYMENT_DEADLINE: Duration = Duration::from_secs(15 * 60);

    parts! {
        /// Where records are kept.
        store: dyn Store,
        /// Where carts are kept.
        carts: dyn CartStore,
        /// Who moves money.
        payments: dyn PaymentGateway,
        /// Who knows tax rates.
        tax: dyn TaxCalculator,
        /// Who knows shipping rates.
        shipping: dyn ShippingRates,
        /// Who looks at buyers; by default everybody may buy.
        fraud: dyn FraudScreen,
        /// Where stock is taken from; by default where most of it is.
        allocation: dyn AllocationStrategy,
        /// Who makes order numbers; by default [`TimedNumbers`].
        numbers: dyn OrderNumbers,
    }

    /// Who listens to events; by default nobody, and they wait.
    #[must_use]
    pub fn sink(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.habits.sink = Some(sink);
        self
    }

    /// A market to sell in; call it once for each.
    #[must_use]
    pub fn market(mut self, market: Market) -> Self {
        self.markets.insert(market.id.clone(), market);
        self
    }

    /// The clock, the ids and the tasks; by default the system's, with the feature `tokio`.
    #[must_use]
    pub fn environment(self, environment: Environment) -> Self {
        Self { environment: Some(environment), ..self }
    }

    /// The shop's name in events; by default [`Self::SOURCE`].
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.habits.source = source.into();
        self
    }

    /// How tax is counted; by default rounded half up for each line.
    #[must_use]
    pub fn tax_settings(self, tax_settings: TaxSettings) -> Self {
        Self { tax_settings, ..self }
    }

    /// The most of a hundred that all promotions together take off the goods of one order; by default all. Gifts and
    /// shipping do not count.
    #[must_use]
    pub fn discount_cap(self, percent: Decimal) -> Self {
        Self { discount_cap: Some(percent), ..self }
    }

    /// When money is collected; by default as soon as the order is placed.
    #[must_use]
    pub fn capture(self, capture: CapturePolicy) -> Self {
        Self { capture, ..self }
    }

    /// When stock is held; by default at the checkout.
    #[must_use]
    pub fn reserve(mut self, reserve: ReservePolicy) -> Self {
        self.habits.reserve = reserve;
        self
    }

    /// How long a checkout may hold stock without a promise of money; by default [`Self::PAYMENT_DEADLINE`].
    #[must_use]
    pub fn payment_deadline(self, deadline: Duration) -> Self {
        Self { payment_deadline: Some(deadline), ..self }
    }

    /// How sagas are run.
    #[must_use]
    pub fn sagas(mut self, sagas: SagaSettings) -> Self {
        self.habits.sagas = sagas;
        self
    }

    /// How long what is over is remembered; by default for months, as [`Retention`] says.
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.habits.retention = retention;
        self
    }

    /// The shop.
    ///
    /// # Errors
    /// The first part that is missing.
    pub fn build(self) -> Result<Commerce, MissingPart> {
        if self.markets.is_empty() {
            return Err(MissingPart::Market);
        }
        if self.habits.sagas.lease <= self.habits.sagas.call_timeout {
            return Err(MissingPart::LongerLease);
        }
        let settings = CheckoutSettings {
            markets: self.markets,
            tax: self.tax_settings,
            discount_cap: self.discount_cap,
            capture: self.capture,
            payment_deadline: self.payment_deadline.unwrap_or(Self::PAYMENT_DEADLINE),
        };
        let ports = CheckoutPorts {
            store: self.store.ok_or(MissingPart::Store)?,
            carts: self.carts.ok_or(MissingPart::Carts)?,
            payments: self.payments.ok_or(MissingPart::Payments)?,
            tax: self.tax.ok_or(MissingPart::Tax)?,
            shipping: self.shipping.ok_or(MissingPart::Shipping)?,
            fraud: self.fraud.unwrap_or_else(|| Arc::new(AllowEveryone)),
            allocation: self.allocation.unwrap_or_else(|| Arc::new(MostAvailableFirst)),
            numbers: self.numbers.unwrap_or_else(|| Arc::new(TimedNumbers)),
            settings,
        };
        let environment = self.environment.or_else(default_environment).ok_or(MissingPart::Environment)?;
        let engine = Engine::new(ports, environment, self.habits);
        Ok(Commerce { engine: Arc::new(engine) })
    }
}

#[cfg(feature = "tokio")]
fn default_environment() -> Option<Environment> {
    Some(Environment::system())
}

#[cfg(not(feature = "tokio"))]
const fn default_environment() -> Option<Environment> {
    None
}
