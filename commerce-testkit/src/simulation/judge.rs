use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        event::Aggregate,
        ids::{CheckoutId, OrderId, OrderNumber},
        inventory::StockLevel,
        money::Money,
        order::Order,
        payment::Payment,
    },
    gateway::{CloudEvent, IdempotencyKey},
    service::Checkout,
    storage::{ChangeSet, Receipt, Store},
};

use super::{
    bank::{BankBooks, BankRequest},
    checks,
    model::Model,
};
use crate::invariants::Violation;

/// Sees every effect in the order in which it happened, and notes what does not hold.
#[derive(Default)]
pub(super) struct Judge(Mutex<State>);

/// What the judge knows.
#[derive(Default)]
pub(super) struct State {
    pub(super) model: Model,
    /// Purchases, by checkout.
    pub(super) purchases: BTreeMap<CheckoutId, Purchase>,
    /// How many events of each aggregate have come to the listener, without a gap.
    pub(super) heard: BTreeMap<Aggregate, u64>,
    pub(super) found: Vec<Violation>,
}

/// What a buyer saw, and what they were told.
#[derive(Debug, Clone)]
pub(super) struct Purchase {
    /// When they pressed "buy".
    pub(super) since: u64,
    /// The total they saw.
    pub(super) total: Money,
    /// The number they were told.
    pub(super) number: Option<OrderNumber>,
}

impl State {
    /// Notes a violation unless the rule holds.
    pub(super) fn expect(&mut self, rule: &'static str, holds: bool, what: impl FnOnce() -> String) {
        const ENOUGH: usize = 20;
        if !holds && self.found.len() < ENOUGH {
            let violation = Violation { rule, what: what() };
            if !self.found.contains(&violation) {
                self.found.push(violation);
            }
        }
    }
}

impl Judge {
    /// What does not hold, so far.
    pub(super) fn found(&self) -> Vec<Violation> {
        self.lock().found.clone()
    }

    /// Notes a violation.
    pub(super) fn note(&self, rule: &'static str, what: impl FnOnce() -> String) {
        self.lock().expect(rule, false, what);
    }

    /// How many change sets there were.
    pub(super) fn moment(&self) -> u64 {
        self.lock().model.moment
    }

    /// Looks at the whole state.
    pub(super) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// A change set was written just now. `store` is given where it answers at once.
    pub(super) fn committed(&self, changes: &ChangeSet, receipt: &Receipt, store: Option<&dyn Store>) {
        let mut state = self.lock();
        let touched = state.model.fold(changes, receipt);
        checks::change_set(&mut state, changes, &touched);
        if let Some(store) = store {
            checks::levels(&mut state, &touched, store);
        }
    }

    /// E3, E4: an event came to the listener.
    pub(super) fn heard(&self, event: &CloudEvent) {
        let mut state = self.lock();
        let aggregate = event.data.aggregate();
        let written = state.model.events.get(&aggregate).copied().unwrap_or_default();
        state.expect("E4", event.sequence <= written, || format!("{} was never written", event.id));
        let last = state.heard.get(&aggregate).copied().unwrap_or_default().min(written);
        state.expect("E3", event.sequence <= last + 1, || format!("{} was heard too early", event.id));
        state.heard.insert(aggregate, last.max(event.sequence));
    }

    /// A buyer presses "buy" and saw this total.
    pub(super) fn presses(&self, checkout: CheckoutId, total: Money) {
        let mut state = self.lock();
        let since = state.model.moment;
        state.purchases.entry(checkout).or_insert(Purchase { since, total, number: None });
    }

    /// O4, D1: a buyer is told that the order is placed.
    pub(super) fn told_placed(&self, checkout: CheckoutId, number: &OrderNumber) {
        let mut state = self.lock();
        let placed = state.model.orders.get(&checkout.into()).map(|order| order.number.clone());
        state.expect("O4", placed.as_ref() == Some(number), || {
            format!("a buyer was told {number}, but {checkout} has {placed:?}")
        });
        let told = state.purchases.get(&checkout).and_then(|purchase| purchase.number.clone());
        state.expect("D1", told.as_ref().is_none_or(|told| told == number), || {
            format!("a buyer was told {told:?}, then {number}")
        });
        if let Some(purchase) = state.purchases.get_mut(&checkout) {
            purchase.number = Some(number.clone());
        }
    }

    /// D1: a buyer is told that there is no order.
    pub(super) fn told_refused(&self, checkout: CheckoutId) {
        let mut state = self.lock();
        let placed = state.model.orders.contains_key(&OrderId::from(checkout));
        state.expect("D1", !placed, || {
            format!("a buyer was told that {checkout} is refused, but it is placed")
        });
    }

    /// D2: an id was taken with other content. What is forgotten cannot be compared; then an order answers for itself.
    pub(super) fn taken_twice(&self, checkout: CheckoutId, answer: &Checkout) {
        let mut state = self.lock();
        let forgotten = state.model.forgotten.contains(&checkout.into());
        state.expect("D2", forgotten, || format!("{checkout} was taken twice: {:?}", answer.status));
    }

    /// A client has read levels, asked for at that moment.
    pub(super) fn read_levels(&self, since: u64, levels: &[StockLevel]) {
        checks::read_levels(&mut self.lock(), since, levels);
    }

    /// A client has read an order.
    pub(super) fn read_order(&self, since: u64, order: &Order) {
        checks::read_order(&mut self.lock(), since, order);
    }

    /// A client has read a payment.
    pub(super) fn read_payment(&self, since: u64, payment: &Payment) {
        checks::read_payment(&mut self.lock(), since, payment);
    }

    /// G4: a key comes to the bank.
    pub(super) fn key_sent(
        &self,
        books: &BankBooks,
        key: &IdempotencyKey,
        request: &BankRequest,
        now: DateTime<Utc>,
    ) {
        let Some((before, forgotten)) = books.before(key, now) else { return };
        let mut state = self.lock();
        state.expect("G4", before == request, || format!("{key} was sent with other content"));
        // To give up a promise twice is to give it up once.
        let moves = !matches!(request, BankRequest::Void(_));
        state.expect("G4", !forgotten || !moves, || {
            format!("{key} was sent though the bank has forgotten it")
        });
    }

    /// G2: the bank does what it was asked.
    pub(super) fn money_asked(&self, request: &BankRequest, checkout: CheckoutId) {
        checks::request(&mut self.lock(), request, checkout);
    }

    /// M1, M2: money of a checkout has moved at the bank.
    pub(super) fn money_moved(&self, books: &BankBooks, checkout: CheckoutId) {
        checks::charged(&mut self.lock(), &books.charged(checkout), checkout);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
