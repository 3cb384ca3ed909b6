use chrono::{DateTime, TimeDelta, Utc};
use commerce_core::{
    domain::{
        catalog::Product,
        customer::{Customer, Email},
        event::DomainEvent,
        ids::{CouponCode, Sku},
        inventory::{Backorder, Demand, Holder, ReleaseReason, ReservedLine, Split, StockKey, StockPolicy},
        order::Order,
        pricing::Promotion,
    },
    memory::MemoryStore,
    storage::{
        CatalogReader, ChangeSet, CounterChange, CounterKey, CustomerReader, Cutoffs, DeliveryChange,
        DeliveryOutcome, Expect, Forget, InventoryReader, NameChange, OrderReader, Outbox, Page,
        PaymentReader, Put, RetentionReader, SagaQueue, SagaRecord, Signal, StockChange, StoreError,
        UniqueName, Version, Versioned,
    },
};

use crate::fixtures::*;

/// How many records of each kind there are: few, so that change sets meet.
pub(super) const RECORDS: u128 = 3;

pub(super) fn skus() -> Vec<Sku> {
    ["CUP", "MUG", "POT"].map(sku).to_vec()
}

pub(super) fn code(number: u128) -> CouponCode {
    coupon_code(&format!("CODE-{number}"))
}

pub(super) fn address(number: u128) -> Email {
    email(&format!("buyer-{number}"))
}

/// Draws change sets: most of them right, some stale, some that cannot be.
pub(super) struct Draw {
    state: u64,
    now: DateTime<Utc>,
    reserved: u128,
}

impl Draw {
    pub(super) const fn new(seed: u64) -> Self {
        Self { state: seed, now: NOON, reserved: 0 }
    }

    pub(super) async fn change_set(&mut self, memory: &MemoryStore) -> Result<ChangeSet, StoreError> {
        let passed = TimeDelta::seconds(self.below(20).into());
        self.now += passed;
        let mut changes = ChangeSet::new(self.now);
        for _ in 0..=self.below(3) {
            changes = match self.below(18) {
                0 => self.save_product(changes, memory).await?,
                1 => self.save_promotion(changes, memory).await?,
                2 => self.save_customer(changes, memory).await?,
                3 => self.save_order(changes, memory).await?,
                4 => self.save_payment(changes, memory).await?,
                5 => self.save_saga(changes, memory).await?,
                6 => self.save_signal(changes, memory).await?,
                7 => changes.with(self.name()),
                8 => changes.with(self.counter()),
                9 => self.delivery(changes, memory).await?,
                10 | 11 => changes.with(self.level()),
                12 | 13 => changes.with(self.reserve()),
                14 | 15 => self.forget(changes, memory).await?,
                _ => self.reservation(changes, memory).await?,
            };
        }
        if self.one_in(24) {
            changes = changes.with_event(DomainEvent::OrderReleased { order: order_id(self.record()) });
        }
        Ok(changes)
    }

    async fn save_product(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.product(product_id(number)).await?;
        let sku =
            if self.one_in(4) { self.sku() } else { skus().remove(usize::try_from(number - 1).unwrap_or(0)) };
        let new = product(number, sku.as_str());
        let name = |of: &Product| UniqueName::Sku(of.variants[0].sku.clone());
        let changes = renamed(changes, number, there.as_ref().map(|there| name(there)), Some(name(&new)));
        let put = Put { expect: self.expect(there), ..Put::new(new) };
        Ok(self.perhaps(changes.with(put), DomainEvent::ProductSaved { product: product_id(number) }))
    }

    async fn save_promotion(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.promotion(promotion_id(number)).await?;
        let drawn = if self.one_in(2) { None } else { Some(code(self.mostly(number))) };
        let new = Promotion { code: drawn, ..promotion(number) };
        let name = |of: &Promotion| of.code.clone().map(UniqueName::Coupon);
        let changes = renamed(changes, number, there.as_ref().and_then(|there| name(there)), name(&new));
        let put = Put { expect: self.expect(there), ..Put::new(new) };
        Ok(self.perhaps(changes.with(put), DomainEvent::PromotionSaved { promotion: promotion_id(number) }))
    }

    async fn save_customer(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.customer(customer_id(number)).await?;
        let new = Customer { email: address(self.mostly(number)), ..customer(number) };
        let name = |of: &Customer| UniqueName::Email(of.email.clone());
        let changes = renamed(changes, number, there.as_ref().map(|there| name(there)), Some(name(&new)));
        let put = Put { expect: self.expect(there), ..Put::new(new) };
        Ok(self.perhaps(changes.with(put), DomainEvent::CustomerSaved { customer: customer_id(number) }))
    }

    async fn save_order(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.order(order_id(number)).await?;
        let customer = if self.one_in(3) { None } else { Some(customer_id(self.record())) };
        let put = Put { expect: self.expect(there), ..Put::new(Order { customer, ..order(number) }) };
        Ok(self.perhaps(changes.with(put), DomainEvent::OrderReleased { order: order_id(number) }))
    }

