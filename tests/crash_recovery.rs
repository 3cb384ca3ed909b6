//! Processes die, fall silent and come back: each checkout still ends in one order, paid once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod on_stage;

use std::time::Duration;

use commerce_kit::{
    Commerce, checkout::CheckoutRequest, domain::ids::CheckoutId, environment::Clock, service::CheckoutStatus,
};
use commerce_testkit::{
    faults::{Fault, FaultPlan},
    invariants::Moment,
    stage::Process,
    world::{Died, World},
};
use on_stage::{FIRST, SECOND, a_mug_in_the_cart, rehearse};

/// The place of the first, second … call of this method in a checkout.
fn place(method: &str, nth: usize) -> usize {
    let calls = rehearse("ok").calls();
    let mut places = (0..calls.len()).filter(|place| calls[*place].name == method);
    places.nth(nth - 1).unwrap()
}

/// A world, a first process in which this fault happens, and what the buyer sends.
fn failing(at: usize, fault: Fault) -> (World, FaultPlan, Commerce, CheckoutRequest) {
    let world = World::default();
    let request = a_mug_in_the_cart(&world, "ok");
    let plan = world.plan(FIRST);
    plan.at(at, fault);
    let first = world.faulty_process(FIRST, &plan).unwrap();
    (world, plan, first, request)
}

/// The buyer presses "buy"; none when nobody answers within a second.
fn start(world: &World, process: Process, shop: &Commerce, request: CheckoutRequest) -> Option<bool> {
    let asked = world.ask(process, shop, |shop| async move { shop.checkouts().start(request).await });
    let answer = world.stage.run(world.clock.now() + Duration::from_secs(1), asked)?;
    Some(!matches!(answer, Err(Died)))
}

/// Another process works until the lease of the first has ended and everything is done.
fn a_second_process_works(world: &World) -> Commerce {
    let second = world.process(SECOND).unwrap();
    world.start_worker(SECOND, &second);
    world.stage.run_until(world.clock.now() + World::LEASE * 3);
    second
}

fn status(world: &World, shop: &Commerce, id: CheckoutId) -> CheckoutStatus {
    let asked = async { shop.checkouts().get(id).await.unwrap().status };
    world.stage.run(world.clock.now(), asked).unwrap()
}

#[track_caller]
fn assert_one_order_and_one_charge(world: &World, shop: &Commerce, id: CheckoutId) {
    let found = status(world, shop, id);
    assert!(matches!(found, CheckoutStatus::Placed { .. }), "{found:?}");
    let books = world.gateway.books();
    assert_eq!(books.len(), 1, "{books:?}");
    assert_eq!((books[0].captured, books[0].refunded.minor()), (books[0].amount, 0));
    let told = world.stage.run(world.clock.now(), shop.run_due(100));
    told.expect("the listeners never answered").unwrap();
    assert_eq!(world.check(Moment::AtRest), []);
}

#[test]
fn a_checkout_cut_off_after_the_payment_ends_in_one_order_and_one_charge() {
    let (world, _, first, request) = failing(place("authorize", 1), Fault::CrashAfter);
    let id = request.id;
    assert_eq!(start(&world, FIRST, &first, request), Some(false), "the process should be dead");
    assert_eq!(world.gateway.books().len(), 1, "the bank has promised the money");
    assert_eq!(status(&world, &world.process(SECOND).unwrap(), id), CheckoutStatus::Processing);
    let second = a_second_process_works(&world);
    assert_one_order_and_one_charge(&world, &second, id);
}

#[test]
fn a_checkout_cut_off_after_the_order_still_collects_its_money() {
    let (world, _, first, request) = failing(place("capture", 1), Fault::CrashBefore);
    let id = request.id;
    start(&world, FIRST, &first, request);
    assert_eq!(world.gateway.books()[0].captured.minor(), 0, "nothing is collected yet");
    let second = a_second_process_works(&world);
    assert_one_order_and_one_charge(&world, &second, id);
}

#[test]
fn a_checkout_that_was_never_written_down_can_be_sent_again() {
    let (world, _, first, request) = failing(place("commit", 1), Fault::CrashBefore);
    let id = request.id;
    assert_eq!(start(&world, FIRST, &first, request.clone()), Some(false));
    let second = a_second_process_works(&world);
    assert_eq!(start(&world, SECOND, &second, request), Some(true));
    world.stage.run_until(world.clock.now() + Duration::from_secs(5));
    assert_one_order_and_one_charge(&world, &second, id);
}

#[test]
fn a_dropped_request_does_not_stop_its_checkout() {
    let world = World::default();
    let request = a_mug_in_the_cart(&world, "ok");
    let id = request.id;
    let shop = world.process(FIRST).unwrap();
    {
        // Polled until it waits for its answer, then dropped, as a server does when the browser is closed.
        let checkouts = shop.checkouts();
        let mut asked = Box::pin(checkouts.start(request));
        let waker = futures_util::task::noop_waker();
        let first_look = asked.as_mut().poll(&mut std::task::Context::from_waker(&waker));
        assert!(first_look.is_pending());
    }
    assert_eq!(world.gateway.calls().authorize, 0, "it had hardly begun");
    world.stage.run_until(world.clock.now() + Duration::from_secs(1));
    assert_one_order_and_one_charge(&world, &shop, id);
}

#[test]
fn a_second_worker_takes_over_when_the_first_is_silent() {
    let (world, plan, first, request) = failing(place("authorize", 1), Fault::PauseAfter);
    let id = request.id;
    assert_eq!(
        start(&world, FIRST, &first, request),
        None,
        "the first is frozen with the promise in its hands"
    );
    let second = a_second_process_works(&world);
    // The first woke up and tried to place the order too; its fence let nothing of that through.
    let calls = plan.calls();
    assert!(calls[place("authorize", 1) + 1..].iter().any(|call| call.name == "commit"), "{calls:?}");
    assert_one_order_and_one_charge(&world, &second, id);
    let asked = world.gateway.calls();
    assert_eq!((asked.capture, asked.void, asked.refund), (1, 0, 0), "only one of the two collected");
}

#[test]
fn a_commit_whose_answer_was_lost_is_read_back_and_not_repeated() {
    let (world, plan, first, request) = failing(place("commit", 2), Fault::ErrorAfter);
    let id = request.id;
    assert_eq!(start(&world, FIRST, &first, request), Some(true));
    world.stage.run_until(world.clock.now() + Duration::from_secs(1));
    assert_eq!(plan.calls().iter().filter(|call| call.name == "commit").count(), 3);
    assert_one_order_and_one_charge(&world, &first, id);
}
