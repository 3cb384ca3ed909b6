use std::collections::BTreeMap;

use super::super::{Error, commerce::Engine};
use crate::{
    domain::inventory::{ReservationState, ReservedLine, StockKey},
    storage::Page,
};

/// A level that is not the fold of what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {} at {} is {level}, but should be {folded}", stock.sku, stock.location)]
pub struct Discrepancy {
    /// Which level.
    pub stock: StockKey,
    /// Which of its counts: `on_hand`, `reserved` or `committed`.
    pub what: &'static str,
    /// What the level says.
    pub level: i64,
    /// What its history says.
    pub folded: i64,
}

/// What a level should be.
#[derive(Debug, Clone, Copy, Default)]
struct Folded {
    on_hand: i64,
    reserved: i64,
    committed: i64,
}

type Folds = BTreeMap<StockKey, Folded>;

pub(super) async fn audit(engine: &Engine) -> Result<Vec<Discrepancy>, Error> {
    let mut folds = Folds::new();
    fold_ledger(engine, &mut folds).await?;
    fold_reservations(engine, &mut folds).await?;
    fold_orders(engine, &mut folds).await?;

    let mut found = Vec::new();
    let mut page = Page::first(Page::<StockKey>::LIMIT);
    loop {
        let levels = engine.ports.store.stock(page.clone()).await?;
        let Some(last) = levels.last() else { break };
        page = Page::after(last.key.clone(), page.limit);
        for level in &levels {
            let folded = folds.remove(&level.key).unwrap_or_default();
            let counts = [
                ("on_hand", level.on_hand, folded.on_hand),
                ("reserved", level.reserved, folded.reserved),
                ("committed", level.committed, folded.committed),
            ];
            let wrong = counts.into_iter().filter(|(_, level, folded)| level != folded);
            found.extend(wrong.map(|(what, at, folded)| Discrepancy {
                stock: level.key.clone(),
                what,
                level: at,
                folded,
            }));
        }
    }
    let lost = folds.into_iter().filter(|(_, folded)| folded.on_hand != 0);
    found.extend(lost.map(|(stock, folded)| Discrepancy {
        stock,
        what: "on_hand",
        level: 0,
        folded: folded.on_hand,
    }));
    Ok(found)
}

async fn fold_ledger(engine: &Engine, folds: &mut Folds) -> Result<(), Error> {
    let mut page = Page::first(1_000);
    loop {
        let movements = engine.ports.store.movements(page.clone()).await?;
        let Some(last) = movements.last() else { return Ok(()) };
        page = Page::after(last.key.clone(), page.limit);
        for movement in movements {
            folds.entry(movement.key.stock).or_default().on_hand += movement.change;
        }
    }
}

async fn fold_reservations(engine: &Engine, folds: &mut Folds) -> Result<(), Error> {
    let mut page = Page::first(1_000);
    loop {
        let reservations = engine.ports.store.reservations(page.clone()).await?;
        let Some(last) = reservations.last() else { return Ok(()) };
        page = Page::after(last.id, page.limit);
        for held in reservations.iter().filter(|held| held.state == ReservationState::Held) {
            add(folds, &held.lines, |folded, units| folded.reserved += units);
        }
    }
}

async fn fold_orders(engine: &Engine, folds: &mut Folds) -> Result<(), Error> {
    let mut page = Page::first(1_000);
    loop {
        let orders = engine.ports.store.orders(page.clone()).await?;
        let Some(last) = orders.last() else { return Ok(()) };
        page = Page::after(last.id, page.limit);
        for order in &orders {
            add(folds, &order.unshipped_stock(), |folded, units| folded.committed += units);
        }
    }
}

fn add(folds: &mut Folds, lines: &[ReservedLine], count: impl Fn(&mut Folded, i64)) {
    for line in lines {
        count(folds.entry(line.key.clone()).or_default(), line.units);
    }
}