    async fn save_payment(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.payment(payment_id(number)).await?;
        let put = Put { expect: self.expect(there), ..Put::new(payment(number, 1 + number % 2)) };
        Ok(self.perhaps(changes.with(put), DomainEvent::PaymentVoided { payment: payment_id(number) }))
    }

    async fn save_saga(&mut self, changes: ChangeSet, memory: &MemoryStore) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.saga(saga_id(number)).await?;
        let mut record: SagaRecord = saga(number, self.soon());
        if self.one_in(3) {
            record = ended_saga(number, self.now);
        }
        record.wake_at = record.wake_at.filter(|_| !self.one_in(3));
        record.lease = if self.one_in(3) { Some(lease(number, self.soon())) } else { None };
        let put = Put { expect: self.expect(there), ..Put::new(record) };
        let event =
            DomainEvent::CheckoutTurnedBack { checkout: checkout_id(number), reason: "declined".into() };
        Ok(self.perhaps(changes.with(put), event))
    }

    async fn save_signal(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let number = self.record();
        let there = memory.signal(saga_id(number)).await?;
        let put = Signal { pending: self.one_in(2), ..signal(number) };
        Ok(changes.with(Put { expect: self.expect(there), ..Put::new(put) }))
    }

    fn name(&mut self) -> NameChange {
        let name = UniqueName::OrderNumber(order_number(self.record()));
        let owner = uuid(self.record());
        if self.one_in(2) { NameChange::Claim { name, owner } } else { NameChange::Free { name, owner } }
    }

    fn counter(&mut self) -> CounterChange {
        let (counter, holder) =
            (CounterKey::promotion(promotion_id(self.record())), checkout_id(self.record()));
        match self.below(3) {
            0 => CounterChange::Settle { counter, holder },
            1 => CounterChange::Release { counter, holder },
            _ => CounterChange::Hold { counter, holder, amount: self.below(4).into(), limit: 4 },
        }
    }

    async fn delivery(&mut self, changes: ChangeSet, memory: &MemoryStore) -> Result<ChangeSet, StoreError> {
        let events = memory.events(Page::first(1_000)).await?;
        let Some(event) = self.one_of(&events) else { return Ok(changes) };
        let attempts = if self.one_in(6) { event.attempts + 1 } else { event.attempts };
        let outcome = match self.below(3) {
            0 => DeliveryOutcome::Claimed { until: self.soon() },
            1 => DeliveryOutcome::Failed { retry_at: self.soon(), error: "no route".into() },
            _ => DeliveryOutcome::Delivered,
        };
        Ok(changes.with(DeliveryChange { event: event.event.number.clone(), attempts, outcome }))
    }

    fn level(&mut self) -> StockChange {
        let (stock, units) = (self.stock(), self.units());
        let lines = vec![ReservedLine { key: stock.clone(), units }];
        match self.below(12) {
            0..5 => StockChange::Receive { stock, units },
            5 => StockChange::Count { stock, counted: units, note: "counted".into() },
            6 => StockChange::Transfer { from: stock, to: self.stock().location, units },
            7 => {
                let backorder = if self.one_in(3) { Backorder::Allowed } else { Backorder::Denied };
                let policy =
                    StockPolicy { safety: i64::from(self.below(3)), low_stock_at: self.units(), backorder };
                StockChange::SetPolicy { stock, policy }
            }
            8 => StockChange::Uncommit { lines },
            9 => StockChange::CountFirst { stock, counted: units, note: "counted".into() },
            10 => StockChange::Fulfil { order: order_id(self.record()), lines },
            _ => StockChange::Return { order: order_id(self.record()), lines },
        }
    }

    fn reserve(&mut self) -> StockChange {
        self.reserved += 1;
        let number = if self.one_in(6) { self.reserved / 2 } else { self.reserved };
        let holder = if self.one_in(3) {
            held_by_checkout(self.record())
        } else {
            held_by_cart(self.record(), self.soon())
        };
        let demands: Vec<Demand> = (0..=self.below(2)).map(|_| self.demand()).collect();
        reserve(number, holder, demands)
    }

    fn demand(&mut self) -> Demand {
        let units = if self.one_in(40) { -1 } else { 1 + i64::from(self.below(3)) };
        let places: &[&str] = match self.below(4) {
            0 => &["main"],
            1 => &["shop", "main"],
            2 => &["main", "shop", "main"],
            _ => &["main", "shop"],
        };
        let mut demand = demand_from(self.sku().as_str(), units, places);
        if self.one_in(3) {
            demand.candidates.split = Split::Never;
        }
        demand
    }

    /// Moves a reservation that is there, or one that is not.
    async fn reservation(
        &mut self,
        changes: ChangeSet,
        memory: &MemoryStore,
    ) -> Result<ChangeSet, StoreError> {
        let known = memory.reservations(Page::first(1_000)).await?;
        let there = self.one_of(&known);
        let mut lines = there.map_or(Vec::new(), |there| there.lines.clone());
        let id = there.filter(|_| !self.one_in(20)).map_or(reservation_id(0), |there| there.id);
        if self.one_in(12) {
            lines.push(ReservedLine { key: self.stock(), units: 1 });
        }
        let (mut cart, mut checkout) = (cart_id(self.record()), checkout_id(self.record()));
        match there.filter(|_| !self.one_in(4)).map(|there| there.holder) {
            Some(Holder::Cart { cart: holder, .. }) => cart = holder,
            Some(Holder::Checkout { checkout: holder }) => checkout = holder,
            None => {}
        }
        let reasons = [ReleaseReason::Expired, ReleaseReason::Asked, ReleaseReason::TurnedBack];
        let why = self.one_of(&reasons).copied().unwrap_or(ReleaseReason::Replaced);
        Ok(changes.with(match self.below(4) {
            0 => StockChange::Adopt { id, cart, checkout },
            1 => StockChange::Commit { id, checkout, lines },
            _ => StockChange::Release { id, why, lines },
        }))
    }

    /// Forgets what may be forgotten, or something that may not.
    async fn forget(&mut self, changes: ChangeSet, memory: &MemoryStore) -> Result<ChangeSet, StoreError> {
        let over = memory.forgettable(cutoffs(self.now), 1_000).await?;
        if let Some(over) = self.one_of(&over).filter(|_| !self.one_in(3)) {
            return Ok(changes.with(over.clone()));
        }
        let id = saga_id(self.record());
        let saga = memory.saga(id).await?.map(|saga| Forget::Saga { id, version: saga.version });
        let reservations = memory.reservations(Page::first(1_000)).await?;
        let reservation = self.one_of(&reservations).map(|there| Forget::Reservation(there.id));
        let events = memory.events(Page::first(1_000)).await?;
        let event = self.one_of(&events).map(|event| Forget::Event(event.event.number.clone()));
        let any = [saga, reservation, event];
        let any = self.one_of(&any).cloned().flatten();
        Ok(changes.with(any.unwrap_or(Forget::Reservation(reservation_id(0)))))
    }

    /// What is there, mostly.
    fn expect<T>(&mut self, there: Option<Versioned<T>>) -> Expect {
        let there = there.map(|there| there.version);
        match (there, self.below(40)) {
            (None, 0) => Expect::At(Version { writes: 1, events: 0 }),
            (Some(_), 0) => Expect::Absent,
            (Some(version), 1) => Expect::At(Version { writes: version.writes + 1, ..version }),
            (Some(version), 2) => Expect::At(Version { events: version.events + 1, ..version }),
            (there, _) => there.map_or(Expect::Absent, Expect::At),
        }
    }

    fn perhaps(&mut self, changes: ChangeSet, event: DomainEvent) -> ChangeSet {
        if self.one_in(2) { changes.with_event(event) } else { changes }
    }

    fn sku(&mut self) -> Sku {
        self.one_of(&skus()).cloned().unwrap_or_else(|| sku("MUG"))
    }

    fn stock(&mut self) -> StockKey {
        let place = if self.one_in(2) { "main" } else { "shop" };
        StockKey { sku: self.sku(), location: location(place) }
    }

    fn units(&mut self) -> i64 {
        i64::from(self.below(8)) - i64::from(self.one_in(12))
    }

    fn soon(&mut self) -> DateTime<Utc> {
        self.now + TimeDelta::seconds(self.below(120).into())
    }

    fn record(&mut self) -> u128 {
        1 + u128::from(self.next()) % RECORDS
    }

    /// This number, or now and then another one.
    fn mostly(&mut self, number: u128) -> u128 {
        if self.one_in(4) { self.record() } else { number }
    }

    fn one_in(&mut self, chances: u32) -> bool {
        self.below(chances) == 0
    }

    fn one_of<'a, T>(&mut self, these: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(these.len()).unwrap_or(u64::MAX);
        let place = self.next().checked_rem(count)?;
        these.get(usize::try_from(place).ok()?)
    }

    fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() % u64::from(limit)).unwrap_or_default()
    }

    /// SplitMix64: a full period, and good enough bits from any seed.
    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// Everything that is over by then.
pub(super) const fn cutoffs(now: DateTime<Utc>) -> Cutoffs {
    Cutoffs { sagas: now, reservations: now, events: now }
}

/// Names follow their record, as the services write them: the old one is given up, the new one claimed.
fn renamed(changes: ChangeSet, number: u128, old: Option<UniqueName>, new: Option<UniqueName>) -> ChangeSet {
    let owner = uuid(number);
    let given_up = old.filter(|old| Some(old) != new.as_ref()).map(|name| NameChange::Free { name, owner });
    let claimed = new.map(|name| NameChange::Claim { name, owner });
    given_up.into_iter().chain(claimed).fold(changes, ChangeSet::with)
}
