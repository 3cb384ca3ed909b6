//! Takes the fault-free run of a script, then runs it once for every fault at every port call.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use commerce_core::{
    domain::event::{Aggregate, EventNumber},
    environment::Clock,
    memory::TestGateway,
    storage::{Page, Store},
};
use commerce_testkit::{
    faults::{Call, Fault},
    invariants::{self, Moment, Violation},
    stage::Process,
    world::World,
};
use futures_util::FutureExt;

use crate::{
    client::{Client, FAULTY, HEALTHY},
    scripts::{Script, Stock},
};

/// What came of trying everything.
pub(crate) struct Tried {
    pub(crate) calls: usize,
    pub(crate) runs: usize,
    pub(crate) failures: Vec<String>,
}

/// The longest a shop may take to come to rest, in virtual time.
const REST: TimeDelta = TimeDelta::hours(3);

pub(crate) fn exhaust(script: &Script) -> Tried {
    exhaust_in(script, &World::default)
}

/// The same in worlds of one's own, such as one with a planted bug.
pub(crate) fn exhaust_in(script: &Script, world: &dyn Fn() -> World) -> Tried {
    let fault_free = play(script, world(), &[]);
    let mut tried = Tried { calls: fault_free.calls[0].len(), runs: 1, failures: Vec::new() };
    tried.note(script, &[], &fault_free.found());
    for planned in fault_free.faults(FAULTY, 0) {
        let played = play(script, world(), std::slice::from_ref(&planned));
        tried.runs += 1;
        tried.note(script, &[planned], &played.found());
    }
    tried
}

/// Plays a script with two faults in one run, the second in the same process or in the one that takes over: every
/// pair, or as many as drawn. Two faults may change the outcome, such as by patience, but never break a rule.
pub(crate) fn exhaust_pairs(script: &Script, drawn: Option<usize>) -> Tried {
    /// How many second faults are drawn for one first fault.
    const SECONDS: usize = 8;
    let fault_free = play(script, World::default(), &[]);
    let mut tried = Tried { calls: fault_free.calls[0].len(), runs: 0, failures: Vec::new() };
    let mut draw = Draw(0x5eed);
    let firsts = draw.some_of(fault_free.faults(FAULTY, 0), drawn.map(|pairs| pairs / SECONDS));
    for first in firsts {
        let alone = play(script, World::default(), std::slice::from_ref(&first));
        let mut seconds = alone.faults(FAULTY, first.index + 1);
        // Nobody is left to take over from the second process.
        let crash = |fault| matches!(fault, Fault::CrashBefore | Fault::CrashAfter);
        seconds.extend(alone.faults(HEALTHY, 0).into_iter().filter(|it| !crash(it.fault)));
        for second in draw.some_of(seconds, drawn.map(|_| SECONDS)) {
            let pair = [first.clone(), second];
            let played = play(script, World::default(), &pair);
            tried.runs += 1;
            tried.note(script, &pair, &played.violations);
        }
    }
    tried
}

/// A fault at one port call of one process.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    process: Process,
    index: usize,
    name: &'static str,
    fault: Fault,
}

/// Draws the same in every run.
struct Draw(u64);

impl Draw {
    /// So many of these in any order, or all of them.
    fn some_of<T>(&mut self, mut all: Vec<T>, most: Option<usize>) -> Vec<T> {
        let most = most.unwrap_or(all.len());
        let mut some = Vec::new();
        while some.len() < most && !all.is_empty() {
            // splitmix64
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bits ^= bits >> 31;
            let index = usize::try_from(bits % all.len() as u64).unwrap();
            some.push(all.swap_remove(index));
        }
        some
    }
}

/// What came of one run.
struct Played {
    /// The port calls of the faulty process and of the healthy one.
    calls: [Vec<Call>; 2],
    /// Rules that did not hold.
    violations: Vec<String>,
    /// What did not come as the script says.
    wrong: Vec<String>,
}

impl Played {
    fn found(&self) -> Vec<String> {
        self.wrong.iter().chain(&self.violations).cloned().collect()
    }

    /// Every fault that can happen to this process from this call on. Polls of a worker that finds nothing to do are
    /// many and all the same.
    fn faults(&self, process: Process, from: usize) -> Vec<Planned> {
        const POLLS: [&str; 5] = ["due", "expired_holds", "undelivered", "forgettable", "forget_carts"];
        let calls = &self.calls[usize::from(process == HEALTHY)];
        let calls = calls.iter().enumerate().skip(from);
        let calls = calls.filter(|(_, call)| process == FAULTY || !POLLS.contains(&call.name));
        let faults = calls.flat_map(|(index, call)| {
            let can = Fault::ALL.into_iter().filter(|fault| call.port.can(*fault));
            can.map(move |fault| Planned { process, index, name: call.name, fault })
        });
        faults.collect()
    }
}

impl Tried {
    fn note(&mut self, script: &Script, planned: &[Planned], found: &[String]) {
        if !found.is_empty() {
            let when = planned.iter().map(|Planned { process, index, name, fault }| {
                format!("{fault:?} at call {index}, {name}, of process {}", process.0)
            });
            let when = when.collect::<Vec<_>>().join(" and ");
            self.failures.push(format!("{}: {when}\n    {}", script.name, found.join("\n    ")));
        }
    }
}

