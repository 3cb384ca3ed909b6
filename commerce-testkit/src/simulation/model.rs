use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        catalog::{Price, Product},
        event::Aggregate,
        ids::{CheckoutId, OrderId, PaymentId, PromotionId, ReservationId, SagaId, Sku},
        inventory::{Holder, ReleaseReason, Reservation, ReservedLine, StockKey},
        money::Money,
        order::{Order, OrderStatus},
        payment::Payment,
        pricing::Promotion,
    },
    storage::{
        ChangeSet, CounterChange, CounterKey, Expect, Forget, Put, Receipt, SagaRecord, StockChange, Write,
    },
};

/// What a shop must look like after the change sets that were committed: folded one by one, without looking at the
/// store, and knowing nothing of how a store judges.
#[derive(Default)]
pub(super) struct Model {
    /// Counts the change sets.
    pub(super) moment: u64,
    pub(super) levels: BTreeMap<StockKey, Counts>,
    pub(super) orders: BTreeMap<OrderId, Arc<Order>>,
    pub(super) payments: BTreeMap<PaymentId, Arc<Payment>>,
    pub(super) sagas: BTreeMap<SagaId, KnownSaga>,
    /// Held and used, by counter.
    pub(super) counters: BTreeMap<CounterKey, BTreeMap<CheckoutId, Use>>,
    pub(super) promotions: BTreeMap<PromotionId, Arc<Promotion>>,
    /// How many events each aggregate has had.
    pub(super) events: BTreeMap<Aggregate, u64>,
    /// Units that uncancelled orders wait for.
    pub(super) unfulfilled: BTreeMap<StockKey, i64>,
    /// Prices of a SKU, and from which moment on they held.
    pub(super) prices: BTreeMap<Sku, Vec<(u64, Vec<Price>)>>,
    /// How things stood, and from which moment on.
    pub(super) history: History,
    holds: BTreeMap<ReservationId, Held>,
    pub(super) forgotten: BTreeSet<SagaId>,
}

/// A saga and its version.
pub(super) type KnownSaga = (Expect, Arc<SagaRecord>);

/// Everything that a client may read, as it was from each moment on.
#[derive(Default)]
pub(super) struct History {
    pub(super) levels: BTreeMap<StockKey, Vec<(u64, Counts)>>,
    pub(super) orders: BTreeMap<OrderId, Vec<(u64, OrderStatus)>>,
    pub(super) payments: BTreeMap<PaymentId, Vec<(u64, [Money; 2])>>,
}

/// On hand, reserved, committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) committed: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Held,
    Settled,
}

struct Held {
    lines: Vec<ReservedLine>,
    holder: Holder,
    held: bool,
}

/// What a change set has touched.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) levels: BTreeSet<StockKey>,
    /// Orders, payments and sagas as they were before.
    pub(super) orders: Vec<(OrderId, Option<Arc<Order>>)>,
    pub(super) payments: Vec<(PaymentId, Option<Arc<Payment>>)>,
    pub(super) sagas: Vec<(Put<SagaRecord>, Option<KnownSaga>)>,
    pub(super) counters: Vec<(CounterKey, Option<u64>)>,
    /// Checkouts whose stock was given back.
    pub(super) undone: Vec<CheckoutId>,
    /// What cannot be.
    pub(super) wrong: Vec<(&'static str, String)>,
}

