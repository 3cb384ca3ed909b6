//! The fault run must be able to fail: each of these bugs, planted around a port, is caught by it.

use commerce_testkit::{simulation::planted::BUGS, world::World};

use crate::{
    run::exhaust_in,
    scripts::{SCRIPTS, Script},
};

/// Plays the scripts with the bug in the watched process until one of them catches it.
fn is_caught(bug: &str, scripts: &[&str]) {
    let planted = BUGS.iter().find(|known| known.name == bug).unwrap().planted;
    let world = move || {
        let mut world = World::default();
        world.planted = planted;
        world
    };
    let chosen = |script: &&Script| scripts.contains(&script.name);
    let mut runs = 0;
    for script in SCRIPTS.iter().filter(chosen) {
        let tried = exhaust_in(script, &world);
        runs += tried.runs;
        if let Some(first) = tried.failures.first() {
            println!("{bug}: {} of {} runs, first {first}", tried.failures.len(), tried.runs);
            return;
        }
    }
    panic!("{bug} went unnoticed through {runs} runs");
}

#[test]
fn a_fresh_key_for_every_attempt_is_caught() {
    is_caught("a fresh key for every attempt", &["happy"]);
}

#[test]
fn a_fresh_key_for_every_refund_is_caught() {
    is_caught("a fresh key for every refund", &["refunded in part"]);
}

#[test]
fn a_timeout_taken_for_a_failure_is_caught() {
    is_caught("a timeout taken for a failure", &["happy"]);
}

#[test]
fn a_void_that_voids_nothing_is_caught() {
    is_caught("a void that voids nothing", &["called off while waiting", "held for review, then cancelled"]);
}

#[test]
fn a_wrong_amount_is_caught() {
    is_caught("a wrong amount", &["happy"]);
}

#[test]
fn a_missing_fence_is_caught() {
    is_caught("no fence", &["happy", "refunded in part", "cancelled after placing"]);
}

#[test]
fn coupons_that_are_not_counted_are_caught() {
    is_caught("coupons not counted", &["a coupon for one buyer only"]);
}

#[test]
fn events_acknowledged_before_they_are_delivered_are_caught() {
    is_caught("acknowledged before delivered", &["happy"]);
}

#[test]
fn events_that_are_not_in_the_commit_are_caught() {
    is_caught("events forgotten", &["happy"]);
}

#[test]
fn stock_that_is_not_committed_with_the_order_is_caught() {
    is_caught("stock not committed with the order", &["happy"]);
}