/// Plays a script once, with these faults.
fn play(script: &Script, mut world: World, faults: &[Planned]) -> Played {
    (script.arrange)(&mut world);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watcher = watcher(&world.store, &world.gateway, &seen);
    let plans = [FAULTY, HEALTHY].map(|process| world.plan(process).watched(watcher.clone()));
    for Planned { process, index, fault, .. } in faults {
        plans[usize::from(*process == HEALTHY)].at(*index, *fault);
    }
    let setup = world.process(Process(9)).unwrap();
    let faulty = world.faulty_process(FAULTY, &plans[0]).unwrap();
    let healthy = world.faulty_process(HEALTHY, &plans[1]).unwrap();
    let end = world.clock.now() + REST;
    let prepared = world.stage.run(end, Stock::prepare(&setup));
    let stock = prepared.expect("the stage came to a halt while the shop was prepared");
    world.start_worker(HEALTHY, &healthy);

    let client = Client::new(&world, faulty, healthy);
    let run = || world.stage.run(end, (script.play)(&client, &stock));
    let mut wrong = match panic::catch_unwind(AssertUnwindSafe(run)) {
        Ok(Some(Ok(()))) => Vec::new(),
        Ok(Some(Err(wrong))) => vec![wrong],
        Ok(None) => vec!["the script never came to its end".into()],
        Err(_) => vec!["the script expected another answer".into()],
    };
    let mut violations = Vec::new();
    // A zombie, or a late effect, may come when everything else has long been at rest.
    world.stage.run_until(world.clock.now() + World::LEASE * 3);
    if !come_to_rest(&world) {
        violations.push("the shop never came to rest".into());
    }
    violations.extend(seen.lock().unwrap().iter().map(ToString::to_string));
    violations.extend(world.check(Moment::AtRest).iter().map(ToString::to_string));
    violations.extend(stuck(&*world.store));
    let too_early = world.heard.out_of_order().into_iter();
    violations.extend(too_early.map(|id| format!("E3: {id} was heard too early")));
    violations.extend(never_heard(&world));
    wrong.extend((script.after)(&world, &stock).err());
    // What still sleeps keeps its stage, and with it the whole world.
    [FAULTY, HEALTHY].iter().for_each(|process| world.stage.kill(*process));
    Played { calls: plans.map(|plan| plan.calls()), violations, wrong }
}

/// Looks at the shop after every effect and notes what does not hold.
fn watcher(
    store: &Arc<dyn Store>,
    gateway: &Arc<TestGateway>,
    seen: &Arc<Mutex<Vec<Violation>>>,
) -> impl Fn() + Clone + Send + Sync + 'static + use<> {
    let (store, gateway, seen) = (Arc::clone(store), Arc::clone(gateway), Arc::clone(seen));
    move || {
        let checked = invariants::check(&*store, Some(&gateway.books()), Moment::Anytime).now_or_never();
        for violation in checked.unwrap().unwrap() {
            let mut seen = seen.lock().unwrap();
            if !seen.contains(&violation) {
                seen.push(violation);
            }
        }
    }
}

fn come_to_rest(world: &World) -> bool {
    let far = world.clock.now() + TimeDelta::days(365);
    let idle = |answer: Option<Result<bool, _>>| matches!(answer, Some(Ok(true)));
    let rests = || {
        let due = world.store.due(far, 1).now_or_never().map(|due| due.map(|due| due.is_empty()));
        let events = world.store.undelivered(far, 1).now_or_never().map(|due| due.map(|due| due.is_empty()));
        let holds =
            world.store.expired_holds(far, None, 1).now_or_never().map(|due| due.map(|due| due.is_empty()));
        idle(due) && idle(events) && idle(holds)
    };
    let end = world.clock.now() + REST;
    while world.clock.now() < end {
        if rests() {
            return true;
        }
        world.stage.run_until(world.clock.now() + Duration::from_secs(5));
    }
    rests()
}

/// E2: what the shop takes for delivered has really been heard, also what it has forgotten since.
fn never_heard(world: &World) -> Vec<String> {
    let heard: BTreeSet<String> = world.heard.events().into_iter().map(|event| event.id).collect();
    let store = &world.store;
    let events = store.events(Page::first(1_000)).now_or_never().unwrap().unwrap();
    let orders = store.orders(Page::first(1_000)).now_or_never().unwrap().unwrap();
    let payments = store.payments(Page::first(1_000)).now_or_never().unwrap().unwrap();
    let orders = orders.iter().map(|it| (Aggregate::Order(it.id), it.version.events));
    let payments = payments.iter().map(|it| (Aggregate::Payment(it.id), it.version.events));
    let counted = orders.chain(payments).flat_map(|(aggregate, count)| {
        (1..=count).map(move |number| EventNumber { aggregate: aggregate.clone(), number })
    });
    let written = events.into_iter().map(|event| event.event.number).chain(counted);
    let lost = written.map(|number| number.to_string()).filter(|id| !heard.contains(id));
    lost.collect::<BTreeSet<_>>().into_iter().map(|id| format!("E2: nobody ever heard {id}")).collect()
}

fn stuck(store: &dyn Store) -> Vec<String> {
    let view = invariants::View::read(store, None).now_or_never();
    view.map(|view| view.map(|view| view.stuck()).unwrap_or_default()).unwrap_or_default()
}

/// Says what is not as expected.
pub(crate) fn expect<T: Debug + PartialEq>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}
