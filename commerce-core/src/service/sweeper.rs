use super::{Error, commerce::Engine};
use crate::{
    domain::inventory::{ReleaseReason, Reservation},
    storage::{ChangeSet, StockChange, StoreError},
};

/// Gives back what carts held for too long. The guard looks again: a hold that was adopted or renewed meanwhile stays.
pub(super) async fn sweep(engine: &Engine, limit: usize) -> Result<usize, Error> {
    let now = engine.environment.clock.now();
    let expired = engine.ports.store.expired_holds(now, None, limit).await?;
    if expired.is_empty() {
        return Ok(0);
    }
    let store = &engine.ports.store;
    let together = expired.iter().fold(ChangeSet::new(now), |changes, hold| changes.with(release(hold)));
    match store.commit(together).await {
        Ok(_) => return Ok(expired.len()),
        Err(StoreError::Refused(_) | StoreError::Corrupt { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    // One of them is bad: it must not keep the others.
    let mut failed = None;
    for hold in &expired {
        if let Err(error) = store.commit(ChangeSet::new(now).with(release(hold))).await {
            tracing::error!(reservation = %hold.id, %error, "an expired hold cannot be given back");
            failed = Some(error);
        }
    }
    failed.map_or(Ok(expired.len()), |error| Err(error.into()))
}

fn release(hold: &Reservation) -> StockChange {
    StockChange::Release { id: hold.id, why: ReleaseReason::Expired, lines: hold.lines.clone() }
}
