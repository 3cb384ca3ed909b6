use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    domain::{
        event::EventNumber,
        ids::{
            CheckoutId, CustomerId, LocationId, OrderId, PaymentId, PromotionId, ReservationId, SagaId, Sku,
        },
        inventory::{Holder, Reservation, ReservationState, StockKey},
        order::Order,
        payment::Payment,
        pricing::Promotion,
    },
    storage::{
        OutboxEvent, SagaRecord, Signal, StoreError,
        apply::{Record, Rows},
    },
};

/// The ways to find rows that are not their keys. Names are a table of their own and need no index.
#[derive(Default)]
pub(super) struct Indexes {
    /// Where there are levels of a SKU.
    locations: BTreeMap<Sku, BTreeSet<LocationId>>,
    /// Promotions that need no code.
    open_promotions: BTreeSet<PromotionId>,
    holds: Holds,
    orders_by_customer: BTreeSet<(CustomerId, OrderId)>,
    payments_by_checkout: BTreeSet<(CheckoutId, PaymentId)>,
    /// Sagas by when somebody should look at them.
    due: BTreeSet<(DateTime<Utc>, SagaId)>,
    /// Sagas with a signal that nobody has heard.
    signalled: BTreeSet<SagaId>,
    undelivered: Undelivered,
    over: Over,
}

/// What may be forgotten one day, by its age.
#[derive(Default)]
struct Over {
    sagas: BTreeSet<(DateTime<Utc>, SagaId)>,
    reservations: BTreeSet<(DateTime<Utc>, ReservationId)>,
    /// Delivered events.
    events: BTreeSet<(DateTime<Utc>, EventNumber)>,
}

/// Carts' holds by when they end.
///
/// Nearly every hold is made and given back before anybody asks for it, so it is only put on a heap; it is sorted
/// in when its time is up.
#[derive(Default)]
struct Holds {
    /// Every hold that was made and whose time was not yet up when somebody last asked.
    running: BinaryHeap<Reverse<(DateTime<Utc>, ReservationId)>>,
    over: BTreeSet<(DateTime<Utc>, ReservationId)>,
}

/// Events to deliver, in the order in which they were appended.
#[derive(Default)]
struct Undelivered {
    appended: u64,
    events: BTreeMap<u64, EventNumber>,
    places: BTreeMap<EventNumber, u64>,
}

impl Indexes {
    /// Takes over everything that was written since `rows` were last settled.
    pub(super) fn follow(&mut self, rows: &Rows) {
        for key in rows.stock.added() {
            self.locations.entry(key.sku.clone()).or_default().insert(key.location.clone());
        }
        for (id, before, now) in rows.reservations.changed() {
            let until = |it: Option<&Arc<Reservation>>| it.and_then(|it| held_until(it));
            self.holds.shift(*id, until(before), until(now));
            let over = |it: &Arc<Reservation>| it.is_over().then_some((it.made_at, *id));
            shift(&mut self.over.reservations, before.and_then(over), now.and_then(over));
        }
        for (id, before, now) in rows.promotions.changed() {
            let open =
                |it: &Record<Promotion>| value(it, |promotion| promotion.code.is_none().then_some(*id));
            shift(&mut self.open_promotions, before.and_then(open), now.and_then(open));
        }
        for (id, before, now) in rows.orders.changed() {
            let bought = |it: &Record<Order>| value(it, |order| Some((order.customer?, *id)));
            shift(&mut self.orders_by_customer, before.and_then(bought), now.and_then(bought));
        }
        for (id, before, now) in rows.payments.changed() {
            let paid = |it: &Record<Payment>| value(it, |payment| Some((payment.checkout, *id)));
            shift(&mut self.payments_by_checkout, before.and_then(paid), now.and_then(paid));
        }
        for (id, before, now) in rows.sagas.changed() {
            let due = |it: &Record<SagaRecord>| value(it, |saga| Some((saga.due_at()?, *id)));
            shift(&mut self.due, before.and_then(due), now.and_then(due));
            let over = |it: &Record<SagaRecord>| value(it, |saga| Some((saga.over_since()?, *id)));
            shift(&mut self.over.sagas, before.and_then(over), now.and_then(over));
        }
        for (id, before, now) in rows.signals.changed() {
            let pending = |it: &Record<Signal>| value(it, |signal| signal.pending.then_some(*id));
            shift(&mut self.signalled, before.and_then(pending), now.and_then(pending));
        }
        for (number, before, now) in rows.events.changed() {
            match (before, now) {
                (None, Some(_)) => self.undelivered.append(number),
                (_, Some(event)) if event.delivered_at.is_some() => self.undelivered.deliver(number),
                _ => {}
            }
            let over = |it: &OutboxEvent| Some((it.delivered_at?, number.clone()));
            shift(&mut self.over.events, before.and_then(over), now.and_then(over));
        }
    }

    /// The levels of a SKU.
    pub(super) fn levels_of(&self, sku: &Sku) -> impl Iterator<Item = StockKey> {
        let locations = self.locations.get(sku).into_iter().flatten();
        locations.map(|location| StockKey { sku: sku.clone(), location: location.clone() })
    }

