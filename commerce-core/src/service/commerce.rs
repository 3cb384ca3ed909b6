use std::sync::Arc;

use super::{
    Builder, Carts, Catalog, Checkouts, Customers, Inventory, Orders, Payments, ReservePolicy, Retention,
    Sagas, retention::Forgetting, strangers::Strangers,
};
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
/// Each method opens one room. A [`worker`](Self::worker) should run in at least one process: it goes on with what
/// waited or was cut off, gives back expired holds, delivers events and forgets what is long over.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::sync::Arc;
///
/// use commerce_core::{Commerce, memory::TestGateway};
///
/// let shop = Commerce::in_memory(Arc::new(TestGateway::new()));
/// let worker = shop.clone();
/// tokio::spawn(async move { worker.worker(std::future::pending()).await });
/// # }
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
    pub(super) habits: Habits,
    pub(super) forgetting: Forgetting,
    pub(super) strangers: Strangers,
    pub(super) checkouts: Arc<Runner<CheckoutFlow>>,
    pub(super) captures: Arc<Runner<CaptureFlow>>,
    pub(super) refunds: Arc<Runner<RefundFlow>>,
    pub(super) cancellations: Arc<Runner<CancellationFlow>>,
}

/// How a shop goes about what no port decides.
#[derive(Debug, Clone)]
pub(super) struct Habits {
    pub(super) sagas: SagaSettings,
    pub(super) sink: Option<Arc<dyn EventSink>>,
    pub(super) source: String,
    pub(super) reserve: ReservePolicy,
    pub(super) retention: Retention,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            sagas: SagaSettings::default(),
            sink: None,
            source: Builder::SOURCE.into(),
            reserve: ReservePolicy::default(),
            retention: Retention::default(),
        }
    }
}

impl Engine {
    pub(super) fn new(ports: CheckoutPorts, environment: Environment, habits: Habits) -> Self {
        let money = MoneyPorts { store: Arc::clone(&ports.store), payments: Arc::clone(&ports.payments) };
        let (store, sagas) = (|| Arc::clone(&ports.store), habits.sagas);
        Self {
            checkouts: Runner::new(store(), ports.clone(), environment.clone(), sagas),
            captures: Runner::new(store(), money.clone(), environment.clone(), sagas),
            refunds: Runner::new(store(), money.clone(), environment.clone(), sagas),
            cancellations: Runner::new(store(), money, environment.clone(), sagas),
            forgetting: Forgetting::new(habits.retention),
            strangers: Strangers::default(),
            ports,
            environment,
            habits,
        }
    }
}

impl Commerce {
    /// A shop to be put together part by part.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A shop of these parts, with everything else as it is by default.
    #[cfg(all(feature = "memory", feature = "tokio"))]
    pub(crate) fn of(ports: CheckoutPorts, environment: Environment) -> Self {
        Self { engine: Arc::new(Engine::new(ports, environment, Habits::default())) }
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

    /// What goes on behind all of these.
    pub fn sagas(&self) -> Sagas<'_> {
        Sagas { engine: &self.engine }
    }

    /// What was paid.
    pub fn payments(&self) -> Payments<'_> {
        Payments { engine: &self.engine }
    }
}
