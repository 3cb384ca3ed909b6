//! Holding stock, selling it and giving it back.

use commerce_core::{
    domain::inventory::{Holder, ReleaseReason, ReservationState, ReservedLine},
    storage::{ChangeSet, Refusal, Shortage, StockChange, Store, StoreError},
};

use super::{
    Kept,
    answers::{assert_corrupt, assert_not_held, commit_all, counts, refusal},
};
use crate::fixtures::*;

/// A reservation holds every unit it was asked for, or none.
pub async fn a_reservation_holds_all_of_its_lines(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2)).with(receive("CUP", 1))).await?;
    let both = |number, mugs| {
        changes().with(reserve(number, held_by_checkout(1), [demand("MUG", mugs), demand("CUP", 1)]))
    };
    refusal(store.commit(both(1, 3)).await);
    assert_eq!((counts(store, "MUG").await?, counts(store, "CUP").await?), ((2, 0, 0), (1, 0, 0)));
    assert_eq!(store.reservation(reservation_id(1)).await?, None);

    let receipt = store.commit(both(2, 2)).await?;
    assert_eq!(receipt.reservations[0].lines, [line("CUP", 1), line("MUG", 2)]);
    assert_eq!(receipt.reservations[0].made_at, NOON);
    assert_eq!((counts(store, "MUG").await?, counts(store, "CUP").await?), ((2, 2, 0), (1, 1, 0)));
    Ok(())
}

/// A shortage says of every SKU that is short how many are wanted and how many there are.
pub async fn a_shortage_names_everything_that_is_short(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2)).with(receive("CUP", 1))).await?;
    let demands = [demand("POT", 1), demand("MUG", 3), demand("CUP", 1)];
    let refused = refusal(store.commit(changes().with(reserve(1, held_by_checkout(1), demands))).await);
    let short = |code, wanted, available| Shortage { sku: sku(code), wanted, available };
    assert_eq!(refused, Refusal::InsufficientStock { short: vec![short("MUG", 3, 2), short("POT", 1, 0)] });
    Ok(())
}

/// Two lines of one SKU never both pass for the same unit.
pub async fn two_lines_of_one_sku_are_judged_together(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 3))).await?;
    let twice = |each| reserve(1, held_by_checkout(1), [demand("MUG", each), demand("MUG", 2)]);
    let refused = refusal(store.commit(changes().with(twice(2))).await);
    let short = vec![Shortage { sku: sku("MUG"), wanted: 4, available: 3 }];
    assert_eq!(refused, Refusal::InsufficientStock { short });
    let receipt = store.commit(changes().with(twice(1))).await?;
    assert_eq!(receipt.reservations[0].lines, [line("MUG", 3)]);
    Ok(())
}

/// The first location that has enough gives everything, even if an earlier one has some.
pub async fn one_location_is_taken_where_one_suffices(store: &dyn Store) -> Kept {
    store.commit(mugs_at_main_and_shop(1, 3)).await?;
    let demands = [demand_from("MUG", 2, &["main", "shop"])];
    let receipt = store.commit(changes().with(reserve(1, held_by_checkout(1), demands))).await?;
    let lines = vec![ReservedLine { key: stock_key("MUG", "shop"), units: 2 }];
    assert_eq!(receipt.reservations[0].lines, lines);
    Ok(())
}

/// Units are taken from several locations where the demand allows it, in the order it names them.
pub async fn units_are_split_only_where_that_is_allowed(store: &dyn Store) -> Kept {
    store.commit(mugs_at_main_and_shop(2, 3)).await?;
    let whole = [demand_whole("MUG", 4, &["shop", "main"])];
    refusal(store.commit(changes().with(reserve(1, held_by_checkout(1), whole))).await);
    let split = [demand_from("MUG", 4, &["shop", "main"])];
    let receipt = store.commit(changes().with(reserve(1, held_by_checkout(1), split))).await?;
    let at_shop = ReservedLine { key: stock_key("MUG", "shop"), units: 3 };
    assert_eq!(receipt.reservations[0].lines, [line("MUG", 1), at_shop]);
    Ok(())
}