    pub(super) fn open_promotions(&self) -> impl Iterator<Item = PromotionId> {
        self.open_promotions.iter().copied()
    }

    /// Carts' holds that are over, the longest first.
    pub(super) fn holds_over(
        &mut self,
        rows: &Rows,
        now: DateTime<Utc>,
    ) -> Result<impl Iterator<Item = ReservationId>, StoreError> {
        self.holds.sort_in(rows, now)?;
        let last = (now, ReservationId::from_uuid(Uuid::max()));
        Ok(self.holds.over.range(..=last).map(|(_, id)| *id))
    }

    /// The orders of a customer after this one.
    pub(super) fn orders_of(
        &self,
        customer: CustomerId,
        after: Option<OrderId>,
    ) -> impl Iterator<Item = OrderId> {
        let first = (customer, OrderId::from_uuid(Uuid::nil()));
        let last = (customer, OrderId::from_uuid(Uuid::max()));
        let of_customer =
            self.orders_by_customer.range(after.map_or(first, |after| (customer, after))..=last);
        of_customer.map(|(_, id)| *id).skip_while(move |id| Some(*id) == after)
    }

    pub(super) fn payments_of(&self, checkout: CheckoutId) -> impl Iterator<Item = PaymentId> {
        let first = (checkout, PaymentId::from_uuid(Uuid::nil()));
        let last = (checkout, PaymentId::from_uuid(Uuid::max()));
        self.payments_by_checkout.range(first..=last).map(|(_, id)| *id)
    }

    /// Sagas whose time has come, the earliest first.
    pub(super) fn due(&self, now: DateTime<Utc>) -> impl Iterator<Item = SagaId> {
        self.due.range(..=(now, SagaId::from_uuid(Uuid::max()))).map(|(_, id)| *id)
    }

    pub(super) fn signalled(&self) -> impl Iterator<Item = SagaId> {
        self.signalled.iter().copied()
    }

    /// Events to deliver, in the order in which they were appended.
    pub(super) fn undelivered(&self) -> impl Iterator<Item = &EventNumber> {
        self.undelivered.events.values()
    }

    /// Sagas that were over before then, the longest first.
    pub(super) fn sagas_over(&self, before: DateTime<Utc>) -> impl Iterator<Item = SagaId> {
        ids_before(&self.over.sagas, before).copied()
    }

    /// Reservations that are over and were made before then, the oldest first.
    pub(super) fn reservations_over(&self, before: DateTime<Utc>) -> impl Iterator<Item = ReservationId> {
        ids_before(&self.over.reservations, before).copied()
    }

    /// Events that were delivered before then, the longest first.
    pub(super) fn delivered(&self, before: DateTime<Utc>) -> impl Iterator<Item = &EventNumber> {
        ids_before(&self.over.events, before)
    }
}

impl Holds {
    fn shift(&mut self, id: ReservationId, before: Option<DateTime<Utc>>, now: Option<DateTime<Utc>>) {
        if before == now {
            return;
        }
        if let Some(until) = before {
            self.over.remove(&(until, id));
        }
        if let Some(until) = now {
            self.running.push(Reverse((until, id)));
        }
    }

    /// Sorts in the holds whose time is up, and drops those that were given back meanwhile.
    fn sort_in(&mut self, rows: &Rows, now: DateTime<Utc>) -> Result<(), StoreError> {
        while self.running.peek().is_some_and(|Reverse((until, _))| *until <= now) {
            let Some(Reverse(next)) = self.running.pop() else { break };
            if rows.reservations.get(&next.1)?.and_then(|it| held_until(it)) == Some(next.0) {
                self.over.insert(next);
            }
        }
        Ok(())
    }
}

impl Undelivered {
    fn append(&mut self, number: &EventNumber) {
        self.appended += 1;
        self.events.insert(self.appended, number.clone());
        self.places.insert(number.clone(), self.appended);
    }

    fn deliver(&mut self, number: &EventNumber) {
        if let Some(place) = self.places.remove(number) {
            self.events.remove(&place);
        }
    }
}

fn held_until(reservation: &Reservation) -> Option<DateTime<Utc>> {
    match (reservation.state, reservation.holder) {
        (ReservationState::Held, Holder::Cart { until, .. }) => Some(until),
        _ => None,
    }
}

fn ids_before<K>(by_age: &BTreeSet<(DateTime<Utc>, K)>, before: DateTime<Utc>) -> impl Iterator<Item = &K> {
    by_age.iter().take_while(move |(at, _)| *at < before).map(|(_, id)| id)
}

fn value<T, K>(record: &Record<T>, key: impl FnOnce(&T) -> Option<K>) -> Option<K> {
    record.value.as_deref().and_then(key)
}

/// Moves an entry to where it belongs now.
fn shift<K: Ord>(index: &mut BTreeSet<K>, before: Option<K>, now: Option<K>) {
    if before == now {
        return;
    }
    if let Some(before) = before {
        index.remove(&before);
    }
    index.extend(now);
}
