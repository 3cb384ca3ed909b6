use super::{Record, Rows};
use crate::{
    domain::{event::EventNumber, ids::SagaId},
    storage::{Forget, StoreError, Version},
};

/// Takes out what is over. Whoever wishes something of it, or uses it, was first: then it stays.
pub(super) fn forget(rows: &mut Rows, forget: &Forget) -> Result<(), StoreError> {
    if let Some(before) = forget.held_up_by()
        && rows.events.get(&before)?.is_some()
    {
        return Ok(());
    }
    match forget {
        Forget::Saga { id, version } => forget_saga(rows, *id, *version),
        Forget::Reservation(id) => {
            if rows.reservations.get(id)?.is_some_and(|there| there.is_over()) {
                rows.reservations.remove(*id);
            }
            Ok(())
        }
        Forget::Event(number) => forget_event(rows, number),
    }
}

fn forget_saga(rows: &mut Rows, id: SagaId, version: Version) -> Result<(), StoreError> {
    let Some(there) = rows.sagas.get(&id)?.filter(|there| there.version == version) else { return Ok(()) };
    let over = content(id, there)?.over_since().is_some();
    let signal = rows.signals.get(&id)?.map(|signal| content(id, signal)).transpose()?;
    let (signalled, wished) = (signal.is_some(), signal.is_some_and(|signal| signal.pending));
    if over && !wished {
        rows.sagas.remove(id);
    }
    if over && !wished && signalled {
        rows.signals.remove(id);
    }
    Ok(())
}

/// What a version alone does not say.
fn content<T>(id: SagaId, record: &Record<T>) -> Result<&T, StoreError> {
    let why = "its content is judged, but only its version was loaded";
    record.value.as_deref().ok_or_else(|| StoreError::corrupt(id, why))
}

fn forget_event(rows: &mut Rows, number: &EventNumber) -> Result<(), StoreError> {
    if rows.events.get(number)?.is_some_and(|there| there.delivered_at.is_some()) {
        rows.events.remove(number.clone());
    }
    Ok(())
}
