//! A whole shop on a [`Stage`]: durable parts that survive, processes that come and go, time that a test owns.

use std::{
    fmt,
    future::{Future, pending},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use commerce_core::{
    Commerce,
    domain::{
        catalog::{Market, PriceMode},
        ids::{MarketId, TaxCategory},
        money::{Currency, Money},
        order::CapturePolicy,
        pricing::ShippingRate,
    },
    environment::{Environment, Spawner},
    gateway::{
        AllowEveryone, CloudEvent, EventSink, FlatShipping, FraudScreen, GatewayError, PaymentGateway,
        TaxTable,
    },
    memory::{MemoryCarts, MemoryStore, TestGateway},
    saga::{Patience, SagaSettings},
    service::{Builder, MissingPart, ReservePolicy, Retention},
    storage::{CartStore, Store},
};
use futures_channel::oneshot;
use futures_util::FutureExt;
use rust_decimal::dec;

use crate::{
    environment::{CountedIds, ManualClock},
    faults::{FaultPlan, FaultyCarts, FaultyGateway, FaultyStore},
    invariants::{self, Moment, Violation},
    stage::{Process, Stage},
};

/// The parts of a shop that outlive its processes, and the stage they run on.
///
/// ```
/// use std::time::Duration;
///
/// use commerce_core::{domain::ids::MarketId, environment::Clock, service::NewCart};
/// use commerce_testkit::{stage::Process, world::World};
///
/// let world = World::default();
/// let shop = world.process(Process(1)).unwrap();
/// let make = world.ask(Process(1), &shop, |shop| async move {
///     shop.carts().create(NewCart::guest(MarketId::main())).await.unwrap().id
/// });
/// let cart = world.stage.run(world.clock.now(), make).unwrap().unwrap();
///
/// // The process dies. An hour later another one finds the cart.
/// world.stage.kill(Process(1));
/// world.stage.run_until(world.clock.now() + Duration::from_secs(3_600));
/// let shop = world.process(Process(2)).unwrap();
/// let found = world.stage.run(world.clock.now(), shop.carts().get(cart)).unwrap();
/// assert!(found.is_ok());
/// ```
#[derive(Debug)]
pub struct World {
    /// Runs everything.
    pub stage: Stage,
    /// The time.
    pub clock: ManualClock,
    /// The shop's records.
    pub store: Arc<dyn Store>,
    /// Its carts.
    pub carts: Arc<dyn CartStore>,
    /// The gateway, with books of its own.
    pub gateway: Arc<TestGateway>,
    /// What listeners got.
    pub heard: Arc<Heard>,
    /// Who looks at buyers.
    pub fraud: Arc<dyn FraudScreen>,
    /// What is wrapped around each process's store and payment gateway: bugs that a test plants.
    pub planted: Planted,
    /// When the money is collected.
    pub capture: CapturePolicy,
    /// When stock is held.
    pub reserve: ReservePolicy,
    /// How long what is over is remembered.
    pub retention: Retention,
    ids: Arc<CountedIds>,
}

/// Bugs to wrap around the ports of a process, outside of all faults: an engine with this bug would act like that.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// Around the store.
    pub store: fn(Arc<dyn Store>) -> Arc<dyn Store>,
    /// Around the payment gateway.
    pub payments: fn(Arc<dyn PaymentGateway>) -> Arc<dyn PaymentGateway>,
}

impl Planted {
    /// No bugs.
    pub const NONE: Self = Self { store: |store| store, payments: |gateway| gateway };
}

impl Default for Planted {
    /// No bugs.
    fn default() -> Self {
        Self::NONE
    }
}

/// A process died while it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Died;

impl Default for World {
    fn default() -> Self {
        let clock = ManualClock::default();
        let gateway = Arc::new(TestGateway::new());
        Self {
            stage: Stage::new(clock.clone()),
            clock,
            store: Arc::new(MemoryStore::new()),
            carts: Arc::new(MemoryCarts::new()),
            gateway,
            heard: Arc::default(),
            fraud: Arc::new(AllowEveryone),
            planted: Planted::default(),
            capture: CapturePolicy::default(),
            reserve: ReservePolicy::default(),
            retention: Retention::default(),
            ids: Arc::default(),
        }
    }
}

impl World {
    /// How long a worker may be silent before others take over.
    pub const LEASE: Duration = Duration::from_secs(30);

