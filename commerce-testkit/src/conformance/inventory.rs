//! Stock levels and the ledger.

use std::collections::BTreeMap;

use commerce_core::{
    domain::inventory::{Backorder, MovementReason, StockPolicy, StockProblem},
    storage::{Page, Refusal, StockChange, Store},
};

use super::{
    Kept,
    answers::{commit_all, counts, refusal, stock_problem},
};
use crate::fixtures::*;

/// A delivery adds to what is on hand; a count replaces it and notes the difference.
pub async fn a_delivery_and_a_count_set_what_is_on_hand(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 3)).with(receive("MUG", 4))).await?;
    assert_eq!(counts(store, "MUG").await?, (7, 0, 0));
    let counted = StockChange::Count { stock: at_main("MUG"), counted: 5, note: "two broke".into() };
    store.commit(changes().with(counted)).await?;
    assert_eq!(counts(store, "MUG").await?, (5, 0, 0));
    let ledger = store.movements(Page::first(9)).await?;
    assert_eq!(
        ledger.iter().map(|line| (line.key.number, line.change)).collect::<Vec<_>>(),
        [(1, 3), (2, 4), (3, -2)]
    );
    assert_eq!(ledger[2].reason, MovementReason::Counted { note: "two broke".into() });
    Ok(())
}

/// A first count is for a ledger without a line: it neither takes a delivery back nor counts twice, and a policy is no line.
pub async fn a_first_count_is_once_and_never_takes_a_delivery_back(store: &dyn Store) -> Kept {
    let first = |code, counted| {
        let note = "the first day".to_owned();
        changes().with(StockChange::CountFirst { stock: at_main(code), counted, note })
    };
    let policy = StockPolicy { safety: 1, ..StockPolicy::default() };
    let policy = changes().with(StockChange::SetPolicy { stock: at_main("MUG"), policy });
    let steps =
        [policy, first("MUG", 9), first("MUG", 5), changes().with(receive("CUP", 3)), first("CUP", 9)];
    commit_all(store, steps).await?;
    assert_eq!((counts(store, "MUG").await?, counts(store, "CUP").await?), ((9, 0, 0), (3, 0, 0)));
    let ledger = store.movements(Page::first(9)).await?;
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger[1].reason, MovementReason::Counted { note: "the first day".into() });
    let below = StockChange::CountFirst { stock: at_main("POT"), counted: -1, note: String::new() };
    assert_eq!(stock_problem(store.commit(changes().with(below)).await), StockProblem::OutOfRange);
    Ok(())
}

/// A transfer takes units here and brings them there, and moves nothing that is promised.
pub async fn a_transfer_moves_unpromised_units(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 3))).await?;
    store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]))).await?;
    let transfer = |units| StockChange::Transfer { from: at_main("MUG"), to: location("shop"), units };
    assert_eq!(stock_problem(store.commit(changes().with(transfer(3))).await), StockProblem::Insufficient);
    store.commit(changes().with(transfer(2))).await?;
    let levels = store.stock_levels(&[sku("MUG")]).await?;
    let levels: Vec<_> = levels.iter().map(|level| (level.key.location.as_str(), level.on_hand)).collect();
    assert_eq!(levels, [("main", 1), ("shop", 2)]);
    let ledger = store.movements(Page::first(9)).await?;
    let reasons: Vec<_> = ledger.iter().map(|line| (line.change, line.reason.clone())).collect();
    assert_eq!(reasons[1], (-2, MovementReason::SentTo { location: location("shop") }));
    assert_eq!(reasons[2], (2, MovementReason::CameFrom { location: location("main") }));
    Ok(())
}

/// Units cannot be moved to where they are.
pub async fn a_transfer_to_the_same_place_is_refused(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 3))).await?;
    let nowhere = StockChange::Transfer { from: at_main("MUG"), to: location("main"), units: 1 };
    let refused = refusal(store.commit(changes().with(nowhere)).await);
    assert_eq!(refused, Refusal::SameLocation { location: location("main") });
    Ok(())
}

/// Sold units leave the shelf with a shipment, stay on it when the order is cancelled, and may come back.
pub async fn sold_units_are_shipped_given_back_or_returned(store: &dyn Store) -> Kept {
    let sold = vec![line("MUG", 4)];
    let steps = [
        changes().with(receive("MUG", 5)),
        changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 4)])),
        changes().with(StockChange::Commit {
            id: reservation_id(1),
            checkout: checkout_id(1),
            lines: sold.clone(),
        }),
    ];
    commit_all(store, steps).await?;
    assert_eq!(counts(store, "MUG").await?, (5, 0, 4));
    store
        .commit(changes().with(StockChange::Fulfil { order: order_id(1), lines: vec![line("MUG", 3)] }))
        .await?;
    assert_eq!(counts(store, "MUG").await?, (2, 0, 1));
    store.commit(changes().with(StockChange::Uncommit { lines: vec![line("MUG", 1)] })).await?;
    assert_eq!(counts(store, "MUG").await?, (2, 0, 0));
    store
        .commit(changes().with(StockChange::Return { order: order_id(1), lines: vec![line("MUG", 2)] }))
        .await?;
    assert_eq!(counts(store, "MUG").await?, (4, 0, 0));
    let ledger = store.movements(Page::first(9)).await?;
    let reasons: Vec<_> = ledger.into_iter().map(|line| (line.change, line.reason)).collect();
    assert_eq!(
        reasons,
        [
            (5, MovementReason::Received),
            (-3, MovementReason::Fulfilled { order: order_id(1) }),
            (2, MovementReason::Returned { order: order_id(1) }),
        ]
    );
    Ok(())
}

