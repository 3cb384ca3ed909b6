use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Rows;
use crate::{
    domain::{
        ids::{CartId, CheckoutId, LocationId, ReservationId},
        inventory::{
            Demand, Holder, MovementKey, MovementReason, ReleaseReason, Reservation, ReservationState,
            ReservedLine, Split, StockKey, StockLevel, StockMovement, StockProblem,
        },
    },
    storage::{Refusal, Shortage, StockChange, StoreError},
};

/// Moves stock; answers the reservation when one was asked for.
pub(super) fn change(
    rows: &mut Rows,
    change: &StockChange,
    at: DateTime<Utc>,
) -> Result<Option<Arc<Reservation>>, StoreError> {
    match change {
        StockChange::Receive { stock, units } => {
            alter(rows, stock, |level| level.receive(*units))?;
            record(rows, stock, *units, MovementReason::Received, at)?;
        }
        StockChange::Count { stock, counted, note } => count(rows, stock, *counted, note, at)?,
        StockChange::CountFirst { stock, counted, note } => {
            if rows.stock.get(stock)?.is_none_or(|level| level.movements == 0) {
                count(rows, stock, *counted, note, at)?;
            }
        }
        StockChange::Transfer { from, to, units } => transfer(rows, from, to, *units, at)?,
        StockChange::SetPolicy { stock, policy } => alter(rows, stock, |level| level.set_policy(*policy))?,
        StockChange::Reserve { id, holder, demands } => {
            return reserve(rows, *id, *holder, demands, at).map(Some);
        }
        StockChange::Adopt { id, cart, checkout } => adopt(rows, *id, *cart, *checkout)?,
        StockChange::Commit { id, checkout, lines } => commit(rows, *id, *checkout, lines)?,
        StockChange::Release { id, why, lines } => release(rows, *id, *why, lines, at)?,
        StockChange::Uncommit { lines } => {
            for line in lines {
                alter(rows, &line.key, |level| level.uncommit(line.units))?;
            }
        }
        StockChange::Fulfil { order, lines } => {
            for line in lines {
                alter(rows, &line.key, |level| level.fulfil(line.units))?;
                record(rows, &line.key, -line.units, MovementReason::Fulfilled { order: *order }, at)?;
            }
        }
        StockChange::Return { order, lines } => {
            for line in lines {
                alter(rows, &line.key, |level| level.receive(line.units))?;
                record(rows, &line.key, line.units, MovementReason::Returned { order: *order }, at)?;
            }
        }
    }
    Ok(None)
}

/// Changes one level by the rules of the domain; a level that is not there yet is empty.
fn alter<R>(
    rows: &mut Rows,
    key: &StockKey,
    change: impl FnOnce(&mut StockLevel) -> Result<R, StockProblem>,
) -> Result<R, StoreError> {
    rows.stock.alter(key, |level| {
        let mut level = level.cloned().unwrap_or_else(|| StockLevel::empty(key.clone()));
        let result = change(&mut level).map_err(|problem| Refusal::Stock { stock: key.clone(), problem })?;
        Ok((level, result))
    })
}

/// Adds a line to the ledger of a level.
fn record(
    rows: &mut Rows,
    key: &StockKey,
    change: i64,
    reason: MovementReason,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let number = alter(rows, key, |level| {
        level.movements += 1;
        Ok(level.movements)
    })?;
    let key = MovementKey { stock: key.clone(), number };
    rows.movements.put(key.clone(), StockMovement { key, change, reason, at });
    Ok(())
}

fn count(
    rows: &mut Rows,
    stock: &StockKey,
    counted: i64,
    note: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let change = alter(rows, stock, |level| level.count(counted))?;
    record(rows, stock, change, MovementReason::Counted { note: note.into() }, at)
}

fn transfer(
    rows: &mut Rows,
    from: &StockKey,
    to: &LocationId,
    units: i64,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if from.location == *to {
        return Err(Refusal::SameLocation { location: to.clone() }.into());
    }
    let target = StockKey { sku: from.sku.clone(), location: to.clone() };
    alter(rows, from, |level| level.send(units))?;
    record(rows, from, -units, MovementReason::SentTo { location: to.clone() }, at)?;
    alter(rows, &target, |level| level.receive(units))?;
    record(rows, &target, units, MovementReason::CameFrom { location: from.location.clone() }, at)
}

fn reserve(
    rows: &mut Rows,
    id: ReservationId,
    holder: Holder,
    demands: &[Demand],
    at: DateTime<Utc>,
) -> Result<Arc<Reservation>, StoreError> {
    if demands.iter().any(|demand| demand.units < 1) {
        return Err(StoreError::corrupt(id, "a demand is for at least one unit"));
    }
    if let Some(known) = rows.reservations.get(&id)? {
        let same = known.answers(demands) && same_holder(known.holder, holder);
        return if same {
            Ok(Arc::clone(known))
        } else {
            Err(Refusal::ReservationReused { reservation: id }.into())
        };
    }
    let (mut lines, mut short) = (Vec::with_capacity(demands.len()), Vec::new());
    for (demand, units) in summed(demands) {
        if let Err(available) = allocate(rows, demand, units, &mut lines)? {
            short.push(Shortage { sku: demand.sku.clone(), wanted: units, available });
        }
    }
    if !short.is_empty() {
        return Err(Refusal::InsufficientStock { short }.into());
    }
    lines.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    let reservation = Arc::new(Reservation { id, holder, state: ReservationState::Held, lines, made_at: at });
    rows.reservations.put(id, Arc::clone(&reservation));
    Ok(reservation)
}