    /// A process that never fails.
    ///
    /// # Errors
    /// None: nothing is missing.
    pub fn process(&self, process: Process) -> Result<Commerce, MissingPart> {
        self.builder(process)
            .store(Arc::clone(&self.store))
            .carts(Arc::clone(&self.carts))
            .payments(self.gateway.clone())
            .fraud(Arc::clone(&self.fraud))
            .tax(Arc::new(TaxTable::flat("VAT", dec!(19))))
            .shipping(Arc::new(shipping()))
            .sink(self.heard.clone())
            .build()
    }

    /// A process whose every port call goes through the plan.
    ///
    /// # Errors
    /// None: nothing is missing.
    pub fn faulty_process(&self, process: Process, plan: &FaultPlan) -> Result<Commerce, MissingPart> {
        let tax: Arc<dyn commerce_core::gateway::TaxCalculator> = Arc::new(TaxTable::flat("VAT", dec!(19)));
        let rates: Arc<dyn commerce_core::gateway::ShippingRates> = Arc::new(shipping());
        let sink: Arc<dyn EventSink> = self.heard.clone();
        let gateway: Arc<dyn PaymentGateway> = self.gateway.clone();
        self.builder(process)
            .store((self.planted.store)(Arc::new(FaultyStore::new(Arc::clone(&self.store), plan.clone()))))
            .carts(Arc::new(FaultyCarts::new(Arc::clone(&self.carts), plan.clone())))
            .payments((self.planted.payments)(Arc::new(FaultyGateway::new(gateway, plan.clone()))))
            .fraud(Arc::new(FaultyGateway::new(Arc::clone(&self.fraud), plan.clone())))
            .tax(Arc::new(FaultyGateway::new(tax, plan.clone())))
            .shipping(Arc::new(FaultyGateway::new(rates, plan.clone())))
            .sink(Arc::new(FaultyGateway::new(sink, plan.clone())))
            .build()
    }

    /// A plan of faults for one process: pauses outlast the lease.
    pub fn plan(&self, process: Process) -> FaultPlan {
        FaultPlan::new(self.stage.clone(), self.clock.clone(), process, Self::LEASE * 2)
    }

    /// Lets a worker of this process run for good.
    pub fn start_worker(&self, process: Process, commerce: &Commerce) {
        let commerce = commerce.clone();
        let work = async move { commerce.worker(pending()).await };
        self.stage.spawner(process).spawn(Box::pin(work));
    }

    /// Asks a process for something; the time goes on while it works.
    pub async fn ask<T, F>(
        &self,
        process: Process,
        commerce: &Commerce,
        question: impl FnOnce(Commerce) -> F,
    ) -> Result<T, Died>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = question(commerce.clone());
        self.stage.spawner(process).spawn(Box::pin(async move { drop(reply.send(work.await)) }));
        answer.await.map_err(|_| Died)
    }

    /// What does not hold right now. Answers at once: the store lives in memory.
    pub fn check(&self, moment: Moment) -> Vec<Violation> {
        let books = self.gateway.books();
        let checked = invariants::check(&*self.store, Some(&books), moment).now_or_never();
        match checked {
            Some(Ok(violations)) => violations,
            other => vec![Violation { rule: "view", what: format!("the store cannot be read: {other:?}") }],
        }
    }

    fn builder(&self, process: Process) -> Builder {
        let environment = Environment {
            clock: Arc::new(self.clock.clone()),
            ids: self.ids.clone(),
            spawner: Arc::new(self.stage.spawner(process)),
        };
        let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
        let call_timeout = Self::LEASE / 3;
        let patience = Patience { longest_pause: Duration::from_secs(10), ..Patience::default() };
        Commerce::builder()
            .environment(environment)
            .market(market)
            .capture(self.capture)
            .reserve(self.reserve)
            .retention(self.retention)
            .sagas(SagaSettings { lease: Self::LEASE, call_timeout, patience })
    }
}

fn shipping() -> FlatShipping {
    let price = Money::from_minor(490, Currency::EUR);
    FlatShipping(ShippingRate { name: "parcel".into(), price, tax_category: TaxCategory::standard() })
}

/// A sink that remembers what it got, in order.
#[derive(Default)]
pub struct Heard(Mutex<Vec<CloudEvent>>);

impl Heard {
    /// Everything it got.
    pub fn events(&self) -> Vec<CloudEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The subjects that got an event before an earlier one had come at least once.
    pub fn out_of_order(&self) -> Vec<String> {
        let mut last = std::collections::BTreeMap::new();
        let mut wrong = Vec::new();
        for event in self.events() {
            let before = last.entry(event.subject.clone()).or_insert(0);
            if event.sequence > *before + 1 {
                wrong.push(event.id);
            }
            *before = event.sequence.max(*before);
        }
        wrong
    }
}

#[async_trait]
impl EventSink for Heard {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heard({} events)", self.events().len())
    }
}