/// The same id with the same content is the same reservation, even with a later time limit.
pub async fn the_same_reservation_id_reserves_once(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 3))).await?;
    let hold = |seconds| {
        let holder = held_by_cart(1, after_noon(seconds));
        changes().with(reserve(1, holder, [demand("MUG", 2)]))
    };
    let first = store.commit(hold(600)).await?;
    let again = store.commit(hold(900)).await?;
    assert_eq!(first.reservations, again.reservations);
    let twice = store.commit(hold(600).with(hold(600).writes.remove(0))).await?;
    assert_eq!(twice.reservations.len(), 2);
    assert_eq!(counts(store, "MUG").await?, (3, 2, 0));
    Ok(())
}

/// The same id with other units or another holder is refused.
pub async fn a_reused_reservation_id_is_refused(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 9)).with(receive("CUP", 9))).await?;
    store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 2)]))).await?;
    for reused in [
        reserve(1, held_by_checkout(1), [demand("MUG", 1)]),
        reserve(1, held_by_checkout(1), [demand("CUP", 2)]),
        reserve(1, held_by_checkout(2), [demand("MUG", 2)]),
    ] {
        let refused = refusal(store.commit(changes().with(reused)).await);
        assert_eq!(refused, Refusal::ReservationReused { reservation: reservation_id(1) });
    }
    assert_eq!((counts(store, "MUG").await?, counts(store, "CUP").await?), ((9, 2, 0), (9, 0, 0)));
    Ok(())
}

/// A demand is for at least one unit; anything else was made up.
pub async fn a_demand_for_nothing_is_corrupt(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 1))).await?;
    for units in [0, -1, i64::MIN] {
        let nothing = reserve(1, held_by_checkout(1), [demand("MUG", 1), demand("MUG", units)]);
        assert_corrupt(store.commit(changes().with(nothing)).await);
        let nowhere = reserve(1, held_by_checkout(1), [demand_from("MUG", units, &[])]);
        assert_corrupt(store.commit(changes().with(nowhere)).await);
    }
    assert_eq!(store.reservation(reservation_id(1)).await?, None);
    Ok(())
}

/// What a change set releases it can reserve, and the other way round it cannot.
pub async fn release_and_reserve_in_one_set_see_each_other(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2))).await?;
    store.commit(changes().with(reserve(1, held_by_cart(1, NOON), [demand("MUG", 2)]))).await?;
    let give_back = || release(1, ReleaseReason::Replaced, [line("MUG", 2)]);
    let hold = || reserve(2, held_by_cart(1, NOON), [demand("MUG", 1)]);
    refusal(store.commit(changes().with(hold()).with(give_back())).await);
    assert_eq!(counts(store, "MUG").await?, (2, 2, 0));
    store.commit(changes().with(give_back()).with(hold())).await?;
    assert_eq!(counts(store, "MUG").await?, (2, 1, 0));
    Ok(())
}

/// A cart's hold whose time is up is given back; one that a checkout adopted is kept, whatever the clock says.
pub async fn an_expired_hold_goes_back_but_an_adopted_one_never_does(store: &dyn Store) -> Kept {
    let until = after_noon(600);
    let steps = [
        changes().with(receive("MUG", 2)),
        changes().with(reserve(1, held_by_cart(1, until), [demand("MUG", 1)])),
        changes().with(reserve(2, held_by_cart(2, until), [demand("MUG", 1)])),
        changes().with(adopt(2, 2, 2)),
    ];
    commit_all(store, steps).await?;
    let mut sweep = ChangeSet::new(until);
    for number in [1, 2] {
        sweep = sweep.with(release(number, ReleaseReason::Expired, [line("MUG", 1)]));
    }
    store.commit(sweep).await?;
    assert_eq!(state(store, 1).await?, ReservationState::Released { why: ReleaseReason::Expired });
    assert_eq!(state(store, 2).await?, ReservationState::Held);
    assert_eq!(counts(store, "MUG").await?, (2, 1, 0));
    assert_eq!(store.expired_holds(after_noon(900), None, 9).await?, []);
    Ok(())
}

/// What a checkout holds is not given back because its cart changed, or because somebody asked for it.
pub async fn a_changed_cart_does_not_give_back_what_its_checkout_holds(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2))).await?;
    store.commit(changes().with(reserve(1, held_by_cart(1, NOON), [demand("MUG", 1)]))).await?;
    store.commit(changes().with(adopt(1, 1, 1))).await?;
    let give_back = |why| changes().with(release(1, why, [line("MUG", 1)]));
    store.commit(give_back(ReleaseReason::Replaced)).await?;
    assert_not_held(store.commit(give_back(ReleaseReason::Asked)).await, reservation_id(1));
    assert_eq!(state(store, 1).await?, ReservationState::Held);
    assert_eq!(counts(store, "MUG").await?, (2, 1, 0));
    store.commit(give_back(ReleaseReason::TurnedBack)).await?;
    assert_eq!(counts(store, "MUG").await?, (2, 0, 0));
    Ok(())
}

