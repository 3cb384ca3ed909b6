use super::{Error, commerce::Engine, commit_each};
use crate::{
    domain::inventory::{ReleaseReason, Reservation},
    storage::StockChange,
};

/// Gives back what carts held for too long. The guard looks again: a hold that was adopted or renewed meanwhile stays.
pub(super) async fn sweep(engine: &Engine, limit: usize) -> Result<usize, Error> {
    let now = engine.environment.clock.now();
    let expired = engine.ports.store.expired_holds(now, None, limit).await?;
    if expired.is_empty() {
        return Ok(0);
    }
    commit_each(engine, now, expired.iter().map(|hold| release(hold))).await?;
    Ok(expired.len())
}

fn release(hold: &Reservation) -> StockChange {
    StockChange::Release { id: hold.id, why: ReleaseReason::Expired, lines: hold.lines.clone() }
}
