use std::sync::Arc;

use super::super::{Error, commerce::Engine};
use crate::{
    domain::{
        ids::{ReservationId, Sku},
        inventory::{Holder, ReleaseReason, Reservation, demands},
    },
    storage::{ChangeSet, Refusal, StockChange, StoreError},
};

/// Reserves beside other changes. When units are short, what has expired is given back in the same change set, once:
/// an expired hold never blocks a buyer.
pub(in crate::service) async fn reserve(
    engine: &Engine,
    changes: ChangeSet,
    id: ReservationId,
    holder: Holder,
    wanted: &[(Sku, i64)],
) -> Result<Arc<Reservation>, Error> {
    let skus: Vec<Sku> = wanted.iter().map(|(sku, _)| sku.clone()).collect();
    let levels = engine.ports.store.stock_levels(&skus).await?;
    let wanted = wanted.iter().map(|(sku, units)| (sku, *units));
    let demands = demands(&*engine.ports.allocation, wanted, &levels);
    let reserving = StockChange::Reserve { id, holder, demands };
    let refusal = match engine.ports.store.commit(changes.clone().with(reserving.clone())).await {
        Ok(receipt) => return reserved(id, receipt.reservations),
        Err(StoreError::Refused(refusal @ Refusal::InsufficientStock { .. })) => refusal,
        Err(error) => return Err(error.into()),
    };
    let expired =
        engine.ports.store.expired_holds(changes.at, Some(&skus), Reservation::EXPIRED_AT_ONCE).await?;
    if expired.is_empty() {
        return Err(refusal.into());
    }
    let mut again = changes;
    for hold in expired {
        let why = ReleaseReason::Expired;
        again = again.with(StockChange::Release { id: hold.id, why, lines: hold.lines.clone() });
    }
    reserved(id, engine.ports.store.commit(again.with(reserving)).await?.reservations)
}

fn reserved(id: ReservationId, granted: Vec<Arc<Reservation>>) -> Result<Arc<Reservation>, Error> {
    let granted = granted.into_iter().find(|granted| granted.id == id);
    granted.ok_or_else(|| StoreError::corrupt(id, "the receipt does not name the reservation").into())
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
