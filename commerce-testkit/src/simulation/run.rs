use std::{
    fmt,
    sync::{Arc, Mutex, atomic::AtomicU32},
    time::Duration,
};

use chrono::TimeDelta;
use commerce_core::{
    environment::Clock,
    memory::{MemoryCarts, MemoryStore},
    storage::{CartStore, Store},
};

use super::{
    administrator::Administrator,
    bank::Bank,
    buyer::Buyer,
    calm,
    coverage::Coverage,
    fate::Chance,
    goods,
    judge::Judge,
    plan::Plan,
    swarm::{Outage, Swarm},
    tap::{Tap, Witness},
    town::{PEOPLE, Server, Town},
};
use crate::{
    dice::Dice, environment::ManualClock, faults::Fault, invariants::Violation, stage::Stage, world::Planted,
};

/// One simulated run, to be told apart by its seed.
#[derive(Debug, Clone, Default)]
pub struct Simulation {
    seed: u64,
    plan: Plan,
    planted: Planted,
    log: bool,
    only: Option<Vec<Fault>>,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// The rules that did not hold.
    pub violations: Vec<Violation>,
    /// The numbers of the port calls that went wrong.
    pub faults: Vec<u64>,
    /// How many seconds of virtual time things went wrong.
    pub seconds: u32,
    /// How many port calls there were.
    pub calls: u64,
    /// How many orders were placed.
    pub orders: usize,
    /// What was reached.
    pub coverage: Coverage,
    /// Every line of the log, where one was asked for.
    pub log: Vec<String>,
}

/// The store and the carts of a run.
pub struct Storage {
    /// The records.
    pub store: Arc<dyn Store>,
    /// The carts.
    pub carts: Arc<dyn CartStore>,
    /// Whether they answer from threads of their own.
    pub abroad: bool,
}

/// The faults go on for so long at least.
const SAFETY: TimeDelta = TimeDelta::seconds(60);
/// And for so long at most.
const LONGEST: TimeDelta = TimeDelta::seconds(900);
/// How many faults every run has at least.
const FAULTS: usize = 60;

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Simulation {
    /// The run of this seed.
    pub fn of(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The same with only what the plan lets happen.
    #[must_use]
    pub fn with_plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    /// The same with a bug planted around the ports of every process.
    #[must_use]
    pub fn with_bug(self, planted: Planted) -> Self {
        Self { planted, ..self }
    }

    /// The same with only these faults.
    #[must_use]
    pub fn with_only(self, faults: &[Fault]) -> Self {
        Self { only: Some(faults.to_vec()), ..self }
    }

    /// The same, keeping a log of everything.
    #[must_use]
    pub fn logged(self) -> Self {
        Self { log: true, ..self }
    }

    /// Runs it over the store in memory: the same seed and plan, the same run.
    pub fn run(&self) -> Outcome {
        let storage = Storage {
            store: Arc::new(MemoryStore::new()),
            carts: Arc::new(MemoryCarts::new()),
            abroad: false,
        };
        self.run_over(storage)
    }

    /// Runs it over an empty store of any kind.
    pub fn run_over(&self, storage: Storage) -> Outcome {
        let town = self.build(storage);
        let prepared = self.prepare(&town);
        let mut seconds = 0;
        if prepared {
            seconds = self.faulty_phase(&town);
            calm::phase(&town);
        } else {
            town.judge.note("setup", || "the shop could not be prepared".into());
        }
        town.stop_all();
        town.stage.kill(PEOPLE);
        town.stage.kill(Stage::WIRE);
        let (faults, coverage, log) = town.chance.record(|record| {
            let log = record.log.take().unwrap_or_default();
            (record.faults.clone(), record.coverage.clone(), log)
        });
        let (calls, orders) = (town.chance.calls(), town.judge.look(|state| state.model.orders.len()));
        let violations = town.judge.found();
        Outcome { seed: self.seed, violations, faults, seconds, calls, orders, coverage, log }
    }

    fn build(&self, storage: Storage) -> Arc<Town> {
        let clock = ManualClock::default();
        let stage = Stage::shuffled(clock.clone(), self.seed ^ 0x57a6e);
        let swarm = match &self.only {
            None => Swarm::draw(self.seed),
            Some(faults) => Swarm::draw(self.seed).only(faults),
        };
        let judge = Arc::new(Judge::default());
        let chance = Chance::new(self.seed, swarm.clone(), self.plan.clone(), clock.clone(), self.log);
        chance.log(|| format!("seed {} {swarm:?}", self.seed));
        let chance = Arc::new(chance);
        let witness = Witness { judge: Arc::clone(&judge), chance: Arc::clone(&chance) };
        let tap = match storage.abroad {
            true => Tap::abroad(storage.store, witness.clone()),
            false => Tap::new(storage.store, witness.clone()),
        };
        Arc::new_cyclic(|this| Town {
            seed: self.seed,
            bank: Arc::new(Bank::new(clock.clone(), swarm.temper, witness)),
            servers: Mutex::new((0..swarm.processes).map(|_| Server::default()).collect()),
            swarm,
            clock,
            stage,
            store: Arc::new(tap),
            carts: storage.carts,
            judge,
            chance,
            planted: self.planted,
            abroad: storage.abroad,
            ids: Arc::default(),
            lives: AtomicU32::new(0),
            closed_until: Mutex::default(),
            this: this.clone(),
        })
    }

    fn prepare(&self, town: &Arc<Town>) -> bool {
        town.open();
        let seed = self.seed;
        let stock = |shop| async move { goods::stock(&shop, &mut Dice::of(seed, 2)).await };
        let end = town.clock.now() + TimeDelta::seconds(5);
        matches!(town.stage.run(end, town.ask(0, stock)), Some(Some(Ok(()))))
    }

    /// Everybody is busy, and everything goes wrong that can.
    fn faulty_phase(&self, town: &Arc<Town>) -> u32 {
        for number in (0..town.swarm.buyers).filter(|number| !self.plan.absent.contains(number)) {
            town.people(Buyer::new(Arc::clone(town), number).shop());
        }
        if !self.plan.no_administrator {
            town.people(Administrator::new(Arc::clone(town)).work());
        }
        town.chance.set(true);
        let outage = town.swarm.outage.map_or(TimeDelta::zero(), |outage| close(town, outage));
        let begun = town.clock.now();
        let least = self.plan.seconds.map_or(SAFETY + outage, |seconds| TimeDelta::seconds(seconds.into()));
        let mut passed = TimeDelta::zero();
        while town.judge.found().is_empty() {
            let enough = self.plan.seconds.is_some() || town.chance.faults() >= FAULTS;
            if (passed >= least && enough) || passed >= LONGEST + outage {
                break;
            }
            town.stage.run_until(town.clock.now() + Duration::from_secs(1));
            passed = town.clock.now() - begun;
        }
        town.chance.set(false);
        town.chance.log(|| "---- nothing goes wrong any more".into());
        town.stage.kill(PEOPLE);
        u32::try_from(passed.num_seconds()).unwrap_or(u32::MAX)
    }
}

/// All processes stop at some time, and are back about a day later.
fn close(town: &Arc<Town>, outage: Outage) -> TimeDelta {
    let then = Arc::clone(town);
    town.people(async move {
        then.wait(outage.after).await;
        then.close_until(Some(then.clock.now() + outage.lasts));
        then.chance.log(|| format!("---- everything is down for {:?}", outage.lasts));
        then.stop_all();
        then.until_open().await;
        then.close_until(None);
        then.open();
    });
    TimeDelta::from_std(outage.after + outage.lasts).unwrap_or_default()
}
