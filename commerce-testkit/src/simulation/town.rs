use std::{
    future::{Future, pending},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    Commerce,
    domain::{
        catalog::Market,
        ids::{MarketId, TaxCategory},
        money::{Currency, Money},
        pricing::ShippingRate,
    },
    environment::{Clock, Environment, Spawner},
    gateway::{
        EventSink, FlatShipping, FraudScreen, GatewayError, PaymentGateway, ScreeningRequest, ShippingRates,
        TaxCalculator, TaxTable, Verdict,
    },
    saga::{Patience, SagaSettings},
    storage::{CartStore, Store},
};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use rust_decimal::dec;

use super::{
    bank::Bank,
    fate::{Chance, ProcessFate},
    judge::Judge,
    swarm::Swarm,
    tap::Listener,
};
use crate::{
    dice::Dice,
    environment::{CountedIds, ManualClock, SkewedClock},
    faults::{Course, FaultyCarts, FaultyGateway, FaultyStore},
    stage::{Process, Stage},
    world::Planted,
};

/// What outlives the processes of a shop, the processes themselves, and how to reach them.
pub(super) struct Town {
    pub(super) seed: u64,
    pub(super) swarm: Swarm,
    pub(super) clock: ManualClock,
    pub(super) stage: Stage,
    pub(super) store: Arc<dyn Store>,
    pub(super) carts: Arc<dyn CartStore>,
    pub(super) bank: Arc<Bank>,
    pub(super) judge: Arc<Judge>,
    pub(super) chance: Arc<Chance>,
    pub(super) planted: Planted,
    /// Whether the store and the carts answer from threads of their own.
    pub(super) abroad: bool,
    pub(super) ids: Arc<CountedIds>,
    pub(super) servers: Mutex<Vec<Server>>,
    pub(super) lives: AtomicU32,
    pub(super) closed_until: Mutex<Option<DateTime<Utc>>>,
    pub(super) this: Weak<Town>,
}

/// A server: a process that comes and goes.
#[derive(Default)]
pub(super) struct Server {
    running: Option<(Process, Commerce)>,
}

/// Everybody who is no process of the shop: buyers, the administrator, the post. Nobody kills them.
pub(super) const PEOPLE: Process = Process(0);

impl Town {
    /// Starts every server that is not running.
    pub(super) fn open(&self) {
        for server in 0..self.swarm.processes {
            self.start(server);
        }
    }

    /// Ends every process at once.
    pub(super) fn stop_all(&self) {
        let running: Vec<_> = self.servers().iter_mut().filter_map(|server| server.running.take()).collect();
        running.into_iter().for_each(|(process, _)| self.stage.kill(process));
    }

    /// A server has died: it comes back after a while.
    pub(super) fn restart(&self, server: usize) {
        if let Some(gone) = self.servers().get_mut(server) {
            gone.running = None;
        }
        let (town, life) = (self.this.clone(), self.lives.load(Ordering::Relaxed));
        let pause = Dice::of(self.seed ^ 0xdead, life.into()).millis(100, 15_000);
        self.people(async move {
            let Some(clock) = town.upgrade().map(|town| town.clock.clone()) else { return };
            clock.sleep(pause).await;
            if let Some(town) = town.upgrade() {
                town.until_open().await;
                town.start(server);
            }
        });
    }

