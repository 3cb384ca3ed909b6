use std::collections::{BTreeMap, BTreeSet};

use super::{
    ChangeSet, CounterChange, CounterKey, Expect, Forget, HoldKey, NameChange, Put, StockChange, UniqueName,
    Write,
};
use crate::domain::{
    event::EventNumber,
    ids::{CustomerId, OrderId, PaymentId, ProductId, PromotionId, ReservationId, SagaId},
    inventory::{ReservedLine, StockKey},
};

/// Every key that [`apply`](super::apply::apply) will ask for, sorted: the order in which rows are locked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Stock levels, to be locked: their content is judged.
    pub stock: BTreeSet<StockKey>,
    /// Reservations whose content is judged, by id; a reservation's levels are locked already.
    pub reservations: BTreeSet<ReservationId>,
    /// Limited counts, to be locked.
    pub counters: BTreeSet<CounterKey>,
    /// What checkouts hold of them.
    pub counter_holds: BTreeSet<HoldKey>,
    /// Unique names.
    pub names: BTreeSet<UniqueName>,
    /// Events whose delivery is marked, that are forgotten, or that hold up what is.
    pub events: BTreeSet<EventNumber>,
    /// Sagas that are forgotten: they and their signals are loaded whole, whatever else is expected of them, because
    /// their content is judged.
    pub forgotten: BTreeSet<SagaId>,
    /// Records of which only the version is judged.
    pub expected: Expected,
    /// Whether their versions may be taken over and asserted when writing.
    pub records: Records,
}

/// What to do with records of which only the version is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Records {
    /// Take over the expected versions with [`Rows::assume`](super::apply::Rows::assume) and assert them in the writing
    /// statement, or load them: whichever is faster.
    #[default]
    MayBeAssumed,
    /// Load them: something assumed was not so.
    MustBeLoaded,
}

/// What the first change set that writes a record expects of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// Products.
    pub products: BTreeMap<ProductId, Expect>,
    /// Promotions.
    pub promotions: BTreeMap<PromotionId, Expect>,
    /// Customers.
    pub customers: BTreeMap<CustomerId, Expect>,
    /// Orders.
    pub orders: BTreeMap<OrderId, Expect>,
    /// Payments.
    pub payments: BTreeMap<PaymentId, Expect>,
    /// Sagas.
    pub sagas: BTreeMap<SagaId, Expect>,
    /// Signals to sagas.
    pub signals: BTreeMap<SagaId, Expect>,
    /// Reservations that are made: they are not there yet.
    pub reservations: BTreeSet<ReservationId>,
}

impl Keys {
    /// The keys of a batch of change sets, judged in this order.
    pub fn of<'a>(batch: impl IntoIterator<Item = &'a ChangeSet>) -> Self {
        let mut keys = Self::default();
        for write in batch.into_iter().flat_map(|changes| &changes.writes) {
            keys.add(write);
        }
        keys
    }

    fn add(&mut self, write: &Write) {
        let expected = &mut self.expected;
        match write {
            Write::Product(put) => expect(&mut expected.products, put.value.id, put),
            Write::Promotion(put) => expect(&mut expected.promotions, put.value.id, put),
            Write::Customer(put) => expect(&mut expected.customers, put.value.id, put),
            Write::Order(put) => expect(&mut expected.orders, put.value.id, put),
            Write::Payment(put) => expect(&mut expected.payments, put.value.id, put),
            Write::Saga(put) => expect(&mut expected.sagas, put.value.id, put),
            Write::Signal(put) => expect(&mut expected.signals, put.value.saga, put),
            Write::Name(NameChange::Claim { name, .. } | NameChange::Free { name, .. }) => {
                self.names.insert(name.clone());
            }
            Write::Stock(change) => self.add_stock(change),
            Write::Counter(change) => self.add_counter(change),
            Write::Delivery(change) => {
                self.events.insert(change.event.clone());
            }
            Write::Forget(forget) => self.add_forgotten(forget),
        }
    }

    fn add_stock(&mut self, change: &StockChange) {
        match change {
            StockChange::Receive { stock, .. }
            | StockChange::Count { stock, .. }
            | StockChange::CountFirst { stock, .. }
            | StockChange::SetPolicy { stock, .. } => {
                self.stock.insert(stock.clone());
            }
            StockChange::Transfer { from, to, .. } => {
                self.stock.insert(from.clone());
                self.stock.insert(StockKey { sku: from.sku.clone(), location: to.clone() });
            }
            StockChange::Reserve { id, demands, .. } => {
                if !self.reservations.contains(id) {
                    self.expected.reservations.insert(*id);
                }
                for demand in demands {
                    let at =
                        |location: &_| StockKey { sku: demand.sku.clone(), location: Clone::clone(location) };
                    self.stock.extend(demand.candidates.locations.iter().map(at));
                }
            }
            StockChange::Adopt { id, .. } => self.add_reservation(*id),
            StockChange::Commit { id, lines, .. } | StockChange::Release { id, lines, .. } => {
                self.add_reservation(*id);
                self.add_lines(lines);
            }
            StockChange::Uncommit { lines }
            | StockChange::Fulfil { lines, .. }
            | StockChange::Return { lines, .. } => self.add_lines(lines),
        }
    }

    /// One that is there, unless the same batch makes it first.
    fn add_reservation(&mut self, id: ReservationId) {
        if !self.expected.reservations.contains(&id) {
            self.reservations.insert(id);
        }
    }

    fn add_lines(&mut self, lines: &[ReservedLine]) {
        self.stock.extend(lines.iter().map(|line| line.key.clone()));
    }

    fn add_counter(&mut self, change: &CounterChange) {
        let (CounterChange::Hold { counter, holder, .. }
        | CounterChange::Settle { counter, holder }
        | CounterChange::Release { counter, holder }) = change;
        self.counters.insert(counter.clone());
        self.counter_holds.insert(HoldKey { counter: counter.clone(), holder: *holder });
    }

    fn add_forgotten(&mut self, forget: &Forget) {
        self.events.extend(forget.held_up_by());
        match forget {
            Forget::Saga { id, .. } => {
                self.forgotten.insert(*id);
            }
            Forget::Reservation(id) => self.add_reservation(*id),
            Forget::Event(number) => {
                self.events.insert(number.clone());
            }
        }
    }
}

fn expect<K: Ord, T>(expected: &mut BTreeMap<K, Expect>, key: K, put: &Put<T>) {
    expected.entry(key).or_insert(put.expect);
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::storage::{Signal, Version};

    #[test]
    fn what_the_first_writer_expects_is_what_has_to_be_there() {
        let saga = SagaId::from_uuid(Uuid::nil());
        let put = |expect| Put { expect, ..Put::new(Signal { saga, pending: true, stop: None }) };
        let second = Expect::At(Version { writes: 1, events: 0 });
        let batch = [Expect::Absent, second].map(|it| ChangeSet::new(DateTime::UNIX_EPOCH).with(put(it)));
        assert_eq!(Keys::of(&batch).expected.signals, BTreeMap::from([(saga, Expect::Absent)]));
    }
}
