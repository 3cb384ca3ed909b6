//! Takes the fault-free run of a script, then runs it once for every fault at every port call.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use commerce_core::{
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
    let (calls, found) = play(script, world(), None);
    let mut tried = Tried { calls: calls.len(), runs: 1, failures: Vec::new() };
    tried.note(script, "without a fault", &found);
    for (index, call) in calls.iter().enumerate() {
        for fault in Fault::ALL.into_iter().filter(|fault| call.port.can(*fault)) {
            let (_, found) = play(script, world(), Some((index, fault)));
            tried.runs += 1;
            tried.note(script, &format!("{fault:?} at call {index}, {}", call.name), &found);
        }
    }
    tried
}

impl Tried {
    fn note(&mut self, script: &Script, when: &str, found: &[String]) {
        if !found.is_empty() {
            self.failures.push(format!("{}: {when}\n    {}", script.name, found.join("\n    ")));
        }
    }
}

/// Plays a script once. Answers the port calls of the faulty process, and what was wrong.
fn play(script: &Script, mut world: World, fault: Option<(usize, Fault)>) -> (Vec<Call>, Vec<String>) {
    (script.arrange)(&mut world);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watcher = watcher(&world.store, &world.gateway, &seen);
    let plan = world.plan(FAULTY).watched(watcher.clone());
    if let Some((index, fault)) = fault {
        plan.at(index, fault);
    }
    let quiet = world.plan(HEALTHY).watched(watcher);
    let setup = world.process(Process(9)).unwrap();
    let (faulty, healthy) =
        (world.faulty_process(FAULTY, &plan).unwrap(), world.faulty_process(HEALTHY, &quiet).unwrap());
    let end = world.clock.now() + REST;
    let prepared = world.stage.run(end, Stock::prepare(&setup));
    let stock = prepared.expect("the stage came to a halt while the shop was prepared");
    world.start_worker(HEALTHY, &healthy);

    let client = Client::new(&world, faulty, healthy);
    let verdict = world.stage.run(end, (script.play)(&client, &stock));
    let mut found = match verdict {
        Some(Ok(())) => Vec::new(),
        Some(Err(wrong)) => vec![wrong],
        None => vec!["the script never came to its end".into()],
    };
    // A zombie, or a late effect, may come when everything else has long been at rest.
    world.stage.run_until(world.clock.now() + World::LEASE * 3);
    if !come_to_rest(&world) {
        found.push("the shop never came to rest".into());
    }
    found.extend(seen.lock().unwrap().iter().map(ToString::to_string));
    found.extend(world.check(Moment::AtRest).iter().map(ToString::to_string));
    found.extend(stuck(&*world.store));
    found.extend(world.heard.out_of_order().into_iter().map(|id| format!("E3: {id} was heard too early")));
    found.extend(never_heard(&world));
    if let Err(wrong) = (script.after)(&world, &stock) {
        found.push(wrong);
    }
    (plan.calls(), found)
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

/// E2: what the shop takes for delivered has really been heard.
fn never_heard(world: &World) -> Vec<String> {
    let heard: BTreeSet<String> = world.heard.events().into_iter().map(|event| event.id).collect();
    let written = world.store.events(Page::first(1_000)).now_or_never().unwrap().unwrap();
    let lost = written.iter().map(|event| event.event.number.to_string()).filter(|id| !heard.contains(id));
    lost.map(|id| format!("E2: nobody ever heard {id}")).collect()
}

fn stuck(store: &dyn Store) -> Vec<String> {
    let view = invariants::View::read(store, None).now_or_never();
    view.map(|view| view.map(|view| view.stuck()).unwrap_or_default()).unwrap_or_default()
}

/// Says what is not as expected.
pub(crate) fn expect<T: Debug + PartialEq>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}