/// A hold is over at its time, not before.
pub async fn a_hold_that_is_not_over_is_passed_over(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 1))).await?;
    let until = after_noon(600);
    store.commit(changes().with(reserve(1, held_by_cart(1, until), [demand("MUG", 1)]))).await?;
    for (seconds, reserved) in [(599, 1), (600, 0)] {
        let expired = release(1, ReleaseReason::Expired, [line("MUG", 1)]);
        store.commit(ChangeSet::new(after_noon(seconds)).with(expired)).await?;
        assert_eq!(counts(store, "MUG").await?, (1, reserved, 0));
    }
    Ok(())
}

/// A checkout takes over the hold of its own cart, once.
pub async fn a_hold_is_adopted_by_the_checkout_of_its_cart(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 1))).await?;
    store.commit(changes().with(reserve(1, held_by_cart(1, NOON), [demand("MUG", 1)]))).await?;
    assert_not_held(store.commit(changes().with(adopt(1, 2, 2))).await, reservation_id(1));
    store.commit(changes().with(adopt(1, 1, 1))).await?;
    store.commit(changes().with(adopt(1, 1, 1))).await?;
    assert_not_held(store.commit(changes().with(adopt(1, 1, 2))).await, reservation_id(1));
    let holder = store.reservation(reservation_id(1)).await?.map(|found| found.holder);
    assert_eq!(holder, Some(Holder::Checkout { checkout: checkout_id(1) }));
    let asked_again = reserve(1, held_by_cart(1, NOON), [demand("MUG", 1)]);
    store.commit(changes().with(asked_again)).await?;
    assert_eq!(counts(store, "MUG").await?, (1, 1, 0));
    Ok(())
}

/// Stock is sold by the checkout that holds it, once; a cart sells nothing.
pub async fn only_the_checkout_that_holds_it_sells_it(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2))).await?;
    store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]))).await?;
    store.commit(changes().with(reserve(2, held_by_cart(2, NOON), [demand("MUG", 1)]))).await?;
    assert_not_held(store.commit(changes().with(sell(1, 2))).await, reservation_id(1));
    assert_not_held(store.commit(changes().with(sell(2, 2))).await, reservation_id(2));
    store.commit(changes().with(sell(1, 1))).await?;
    assert_eq!(counts(store, "MUG").await?, (2, 1, 1));
    assert_eq!(state(store, 1).await?, ReservationState::Committed);
    assert_not_held(store.commit(changes().with(sell(1, 1))).await, reservation_id(1));
    Ok(())
}

/// Giving back what was given back changes nothing, whatever the reason.
pub async fn what_is_given_back_twice_is_given_back_once(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2))).await?;
    store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]))).await?;
    store.commit(changes().with(reserve(2, held_by_checkout(2), [demand("MUG", 1)]))).await?;
    for why in [ReleaseReason::TurnedBack, ReleaseReason::Asked, ReleaseReason::Expired] {
        store.commit(changes().with(release(1, why, [line("MUG", 1)]))).await?;
        assert_eq!(counts(store, "MUG").await?, (2, 1, 0));
    }
    assert_eq!(state(store, 1).await?, ReservationState::Released { why: ReleaseReason::TurnedBack });
    assert_not_held(store.commit(changes().with(adopt(1, 1, 1))).await, reservation_id(1));
    assert_not_held(store.commit(changes().with(sell(1, 1))).await, reservation_id(1));
    Ok(())
}

/// What is sold is not given back by releasing its reservation; a sweep passes it over.
pub async fn what_is_sold_is_not_given_back(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 1))).await?;
    store
        .commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 1)])).with(sell(1, 1)))
        .await?;
    let asked = release(1, ReleaseReason::TurnedBack, [line("MUG", 1)]);
    assert_not_held(store.commit(changes().with(asked)).await, reservation_id(1));
    let expired = release(1, ReleaseReason::Expired, [line("MUG", 1)]);
    store.commit(changes().with(expired)).await?;
    assert_eq!(counts(store, "MUG").await?, (1, 0, 1));
    Ok(())
}