impl Model {
    /// Folds one change set that was committed.
    pub(super) fn fold(&mut self, changes: &ChangeSet, receipt: &Receipt) -> Touched {
        self.moment += 1;
        let mut touched = Touched::default();
        let mut granted = receipt.reservations.iter();
        for write in &changes.writes {
            match write {
                Write::Product(put) => self.product(&put.value),
                Write::Promotion(put) => drop(self.promotions.insert(put.value.id, Arc::clone(&put.value))),
                Write::Order(put) => self.order(put, &mut touched),
                Write::Payment(put) => self.payment(put, &mut touched),
                Write::Saga(put) => {
                    self.begin_anew(put);
                    let now = (Expect::At(put.expect.next()), Arc::clone(&put.value));
                    touched.sagas.push((put.clone(), self.sagas.insert(put.value.id, now)));
                }
                Write::Stock(StockChange::Reserve { .. }) => {
                    if let Some(reservation) = granted.next() {
                        self.reserve(reservation, &mut touched);
                    }
                }
                Write::Stock(change) => self.stock(change, changes.at, &mut touched),
                Write::Counter(change) => self.counter(change, &mut touched),
                Write::Forget(forget) => self.forget(forget),
                Write::Customer(_) | Write::Signal(_) | Write::Name(_) | Write::Delivery(_) => {}
            }
        }
        for event in &receipt.events {
            let last = self.events.entry(event.number.aggregate.clone()).or_default();
            *last += 1;
            if event.number.number != *last {
                touched.wrong.push(("E3", format!("{} comes where {last} should", event.number)));
            }
        }
        self.remember(&touched);
        touched
    }

    fn remember(&mut self, touched: &Touched) {
        let moment = self.moment;
        for key in &touched.levels {
            let counts = self.levels.get(key).copied().unwrap_or_default();
            self.history.levels.entry(key.clone()).or_default().push((moment, counts));
        }
        for (id, _) in &touched.orders {
            if let Some(order) = self.orders.get(id) {
                self.history.orders.entry(*id).or_default().push((moment, order.status()));
            }
        }
        for (id, _) in &touched.payments {
            if let Some(payment) = self.payments.get(id) {
                let sums = [payment.captured, payment.refunded()];
                self.history.payments.entry(*id).or_default().push((moment, sums));
            }
        }
    }

    /// What is over may be forgotten: whether the store did, shows when its id is used again.
    fn forget(&mut self, forget: &Forget) {
        match forget {
            Forget::Saga { id, .. } => drop(self.forgotten.insert(*id)),
            Forget::Reservation(id) => self.holds.retain(|known, held| known != id || held.held),
            Forget::Event(_) => {}
        }
    }

    /// A saga whose id was used before and is forgotten: its events are counted anew.
    fn begin_anew(&mut self, put: &Put<SagaRecord>) {
        let id = put.value.id;
        let over = self.sagas.get(&id).is_some_and(|(_, before)| before.over_since().is_some());
        if put.expect == Expect::Absent && over && self.forgotten.contains(&id) {
            self.sagas.remove(&id);
            self.events.remove(&Aggregate::Checkout(CheckoutId::from_uuid(id.uuid())));
        }
    }

    fn product(&mut self, product: &Product) {
        for variant in &product.variants {
            let prices = variant.prices.clone();
            self.prices.entry(variant.sku.clone()).or_default().push((self.moment, prices));
        }
    }

    fn order(&mut self, put: &Put<Order>, touched: &mut Touched) {
        let before = self.orders.insert(put.value.id, Arc::clone(&put.value));
        for line in before.iter().flat_map(|before| before.unshipped_stock()) {
            *self.unfulfilled.entry(line.key).or_default() -= line.units;
        }
        for line in put.value.unshipped_stock() {
            touched.levels.insert(line.key.clone());
            *self.unfulfilled.entry(line.key).or_default() += line.units;
        }
        touched.orders.push((put.value.id, before));
    }

    fn payment(&mut self, put: &Put<Payment>, touched: &mut Touched) {
        let before = self.payments.insert(put.value.id, Arc::clone(&put.value));
        touched.payments.push((put.value.id, before));
    }

    fn counts(&mut self, key: &StockKey, touched: &mut Touched) -> &mut Counts {
        touched.levels.insert(key.clone());
        self.levels.entry(key.clone()).or_default()
    }

    fn reserve(&mut self, granted: &Reservation, touched: &mut Touched) {
        if self.holds.contains_key(&granted.id) {
            return;
        }
        for line in &granted.lines {
            self.counts(&line.key, touched).reserved += line.units;
        }
        let held = Held { lines: granted.lines.clone(), holder: granted.holder, held: true };
        self.holds.insert(granted.id, held);
    }

