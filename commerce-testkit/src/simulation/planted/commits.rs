use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use commerce_core::{
    domain::{
        event::DomainEvent,
        ids::CartId,
        inventory::{Holder, ReleaseReason, ReservationState, StockPolicy},
        money::Money,
        order::Order,
        pricing::Quote,
    },
    storage::{
        ChangeSet, CounterChange, DeliveryOutcome, Expect, Page, Put, Receipt, Refusal, Shortage,
        StockChange, Store, StoreError, Write,
    },
};

use crate::delegate_readers;

/// A store that gets other change sets than were decided.
#[derive(Debug)]
pub(super) struct Bent {
    pub(super) inner: Arc<dyn Store>,
    pub(super) bend: Bend,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bend {
    NoFence,
    ExpiryIgnored,
    GreedySweeper,
    CheckedThenTaken,
    ReleasedTwice,
    StockNotCommitted,
    EventsAfterwards,
    EventsForgotten,
    AcknowledgedBeforeDelivered,
    CountedOutside,
    CouponsNotCounted,
    RoundedByPiece,
}

delegate_readers!(Bent, inner);

#[async_trait]
impl Store for Bent {
    async fn commit(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        match self.bend {
            Bend::NoFence => self.drop_fences(&mut changes).await?,
            Bend::ExpiryIgnored => self.ignore_expiry(&mut changes).await?,
            Bend::GreedySweeper => self.sweep_everything(&changes).await?,
            Bend::CheckedThenTaken => self.check(&mut changes).await?,
            Bend::ReleasedTwice => return self.release_twice(changes).await,
            Bend::EventsAfterwards => return self.announce_later(changes).await,
            Bend::CountedOutside => return self.count_outside(changes).await,
            Bend::CouponsNotCounted => changes.writes.retain(|write| !matches!(write, Write::Counter(_))),
            Bend::AcknowledgedBeforeDelivered => acknowledge(&mut changes),
            Bend::EventsForgotten => {
                let keeps = changes.writes.len() < 4;
                changes.events.retain(|_| keeps);
            }
            Bend::StockNotCommitted => {
                changes.writes.retain(|write| !matches!(write, Write::Stock(StockChange::Commit { .. })));
            }
            Bend::RoundedByPiece => round_by_piece(&mut changes),
        }
        if changes.is_empty() {
            return Ok(Receipt::default());
        }
        self.inner.commit(changes).await
    }
}

impl Bent {
    /// Writes over whatever is there.
    async fn drop_fences(&self, changes: &mut ChangeSet) -> Result<(), StoreError> {
        for write in &mut changes.writes {
            match write {
                Write::Saga(put) => {
                    if let Some(there) = self.inner.saga(put.value.id).await? {
                        put.expect = Expect::At(there.version);
                    }
                }
                Write::Payment(put) => {
                    if let Some(there) = self.inner.payment(put.value.id).await? {
                        put.expect = Expect::At(there.version);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Holds for a checkout run out as well, and an order is placed whether or not its stock is still held.
    async fn ignore_expiry(&self, changes: &mut ChangeSet) -> Result<(), StoreError> {
        let until = changes.at + TimeDelta::seconds(5);
        let mut writes = Vec::new();
        for mut write in std::mem::take(&mut changes.writes) {
            if let Write::Stock(StockChange::Reserve { holder, .. }) = &mut write
                && let Holder::Checkout { checkout } = *holder
            {
                *holder = Holder::Cart { cart: CartId::from_uuid(checkout.uuid()), until };
            }
            if let Write::Stock(StockChange::Commit { id, checkout, .. }) = &write {
                match self.inner.reservation(*id).await?.map(|held| (held.state, held.holder)) {
                    Some((ReservationState::Held, Holder::Cart { cart, .. })) => {
                        writes.push(StockChange::Adopt { id: *id, cart, checkout: *checkout }.into());
                    }
                    Some((ReservationState::Held, Holder::Checkout { .. })) => {}
                    _ => continue,
                }
            }
            writes.push(write);
        }
        changes.writes = writes;
        Ok(())
    }

    /// Gives back whatever was held for long, for whomever.
    async fn sweep_everything(&self, changes: &ChangeSet) -> Result<(), StoreError> {
        if !changes.writes.iter().all(|write| matches!(write, Write::Delivery(_))) {
            return Ok(());
        }
        for held in self.inner.reservations(Page::first(100)).await? {
            let long = held.made_at + TimeDelta::seconds(5) < changes.at;
            if long && held.state == ReservationState::Held {
                let (id, why, lines) = (held.id, ReleaseReason::TurnedBack, held.lines.clone());
                let swept = ChangeSet::new(changes.at).with(StockChange::Release { id, why, lines });
                drop(self.inner.commit(swept).await);
            }
        }
        Ok(())
    }

    /// Looks whether there is enough, and takes it without looking again.
    async fn check(&self, changes: &mut ChangeSet) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for write in std::mem::take(&mut changes.writes) {
            if let Write::Stock(StockChange::Reserve { demands, .. }) = &write {
                for demand in demands {
                    let levels = self.inner.stock_levels(std::slice::from_ref(&demand.sku)).await?;
                    let first = demand.candidates.locations.first();
                    let level = levels.into_iter().find(|level| Some(&level.key.location) == first);
                    let available = level.as_ref().map_or(0, |level| level.available());
                    let Some(level) = level.filter(|_| available >= demand.units) else {
                        let (sku, wanted) = (demand.sku.clone(), demand.units);
                        let short = vec![Shortage { sku, wanted, available }];
                        return Err(Refusal::InsufficientStock { short }.into());
                    };
                    let backorder = commerce_core::domain::inventory::Backorder::Allowed;
                    let policy = StockPolicy { backorder, ..level.policy };
                    writes.push(StockChange::SetPolicy { stock: level.key, policy }.into());
                }
            }
            writes.push(write);
        }
        changes.writes = writes;
        Ok(())
    }

    async fn release_twice(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let again =
            changes.writes.iter().filter(|it| matches!(it, Write::Stock(StockChange::Uncommit { .. })));
        let again: Vec<Write> = again.cloned().collect();
        if !again.is_empty() {
            let mut twice = changes.clone();
            twice.writes.extend(again);
            match self.inner.commit(twice).await {
                Err(StoreError::Refused(_)) => {}
                answer => return answer,
            }
        }
        self.inner.commit(changes).await
    }

    /// Places the order, then says so.
    async fn announce_later(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        let placed = |event: &DomainEvent| matches!(event, DomainEvent::OrderPlaced { .. });
        let (later, now) = changes.events.into_iter().partition(placed);
        changes.events = now;
        let order = changes.writes.iter().find_map(|write| match write {
            Write::Order(put) => {
                Some(Put { value: Arc::clone(&put.value), expect: Expect::At(put.expect.next()) })
            }
            _ => None,
        });
        let at = changes.at;
        let receipt = self.inner.commit(changes).await?;
        if let (Some(put), false) = (order, later.is_empty()) {
            drop(self.inner.commit(ChangeSet { at, writes: vec![put.into()], events: later }).await);
        }
        Ok(receipt)
    }

    async fn count_outside(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        let counts = |write: &Write| {
            matches!(write, Write::Counter(CounterChange::Hold { .. } | CounterChange::Settle { .. }))
        };
        let (later, now) = changes.writes.into_iter().partition(counts);
        changes.writes = now;
        let at = changes.at;
        let receipt = self.inner.commit(changes).await?;
        let counted = ChangeSet { at, writes: later, events: Vec::new() };
        if !counted.is_empty() {
            drop(self.inner.commit(counted).await);
        }
        Ok(receipt)
    }
}

/// Marks what is only claimed as delivered, and forgets the marks that come later.
fn acknowledge(changes: &mut ChangeSet) {
    changes.writes.retain(|write| {
        !matches!(write, Write::Delivery(mark) if !matches!(mark.outcome, DeliveryOutcome::Claimed { .. }))
    });
    for write in &mut changes.writes {
        if let Write::Delivery(mark) = write {
            mark.outcome = DeliveryOutcome::Delivered;
        }
    }
}

/// Rounds the tax of each piece, and multiplies.
fn round_by_piece(changes: &mut ChangeSet) {
    for write in &mut changes.writes {
        let Write::Order(put) = write else { continue };
        let mut quote = Quote::clone(&put.value.quote);
        for line in &mut quote.lines {
            let pieces = i64::from(line.quantity.get());
            let piece = (line.tax.minor() + pieces / 2) / pieces;
            line.tax = Money::from_minor(piece * pieces, line.tax.currency());
        }
        let order = Order { quote: Arc::new(quote), ..Order::clone(&put.value) };
        put.value = Arc::new(order);
    }
}