/// Whoever names other lines than the reservation has made them up.
pub async fn made_up_lines_are_corrupt(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 2)).with(receive("CUP", 2))).await?;
    store.commit(changes().with(reserve(1, held_by_checkout(1), [demand("MUG", 1)]))).await?;
    for lines in [vec![line("MUG", 2)], vec![line("CUP", 1)], vec![line("MUG", 1), line("CUP", 1)], vec![]] {
        let (id, checkout) = (reservation_id(1), checkout_id(1));
        let sale = StockChange::Commit { id, checkout, lines: lines.clone() };
        assert_corrupt(store.commit(changes().with(sale)).await);
        assert_corrupt(store.commit(changes().with(release(1, ReleaseReason::TurnedBack, lines))).await);
    }
    assert_eq!(counts(store, "MUG").await?, (2, 1, 0));
    Ok(())
}

/// A reservation that never was can be neither adopted nor sold nor given back.
pub async fn an_unknown_reservation_is_refused(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 1))).await?;
    let give_back = release(1, ReleaseReason::Asked, [line("MUG", 1)]);
    for change in [adopt(1, 1, 1), sell(1, 1), give_back] {
        let refused = refusal(store.commit(changes().with(change)).await);
        assert_eq!(refused, Refusal::NoSuchReservation { reservation: reservation_id(1) });
    }
    Ok(())
}

/// Holds that are over come in the order in which they ended, those of one SKU alone if so asked.
pub async fn expired_holds_come_the_longest_expired_first(store: &dyn Store) -> Kept {
    store.commit(changes().with(receive("MUG", 9)).with(receive("CUP", 9))).await?;
    for (number, seconds, code) in [(1, 30, "MUG"), (2, 10, "CUP"), (3, 20, "MUG"), (4, 40, "MUG")] {
        let hold = reserve(number, held_by_cart(number, after_noon(seconds)), [demand(code, 1)]);
        store.commit(changes().with(hold)).await?;
    }
    store.commit(changes().with(reserve(5, held_by_checkout(5), [demand("MUG", 1)]))).await?;
    let expired = async |codes: Option<&[&str]>, limit| -> Result<Vec<u128>, StoreError> {
        let skus: Option<Vec<_>> = codes.map(|codes| codes.iter().map(|code| sku(code)).collect());
        let holds = store.expired_holds(after_noon(30), skus.as_deref(), limit).await?;
        Ok::<_, StoreError>(holds.iter().map(|hold| hold.id.uuid().as_u128()).collect())
    };
    assert_eq!(expired(None, 9).await?, [2, 3, 1]);
    assert_eq!(expired(None, 2).await?, [2, 3]);
    assert_eq!(expired(Some(&["MUG", "POT"]), 9).await?, [3, 1]);
    assert_eq!(expired(Some(&["MUG"]), 1).await?, [3]);
    assert_eq!(expired(Some(&[]), 9).await?, []);
    store.commit(changes().with(release(3, ReleaseReason::Asked, [line("MUG", 1)]))).await?;
    store.commit(changes().with(adopt(2, 2, 2))).await?;
    assert_eq!(expired(None, 9).await?, [1], "what is given back or adopted has not expired");
    Ok(())
}

fn mugs_at_main_and_shop(main: i64, shop: i64) -> ChangeSet {
    let at_shop = StockChange::Receive { stock: stock_key("MUG", "shop"), units: shop };
    changes().with(receive("MUG", main)).with(at_shop)
}

const fn adopt(number: u128, cart: u128, checkout: u128) -> StockChange {
    StockChange::Adopt { id: reservation_id(number), cart: cart_id(cart), checkout: checkout_id(checkout) }
}

/// Sells the one mug that a reservation holds.
fn sell(number: u128, checkout: u128) -> StockChange {
    let lines = vec![line("MUG", 1)];
    StockChange::Commit { id: reservation_id(number), checkout: checkout_id(checkout), lines }
}

async fn state(store: &dyn Store, number: u128) -> Result<ReservationState, StoreError> {
    match store.reservation(reservation_id(number)).await? {
        Some(found) => Ok(found.state),
        None => panic!("reservation {number} is not there"),
    }
}