/// A repetition may come later, so a cart's time limit is not compared; and a hold that was adopted meanwhile is
/// still the one the cart asked for.
fn same_holder(known: Holder, asked: Holder) -> bool {
    match (known, asked) {
        (Holder::Cart { cart: known, .. }, Holder::Cart { cart: asked, .. }) => known == asked,
        (Holder::Checkout { checkout: known }, Holder::Checkout { checkout: asked }) => known == asked,
        (Holder::Checkout { .. }, Holder::Cart { .. }) => true,
        (Holder::Cart { .. }, Holder::Checkout { .. }) => false,
    }
}

/// The demand for each SKU in all, by SKU: two lines of one SKU must not both pass for the same unit.
fn summed(demands: &[Demand]) -> Vec<(&Demand, i64)> {
    let mut sums: Vec<_> = demands.iter().map(|demand| (demand, demand.units)).collect();
    sums.sort_by(|(one, _), (other, _)| one.sku.cmp(&other.sku));
    sums.dedup_by(|(demand, units), (first, sum)| {
        let same = demand.sku == first.sku;
        *sum = if same { sum.saturating_add(*units) } else { *sum };
        same
    });
    sums
}

/// Takes the units from the first location that has enough, else from several if the demand may be split. `Err` is
/// how many there are.
fn allocate(
    rows: &mut Rows,
    demand: &Demand,
    units: i64,
    lines: &mut Vec<ReservedLine>,
) -> Result<Result<(), i64>, StoreError> {
    let at = |location: &LocationId| StockKey { sku: demand.sku.clone(), location: location.clone() };
    let (start, mut left) = (lines.len(), units);
    for location in &demand.candidates.locations {
        let key = at(location);
        if lines[start..].iter().any(|part| part.key == key) {
            continue;
        }
        let Some(level) = rows.stock.get(&key)? else { continue };
        if level.can_sell(units) {
            lines.truncate(start);
            lines.push(ReservedLine { key, units });
            left = 0;
            break;
        }
        let part = level.available().clamp(0, left);
        if part > 0 {
            left -= part;
            lines.push(ReservedLine { key, units: part });
        }
    }
    if left > 0 || (demand.candidates.split == Split::Never && lines.len() - start > 1) {
        lines.truncate(start);
        return Ok(Err(units - left));
    }
    for line in &lines[start..] {
        alter(rows, &line.key, |level| level.reserve(line.units))?;
    }
    Ok(Ok(()))
}

fn adopt(rows: &mut Rows, id: ReservationId, cart: CartId, checkout: CheckoutId) -> Result<(), StoreError> {
    let known = find(rows, id)?;
    match (known.state, known.holder) {
        (ReservationState::Held, Holder::Checkout { checkout: holder }) if holder == checkout => Ok(()),
        (ReservationState::Held, Holder::Cart { cart: holder, .. }) if holder == cart => {
            let adopted = Reservation { holder: Holder::Checkout { checkout }, ..Reservation::clone(&known) };
            rows.reservations.put(id, Arc::new(adopted));
            Ok(())
        }
        _ => Err(Refusal::NotHeld { reservation: id }.into()),
    }
}

fn commit(
    rows: &mut Rows,
    id: ReservationId,
    checkout: CheckoutId,
    lines: &[ReservedLine],
) -> Result<(), StoreError> {
    let known = find(rows, id)?;
    if known.state != ReservationState::Held || known.holder != (Holder::Checkout { checkout }) {
        return Err(Refusal::NotHeld { reservation: id }.into());
    }
    same_lines(&known, lines)?;
    for line in lines {
        alter(rows, &line.key, |level| level.commit(line.units))?;
    }
    let committed = Reservation { state: ReservationState::Committed, ..Reservation::clone(&known) };
    rows.reservations.put(id, Arc::new(committed));
    Ok(())
}

fn release(
    rows: &mut Rows,
    id: ReservationId,
    why: ReleaseReason,
    lines: &[ReservedLine],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let known = find(rows, id)?;
    let adopted = matches!(known.holder, Holder::Checkout { .. });
    match (known.state, why) {
        (ReservationState::Released { .. }, _) => return Ok(()),
        (_, ReleaseReason::Expired) if !known.is_expired(at) => return Ok(()),
        (ReservationState::Held, ReleaseReason::Replaced) if adopted => return Ok(()),
        (ReservationState::Committed, _) => return Err(Refusal::NotHeld { reservation: id }.into()),
        (ReservationState::Held, ReleaseReason::Asked) if adopted => {
            return Err(Refusal::NotHeld { reservation: id }.into());
        }
        (ReservationState::Held, _) => same_lines(&known, lines)?,
    }
    for line in lines {
        alter(rows, &line.key, |level| level.release(line.units))?;
    }
    let released = Reservation { state: ReservationState::Released { why }, ..Reservation::clone(&known) };
    rows.reservations.put(id, Arc::new(released));
    Ok(())
}

fn find(rows: &Rows, id: ReservationId) -> Result<Arc<Reservation>, StoreError> {
    let known = rows.reservations.get(&id)?.cloned();
    known.ok_or_else(|| Refusal::NoSuchReservation { reservation: id }.into())
}

/// The lines of a reservation never change, so a difference is no race: somebody made them up.
fn same_lines(known: &Reservation, lines: &[ReservedLine]) -> Result<(), StoreError> {
    if known.lines == lines {
        Ok(())
    } else {
        Err(StoreError::corrupt(known.id, "the change set names other lines than the reservation has"))
    }
}