    fn stock(&mut self, change: &StockChange, at: DateTime<Utc>, touched: &mut Touched) {
        match change {
            StockChange::Receive { stock, units } => self.shelve(stock, *units, touched),
            StockChange::Count { stock, counted, .. } => {
                let there = self.counts(stock, touched).on_hand;
                self.shelve(stock, counted - there, touched);
            }
            StockChange::CountFirst { stock, counted, .. } => {
                if !self.levels.contains_key(stock) {
                    self.shelve(stock, *counted, touched);
                }
            }
            StockChange::Transfer { from, to, units } => {
                let there = StockKey { sku: from.sku.clone(), location: to.clone() };
                self.shelve(from, -units, touched);
                self.shelve(&there, *units, touched);
            }
            StockChange::SetPolicy { .. } | StockChange::Reserve { .. } => {}
            StockChange::Adopt { id, checkout, .. } => {
                if let Some(held) = self.holds.get_mut(id) {
                    held.holder = Holder::Checkout { checkout: *checkout };
                }
            }
            StockChange::Commit { id, .. } => {
                let lines = self.let_go(*id, touched);
                for line in lines {
                    let counts = self.counts(&line.key, touched);
                    counts.committed += line.units;
                }
            }
            StockChange::Release { id, why, .. } => {
                let stays = |held: &Held| match (why, held.holder) {
                    (ReleaseReason::Expired, Holder::Cart { until, .. }) => until > at,
                    (ReleaseReason::Expired | ReleaseReason::Replaced, Holder::Checkout { .. }) => true,
                    _ => false,
                };
                if let Some(held) = self.holds.get(id).filter(|held| held.held && !stays(held)) {
                    if let Holder::Checkout { checkout } = held.holder {
                        touched.undone.push(checkout);
                    }
                    self.let_go(*id, touched);
                }
            }
            StockChange::Uncommit { lines } => {
                lines.iter().for_each(|line| self.counts(&line.key, touched).committed -= line.units);
            }
            StockChange::Fulfil { lines, .. } => {
                for line in lines {
                    let counts = self.counts(&line.key, touched);
                    counts.committed -= line.units;
                    counts.on_hand -= line.units;
                }
            }
            StockChange::Return { lines, .. } => {
                lines.iter().for_each(|line| self.shelve(&line.key, line.units, touched));
            }
        }
    }

    fn shelve(&mut self, key: &StockKey, units: i64, touched: &mut Touched) {
        self.counts(key, touched).on_hand += units;
    }

    /// What a reservation held; from now on it holds nothing.
    fn let_go(&mut self, id: ReservationId, touched: &mut Touched) -> Vec<ReservedLine> {
        let Some(held) = self.holds.get_mut(&id).filter(|held| held.held) else {
            touched.wrong.push(("S5", format!("reservation {id} holds nothing and was let go")));
            return Vec::new();
        };
        held.held = false;
        let lines = held.lines.clone();
        lines.iter().for_each(|line| self.counts(&line.key, touched).reserved -= line.units);
        lines
    }

    fn counter(&mut self, change: &CounterChange, touched: &mut Touched) {
        let (CounterChange::Hold { counter, holder, .. }
        | CounterChange::Settle { counter, holder }
        | CounterChange::Release { counter, holder }) = change;
        let uses = self.counters.entry(counter.clone()).or_default();
        let mut most = None;
        match (change, uses.get(holder)) {
            (CounterChange::Hold { limit, .. }, None) => {
                most = Some(*limit);
                uses.insert(*holder, Use::Held);
            }
            (CounterChange::Settle { .. }, Some(_)) => drop(uses.insert(*holder, Use::Settled)),
            (CounterChange::Release { .. }, Some(Use::Held)) => drop(uses.remove(holder)),
            _ => {}
        }
        touched.counters.push((counter.clone(), most));
    }
}
