use super::{Error, commerce::Engine};
use crate::{
    domain::inventory::ReleaseReason,
    storage::{ChangeSet, StockChange},
};

/// Gives back what carts held for too long. The guard looks again: a hold that was adopted or renewed meanwhile stays.
pub(super) async fn sweep(engine: &Engine, limit: usize) -> Result<usize, Error> {
    let now = engine.environment.clock.now();
    let expired = engine.ports.store.expired_holds(now, None, limit).await?;
    if expired.is_empty() {
        return Ok(0);
    }
    let mut changes = ChangeSet::new(now);
    for hold in &expired {
        let why = ReleaseReason::Expired;
        changes = changes.with(StockChange::Release { id: hold.id, why, lines: hold.lines.clone() });
    }
    engine.ports.store.commit(changes).await?;
    Ok(expired.len())
}
