use std::sync::Arc;

use commerce_testservers::Postgres;
use futures_util::future::{join, join_all};
use hyper::Method;
use serde_json::Value;
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::{house::House, kept::Kept, picking::Picked};

/// One of each, in opposite orders. There are 40 of the first one, in two places, and more of the others.
const CARTS: [[(&str, u64); 3]; 4] = [
    [("DRIPPER-2", 1), ("TOWEL-FERN", 1), ("TOWEL-NAVY", 1)],
    [("TOWEL-NAVY", 1), ("TOWEL-FERN", 1), ("DRIPPER-2", 1)],
    [("TOWEL-FERN", 1), ("DRIPPER-2", 1), ("TOWEL-NAVY", 1)],
    [("TOWEL-NAVY", 1), ("DRIPPER-2", 1), ("TOWEL-FERN", 1)],
];
const UNITS: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_two_and_four_processes_sell_what_there_is_and_ask_nobody_else_for_money() {
    let server = tokio::task::block_in_place(Postgres::start);
    for doors in [1, 2, 4] {
        let house = House::build_with(|_| Kept::OnServer(server.database())).await;
        for _ in 0..doors {
            house.open().await;
        }
        assert_eq!(rush(&house, 30).await, 30, "everybody gets one, {doors} processes");
        assert_eq!(rush(&house, 60).await, UNITS - 30, "the last ones, {doors} processes");

        House::rest(&house.kept).await;
        let calls = house.bank.calls();
        let asked = (calls.authorize, calls.capture, calls.void, calls.refund);
        let sold = u64::try_from(UNITS).unwrap();
        assert_eq!(asked, (sold, sold, 0, 0), "{doors} processes: {calls:?}");
        for (sku, left) in [("DRIPPER-2", 0), ("TOWEL-FERN", 65 - UNITS), ("TOWEL-NAVY", 80 - UNITS)] {
            assert_eq!(house.look(&format!("/stock/{sku}")).await.body["available"], left, "{sku}");
        }
        let audit = ["audit", "--at-rest", "--bank", &house.bank_address];
        let audited = house.run(&audit, &house.kept);
        assert_eq!(audited.status.code(), Some(0), "{audited:?}");
    }
    assert!(!server.log().contains("deadlock"), "{}", server.log());
}

/// So many buyers press at the same moment, every third one at two doors; how many got what they wanted.
async fn rush(house: &Arc<House>, buyers: usize) -> usize {
    let carts = (0..buyers).map(|buyer| Picked::pick(house, &CARTS[buyer % CARTS.len()], None));
    let carts = join_all(carts).await;
    let barrier = Arc::new(Barrier::new(buyers));
    let pressing = carts.into_iter().enumerate().map(|(buyer, cart)| {
        let (house, barrier) = (Arc::clone(house), Arc::clone(&barrier));
        let wish = cart.unwrap().wish(Uuid::now_v7(), "ok");
        tokio::spawn(async move {
            barrier.wait().await;
            if buyer.is_multiple_of(3) {
                let (one, other) = join(press(&house, &wish), press(&house, &wish)).await;
                assert_eq!(one, other, "{wish}");
                one
            } else {
                press(&house, &wish).await
            }
        })
    });
    let pressed: Vec<_> = pressing.collect();
    join_all(pressed).await.into_iter().filter(|got| *got.as_ref().unwrap()).count()
}

/// Until it is bought, or sold out.
async fn press(house: &House, wish: &Value) -> bool {
    loop {
        let answer = house.ask(Method::POST, "/checkouts", Some(wish.clone())).await.unwrap();
        match (answer.status, answer.body["code"].as_str(), answer.body["retry"].as_str()) {
            (201, ..) => return true,
            (422, Some("insufficient_stock"), _) => return false,
            // Somebody else does it for the same buyer just now.
            (202, ..) | (409, _, Some("after")) => tokio::task::yield_now().await,
            _ => panic!("{} {:#}", answer.status, answer.body),
        }
    }
}
