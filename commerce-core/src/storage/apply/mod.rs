//! Where guards are judged: once, for every store.
//!
//! [`apply`] is pure. It judges and applies in a single pass, because what one write leaves is what the next one is
//! judged against: two lines may share a SKU, and one change set may release and reserve the same units.

mod counters;
mod events;
mod forget;
mod names;
mod records;
mod rows;
mod stock;
mod table;

pub use records::Record;
pub use rows::{Mark, Rows};
pub use table::Table;

use super::{ChangeSet, Receipt, StoreError, Write};

/// Applies every write of `changes` to `rows`, or none of them.
///
/// What the journals of `rows` hold afterwards is what a store has to write.
///
/// # Errors
/// [`StoreError::Conflict`] and [`StoreError::Refused`] as the guards decide; [`StoreError::Corrupt`] when the
/// change set contradicts itself or asks for a row that was never loaded.
pub fn apply(rows: &mut Rows, changes: &ChangeSet) -> Result<Receipt, StoreError> {
    let mark = rows.mark();
    let judged = judge(rows, &mark, changes);
    if judged.is_err() {
        rows.roll_back(&mark);
    }
    judged
}

fn judge(rows: &mut Rows, mark: &Mark, changes: &ChangeSet) -> Result<Receipt, StoreError> {
    let mut receipt = Receipt::default();
    for write in &changes.writes {
        match write {
            Write::Product(put) => records::put(&mut rows.products, put.value.id, put)?,
            Write::Promotion(put) => records::put(&mut rows.promotions, put.value.id, put)?,
            Write::Customer(put) => records::put(&mut rows.customers, put.value.id, put)?,
            Write::Order(put) => records::put(&mut rows.orders, put.value.id, put)?,
            Write::Payment(put) => records::put(&mut rows.payments, put.value.id, put)?,
            Write::Saga(put) => records::put(&mut rows.sagas, put.value.id, put)?,
            Write::Signal(put) => records::put(&mut rows.signals, put.value.saga, put)?,
            Write::Name(change) => names::change(rows, change)?,
            Write::Stock(change) => receipt.reservations.extend(stock::change(rows, change, changes.at)?),
            Write::Counter(change) => counters::change(rows, change)?,
            Write::Delivery(change) => events::deliver(rows, change, changes.at)?,
            Write::Forget(forget) => forget::forget(rows, forget)?,
        }
    }
    receipt.events = events::append(rows, mark, changes)?;
    Ok(receipt)
}
