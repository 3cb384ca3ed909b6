//! `docs/checkout.md` lists what a lone checkout of one line asks of its ports: here it is held to that.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

mod on_stage;

const GUIDE: &str = include_str!("../docs/checkout.md");

/// The first word of each line of the block that begins with ```` ```calls ````.
fn listed() -> Vec<&'static str> {
    let block = GUIDE.split("```calls\n").nth(1).expect("the guide lists no port calls");
    let block = block.split("```").next().expect("a split has a first part");
    block.lines().filter_map(|line| line.split_whitespace().next()).collect()
}

#[test]
fn a_lone_checkout_makes_the_port_calls_of_the_guide_and_no_other() {
    let calls: Vec<&str> = on_stage::rehearse("ok").calls().iter().map(|call| call.name).collect();
    assert_eq!(calls, listed(), "docs/checkout.md has to say what a checkout does");
    assert_eq!(calls.iter().filter(|call| **call == "commit").count(), 3);
}
