use std::collections::BTreeMap;

use commerce_core::{
    domain::{
        ids::{SagaId, Sku},
        inventory::{Backorder, Holder, MovementReason, ReservationState, StockKey},
    },
    saga::Kind,
};

use super::{Findings, Moment, View};

/// S1 to S7: levels are the fold of their ledger, reservations and orders; nothing is oversold; everything comes back.
pub(super) fn check(view: &View, moment: Moment, found: &mut Findings) {
    let sums = Sums::of(view);
    for level in &view.levels {
        let key = &level.key;
        let at = || format!("{} at {}", key.sku, key.location);
        let counts = [level.on_hand, level.reserved, level.committed];
        found.expect("S1", counts.iter().all(|count| *count >= 0), || format!("{} has {counts:?}", at()));
        let promised = level.reserved + level.committed;
        let covered = level.policy.backorder == Backorder::Allowed || level.on_hand >= promised;
        found.expect("S1", covered, || format!("{}: {promised} promised, {} there", at(), level.on_hand));
        for (rule, what, there, sum) in [
            ("S2", "on hand", level.on_hand, sums.moved.get(key)),
            ("S3", "reserved", level.reserved, sums.held.get(key)),
            ("S7", "committed", level.committed, sums.unfulfilled.get(key)),
        ] {
            let sum = sum.copied().unwrap_or_default();
            found.expect(rule, there == sum, || format!("{}: {there} {what}, but the sum is {sum}", at()));
        }
    }
    for (sku, sold) in &sums.sold {
        let mut levels = view.levels.iter().filter(|level| level.key.sku == *sku);
        let backorder = levels.any(|level| level.policy.backorder == Backorder::Allowed);
        let had = sums.had.get(sku).copied().unwrap_or_default();
        found.expect("S4", backorder || *sold <= had, || {
            format!("{sold} of {sku} sold, but only {had} came in")
        });
    }
    if moment == Moment::AtRest {
        leftovers(view, found);
    }
}

/// S6: whatever is held has a live owner.
fn leftovers(view: &View, found: &mut Findings) {
    for held in view.reservations.iter().filter(|held| held.state == ReservationState::Held) {
        if let Holder::Checkout { checkout } = held.holder {
            let saga = view.sagas.get(&SagaId::from(checkout));
            let live = saga.is_some_and(|saga| !saga.has_ended());
            let kind = commerce_core::checkout::CheckoutFlow::NAME;
            found.expect("S6", live, || format!("{} is held by an ended {kind} {checkout}", held.id));
        }
    }
}

#[derive(Default)]
struct Sums {
    moved: BTreeMap<StockKey, i64>,
    held: BTreeMap<StockKey, i64>,
    unfulfilled: BTreeMap<StockKey, i64>,
    sold: BTreeMap<Sku, i64>,
    had: BTreeMap<Sku, i64>,
}

impl Sums {
    fn of(view: &View) -> Self {
        let mut sums = Self::default();
        for movement in &view.movements {
            let key = &movement.key.stock;
            *sums.moved.entry(key.clone()).or_default() += movement.change;
            if !matches!(movement.reason, MovementReason::Fulfilled { .. }) {
                *sums.had.entry(key.sku.clone()).or_default() += movement.change;
            }
        }
        for held in view.reservations.iter().filter(|held| held.state == ReservationState::Held) {
            for line in &held.lines {
                *sums.held.entry(line.key.clone()).or_default() += line.units;
            }
        }
        for order in view.orders.values() {
            for line in order.unshipped_stock() {
                *sums.sold.entry(line.key.sku.clone()).or_default() += line.units;
                *sums.unfulfilled.entry(line.key).or_default() += line.units;
            }
            for line in order.shipments.iter().flat_map(|shipment| &shipment.stock) {
                *sums.sold.entry(line.key.sku.clone()).or_default() += line.units;
            }
        }
        sums
    }
}