/// A level is the sum of its ledger, whose lines are numbered without a gap.
pub async fn every_movement_folds_to_the_level(store: &dyn Store) -> Kept {
    let steps = [
        changes().with(receive("MUG", 9)).with(receive("CUP", 2)),
        changes().with(StockChange::Transfer { from: at_main("MUG"), to: location("shop"), units: 4 }),
        changes().with(StockChange::Count { stock: at_main("MUG"), counted: 3, note: String::new() }),
        changes().with(StockChange::Transfer {
            from: stock_key("MUG", "shop"),
            to: location("main"),
            units: 1,
        }),
        changes().with(StockChange::Return { order: order_id(1), lines: vec![line("CUP", 1)] }),
    ];
    commit_all(store, steps).await?;
    let mut sums = BTreeMap::new();
    for line in store.movements(Page::first(100)).await? {
        let (lines, sum): &mut (u64, i64) = sums.entry(line.key.stock.clone()).or_default();
        *lines += 1;
        *sum += line.change;
        assert_eq!(line.key.number, *lines);
    }
    let levels = store.stock(Page::first(100)).await?;
    let levels: BTreeMap<_, _> =
        levels.into_iter().map(|level| (level.key, (level.movements, level.on_hand))).collect();
    assert_eq!(sums, levels);
    assert_eq!(levels[&at_main("MUG")], (4, 4));
    Ok(())
}

/// Units kept back are not sold.
pub async fn safety_stock_is_not_sold(store: &dyn Store) -> Kept {
    let policy = StockPolicy { safety: 2, ..StockPolicy::default() };
    let set = StockChange::SetPolicy { stock: at_main("MUG"), policy };
    store.commit(changes().with(receive("MUG", 3)).with(set)).await?;
    refusal(store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 2)]))).await);
    store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]))).await?;
    assert_eq!(counts(store, "MUG").await?, (3, 1, 0));
    Ok(())
}

/// Where backorder is allowed more is sold than is there, but nothing is shipped that is not.
pub async fn backorder_promises_more_but_ships_nothing_that_is_not_there(store: &dyn Store) -> Kept {
    let policy = |backorder| {
        let policy = StockPolicy { backorder, ..StockPolicy::default() };
        changes().with(StockChange::SetPolicy { stock: at_main("MUG"), policy })
    };
    let sold = vec![line("MUG", 3)];
    let steps = [
        changes().with(receive("MUG", 1)),
        policy(Backorder::Allowed),
        changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 3)])),
        changes().with(StockChange::Commit {
            id: reservation_id(1),
            checkout: checkout_id(1),
            lines: sold.clone(),
        }),
    ];
    commit_all(store, steps).await?;
    assert_eq!(counts(store, "MUG").await?, (1, 0, 3));
    let ship = || changes().with(StockChange::Fulfil { order: order_id(1), lines: sold.clone() });
    assert_eq!(stock_problem(store.commit(ship()).await), StockProblem::NotOnHand);
    assert_eq!(stock_problem(store.commit(policy(Backorder::Denied)).await), StockProblem::Promised);
    store.commit(changes().with(receive("MUG", 2))).await?;
    store.commit(ship()).await?;
    assert_eq!(counts(store, "MUG").await?, (0, 0, 0));
    Ok(())
}

/// Counts below what is promised, units of nothing and units that nobody holds are refused.
pub async fn a_level_that_cannot_change_like_that_is_refused(store: &dyn Store) -> Kept {
    let held = reserve(1, held_by_checkout(1), [demand("MUG", 2)]);
    store.commit(changes().with(receive("MUG", 3)).with(held)).await?;
    let count = |counted| StockChange::Count { stock: at_main("MUG"), counted, note: String::new() };
    let ship = StockChange::Fulfil { order: order_id(1), lines: vec![line("MUG", 1)] };
    let give_back = StockChange::Uncommit { lines: vec![line("MUG", 1)] };
    for (change, expected) in [
        (count(1), StockProblem::Promised),
        (count(-1), StockProblem::OutOfRange),
        (receive("MUG", 0), StockProblem::OutOfRange),
        (receive("MUG", -1), StockProblem::OutOfRange),
        (receive("MUG", i64::MAX), StockProblem::OutOfRange),
        (ship, StockProblem::NotHeld),
        (give_back, StockProblem::NotHeld),
    ] {
        let shown = format!("{change:?}");
        assert_eq!(stock_problem(store.commit(changes().with(change)).await), expected, "{shown}");
    }
    assert_eq!(counts(store, "MUG").await?, (3, 2, 0));
    Ok(())
}

/// Levels come by SKU and location, each once, however often and in whatever order they are asked for.
pub async fn levels_answer_by_key_and_pass_over_the_unknown(store: &dyn Store) -> Kept {
    let mut delivery = changes();
    for (code, place) in [("MUG", "shop"), ("CUP", "shop"), ("MUG", "main"), ("POT", "main")] {
        delivery = delivery.with(StockChange::Receive { stock: stock_key(code, place), units: 1 });
    }
    store.commit(delivery).await?;
    let levels = store.stock_levels(&["MUG", "NONE", "CUP", "MUG"].map(sku)).await?;
    let keys: Vec<_> = levels.into_iter().map(|level| level.key).collect();
    assert_eq!(keys, [stock_key("CUP", "shop"), stock_key("MUG", "main"), stock_key("MUG", "shop")]);
    assert_eq!(store.stock_levels(&[]).await?, []);
    Ok(())
}