    /// Nobody can reach the shop until then.
    pub(super) fn close_until(&self, then: Option<DateTime<Utc>>) {
        *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner) = then;
    }

    /// Waits until the shop can be reached again.
    pub(super) async fn until_open(&self) {
        let closed = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(then) = closed {
            self.clock.sleep((then - self.clock.now()).to_std().unwrap_or_default()).await;
        }
    }

    /// Does something as one of the people outside the shop.
    pub(super) fn people(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.stage.spawner(PEOPLE).spawn(Box::pin(work));
    }

    /// Lets time pass.
    pub(super) async fn wait(&self, pause: Duration) {
        self.clock.sleep(pause).await;
    }

    /// Asks a server; none when it is down, dies, or does not answer in time.
    pub(super) async fn ask<T, F>(&self, server: usize, question: impl FnOnce(Commerce) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        const PATIENCE: Duration = Duration::from_secs(4);
        self.until_open().await;
        let (process, commerce) = self.servers().get(server)?.running.clone()?;
        let (reply, answer) = oneshot::channel();
        let work = question(commerce);
        self.stage.spawner(process).spawn(Box::pin(async move { drop(reply.send(work.await)) }));
        match select(answer, self.clock.sleep(PATIENCE)).await {
            Either::Left((answer, _)) => answer.ok(),
            Either::Right(_) => None,
        }
    }

    /// Reads the store from outside the shop, between two moments of the run.
    pub(super) fn read<T: Send + 'static>(
        &self,
        reading: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let now = self.clock.now();
        match self.abroad {
            true => self.stage.run(now, self.stage.abroad(reading))?.ok(),
            false => self.stage.run(now, reading),
        }
    }

    fn start(&self, server: usize) {
        if self.servers().get(server).is_none_or(|server| server.running.is_some()) {
            return;
        }
        let life = self.lives.fetch_add(1, Ordering::Relaxed) + 1;
        let process = Process(life);
        let Some(commerce) = self.process(process, server, life) else { return };
        let worker = commerce.clone();
        self.stage.spawner(process).spawn(Box::pin(async move { worker.worker(pending()).await }));
        if let Some(server) = self.servers().get_mut(server) {
            server.running = Some((process, commerce));
        }
    }

    fn process(&self, process: Process, server: usize, life: u32) -> Option<Commerce> {
        let ahead = self.swarm.ahead(&mut Dice::of(self.seed ^ 0xc10c, life.into()));
        let name = format!("{}.{life}", server + 1);
        self.chance.log(|| format!("{name:<5} starts, its clock {} ms ahead", ahead.num_milliseconds()));
        let (chance, town) = (Arc::clone(&self.chance), self.this.clone());
        let fate = Arc::new(ProcessFate { chance, town, server, name });
        let course = Course::new(self.stage.clone(), self.clock.clone(), process, fate).interleaved();
        let stored = if self.abroad { course.clone().abroad() } else { course.clone() };
        let gateway: Arc<dyn PaymentGateway> = self.bank.clone();
        let fraud: Arc<dyn FraudScreen> = Arc::new(Screen::of(self));
        let sink: Arc<dyn EventSink> = Arc::new(Listener(Arc::clone(&self.judge)));
        let store = Arc::new(FaultyStore::new(Arc::clone(&self.store), stored.clone()));
        let payments = Arc::new(FaultyGateway::new(gateway, course.clone()));
        self.builder(self.environment(process, ahead))
            .store((self.planted.store)(store))
            .carts(Arc::new(FaultyCarts::new(Arc::clone(&self.carts), stored)))
            .payments((self.planted.payments)(payments))
            .fraud(Arc::new(FaultyGateway::new(fraud, course.clone())))
            .tax(Arc::new(FaultyGateway::new(taxes(), course.clone())))
            .shipping(Arc::new(FaultyGateway::new(parcel(), course.clone())))
            .sink(Arc::new(FaultyGateway::new(sink, course)))
            .build()
            .ok()
    }

    fn environment(&self, process: Process, ahead: chrono::TimeDelta) -> Environment {
        Environment {
            clock: Arc::new(SkewedClock { clock: self.clock.clone(), ahead }),
            ids: self.ids.clone(),
            spawner: Arc::new(self.stage.spawner(process)),
        }
    }

    fn builder(&self, environment: Environment) -> commerce_core::service::Builder {
        let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: self.swarm.prices };
        let patience = Patience {
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
            tries: 10,
        };
        Commerce::builder()
            .environment(environment)
            .market(market)
            .capture(self.swarm.capture)
            .reserve(self.swarm.reserve)
            .retention(self.swarm.retention)
            .payment_deadline(self.swarm.deadline)
            .sagas(SagaSettings { lease: Swarm::LEASE, call_timeout: Swarm::CALL, patience })
    }

    fn servers(&self) -> MutexGuard<'_, Vec<Server>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn taxes() -> Arc<dyn TaxCalculator> {
    Arc::new(TaxTable::flat("VAT", dec!(19)))
}

fn parcel() -> Arc<dyn ShippingRates> {
    let price = Money::from_minor(490, Currency::EUR);
    Arc::new(FlatShipping(ShippingRate {
        name: "parcel".into(),
        price,
        tax_category: TaxCategory::standard(),
    }))
}

/// A screen that mostly says the same of the same buyer.
#[derive(Debug)]
struct Screen {
    seed: u64,
    fickle: u32,
    asked: AtomicU32,
}

impl Screen {
    fn of(town: &Town) -> Self {
        Self { seed: town.seed, fickle: town.swarm.fickle, asked: AtomicU32::new(0) }
    }
}

#[async_trait]
impl FraudScreen for Screen {
    async fn screen(&self, request: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        let (checkout, _) = request.checkout.uuid().as_u64_pair();
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let changes_mind = Dice::of(self.seed ^ checkout, asked.into()).permille(self.fickle);
        let mut dice = Dice::of(self.seed ^ checkout, if changes_mind { 1 } else { 0 });
        Ok(match dice.below(100) {
            0..12 => Verdict::Review { reason: "a new buyer".into() },
            12..15 => Verdict::Refuse { reason: "a known thief".into() },
            _ => Verdict::Allow,
        })
    }
}
