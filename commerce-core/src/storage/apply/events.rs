use chrono::{DateTime, Utc};

use super::{Mark, Record, Rows, Table};
use crate::{
    domain::{
        event::{Aggregate, DomainEvent, EventNumber, NumberedEvent},
        ids::SagaId,
        inventory::StockLevel,
    },
    storage::{ChangeSet, DeliveryChange, DeliveryOutcome, OutboxEvent, StoreError},
};

/// Appends the events of the change set, then those that stock levels caused; answers them with their numbers.
pub(super) fn append(
    rows: &mut Rows,
    mark: &Mark,
    changes: &ChangeSet,
) -> Result<Vec<NumberedEvent>, StoreError> {
    let caused = crossed_thresholds(rows, mark);
    let mut appended = Vec::with_capacity(changes.events.len() + caused.len());
    for event in changes.events.iter().cloned().chain(caused) {
        let aggregate = event.aggregate();
        let number = next_number(rows, mark, &aggregate)?;
        let number = EventNumber { aggregate, number };
        let event = NumberedEvent { number: number.clone(), at: changes.at, event };
        rows.events.put(number, OutboxEvent::new(event.clone()));
        appended.push(event);
    }
    Ok(appended)
}

/// The number comes from a count in the aggregate's own row, so an event needs its aggregate written beside it.
fn next_number(rows: &mut Rows, mark: &Mark, aggregate: &Aggregate) -> Result<u64, StoreError> {
    let count = match aggregate {
        Aggregate::Product(id) => events_of(&mut rows.products, mark.products, id),
        Aggregate::Promotion(id) => events_of(&mut rows.promotions, mark.promotions, id),
        Aggregate::Customer(id) => events_of(&mut rows.customers, mark.customers, id),
        Aggregate::Order(id) => events_of(&mut rows.orders, mark.orders, id),
        Aggregate::Payment(id) => events_of(&mut rows.payments, mark.payments, id),
        Aggregate::Checkout(id) => events_of(&mut rows.sagas, mark.sagas, &SagaId::from(*id)),
        Aggregate::Stock(key) => rows.stock.written(mark.stock, key).map(|level| &mut level.events),
    };
    let count = count.ok_or_else(|| {
        StoreError::corrupt(aggregate, "an event needs its aggregate written in the same change set")
    })?;
    *count += 1;
    Ok(*count)
}

fn events_of<'a, K: Ord + Clone + std::fmt::Debug, T>(
    table: &'a mut Table<K, Record<T>>,
    mark: usize,
    key: &K,
) -> Option<&'a mut u64> {
    table.written(mark, key).map(|record| &mut record.version.events)
}

/// Levels that became low, or can be bought from again, compared before and after the whole change set.
fn crossed_thresholds(rows: &Rows, mark: &Mark) -> Vec<DomainEvent> {
    let mut caused = Vec::new();
    for (key, old) in rows.stock.before(mark.stock) {
        let Ok(Some(new)) = rows.stock.get(key) else { continue };
        let (before, after) = (old.map_or(0, StockLevel::available), new.available());
        if before > new.policy.low_stock_at && after <= new.policy.low_stock_at {
            caused.push(DomainEvent::StockLow { stock: key.clone(), available: after });
        }
        if before <= 0 && after > 0 {
            caused.push(DomainEvent::StockBack { stock: key.clone(), available: after });
        }
    }
    caused
}

/// Marks how the delivery of an event went, unless somebody else was first.
pub(super) fn deliver(rows: &mut Rows, change: &DeliveryChange, at: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(there) = rows.events.get(&change.event)? else {
        return Err(StoreError::corrupt(&change.event, "there is no such event"));
    };
    if there.attempts != change.attempts || there.delivered_at.is_some() {
        return Err(StoreError::Conflict { record: change.event.to_string() });
    }
    let mut marked = OutboxEvent { attempts: there.attempts + 1, ..there.clone() };
    match &change.outcome {
        DeliveryOutcome::Claimed { until } => marked.retry_at = Some(*until),
        DeliveryOutcome::Delivered => marked.delivered_at = Some(at),
        DeliveryOutcome::Failed { retry_at, error } => {
            marked.retry_at = Some(*retry_at);
            marked.last_error = Some(error.clone());
        }
    }
    rows.events.put(change.event.clone(), marked);
    Ok(())
}
