use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CounterKey, Expect, SagaRecord, Signal, Version};
use crate::domain::{
    catalog::Product,
    customer::{Customer, Email},
    event::{Aggregate, DomainEvent, EventNumber, NumberedEvent},
    ids::{CartId, CheckoutId, CouponCode, LocationId, OrderId, OrderNumber, ReservationId, SagaId, Sku},
    inventory::{Demand, Holder, ReleaseReason, Reservation, ReservedLine, StockKey, StockPolicy},
    order::Order,
    payment::Payment,
    pricing::Promotion,
};

/// Everything one decision changes; all of it is written, or none.
///
/// Guards are judged in the order of the writes, each against what the writes before it left.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeSet {
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// What changes.
    pub writes: Vec<Write>,
    /// What happened, each to an aggregate that this change set writes.
    pub events: Vec<DomainEvent>,
}

/// One change. Closed on purpose: an adapter that forgets an arm must not compile.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A product; its SKUs are claimed beside it.
    Product(Put<Product>),
    /// A promotion; its code is claimed beside it.
    Promotion(Put<Promotion>),
    /// A customer; the e-mail address is claimed beside it.
    Customer(Put<Customer>),
    /// An order.
    Order(Put<Order>),
    /// A payment.
    Payment(Put<Payment>),
    /// The progress of a saga.
    Saga(Put<SagaRecord>),
    /// A wish to a saga.
    Signal(Put<Signal>),
    /// A name that only one thing may have.
    Name(NameChange),
    /// Guarded deltas of stock, never a blind put of a stock row.
    Stock(StockChange),
    /// Guarded deltas of a limited count.
    Counter(CounterChange),
    /// How the delivery of an event went.
    Delivery(DeliveryChange),
    /// Takes out what is over and done with.
    Forget(Forget),
}

/// A record, and what must be in its place.
#[derive(Debug, PartialEq)]
pub struct Put<T> {
    /// The record as it shall be.
    pub value: Arc<T>,
    /// What must be there now.
    pub expect: Expect,
}

/// A name that only one thing in the shop may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum UniqueName {
    /// A SKU belongs to one product.
    Sku(Sku),
    /// A coupon code belongs to one promotion.
    Coupon(CouponCode),
    /// An e-mail address belongs to one customer.
    Email(Email),
    /// An order number belongs to one order.
    OrderNumber(OrderNumber),
}

/// Takes or gives up a unique name. The owner is the UUID of the thing that bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameChange {
    /// Takes it, unless another owner has it; twice is once.
    Claim {
        /// The name.
        name: UniqueName,
        /// Who takes it.
        owner: uuid::Uuid,
    },
    /// Gives it up, if this owner has it.
    Free {
        /// The name.
        name: UniqueName,
        /// Who gives it up.
        owner: uuid::Uuid,
    },
}

/// A change of stock. Lines name the levels of a reservation so that all keys are known before anything is loaded;
/// they are compared with what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StockChange {
    /// Units come in.
    Receive {
        /// Where they go.
        stock: StockKey,
        /// How many.
        units: i64,
    },
    /// The shelf was counted.
    Count {
        /// Which shelf.
        stock: StockKey,
        /// Units found.
        counted: i64,
        /// What to note in the ledger.
        note: String,
    },
    /// The shelf was counted for the first time; nothing happens where its ledger has a line already.
    CountFirst {
        /// Which shelf.
        stock: StockKey,
        /// Units found.
        counted: i64,
        /// What to note in the ledger.
        note: String,
    },
    /// Unpromised units move to another location.
    Transfer {
        /// Where they are.
        from: StockKey,
        /// Where they go.
        to: LocationId,
        /// How many.
        units: i64,
    },
    /// Changes how a level sells.
    SetPolicy {
        /// Which level.
        stock: StockKey,
        /// How it sells from now on.
        policy: StockPolicy,
    },
    /// Holds units: all lines or none. The same id with the same content is the same reservation.
    Reserve {
        /// The id.
        id: ReservationId,
        /// For whom.
        holder: Holder,
        /// What, and where from.
        demands: Vec<Demand>,
    },
    /// Turns a cart's hold into a checkout's, which no clock ends.
    Adopt {
        /// The reservation.
        id: ReservationId,
        /// Whose it is.
        cart: CartId,
        /// Whose it becomes.
        checkout: CheckoutId,
    },
    /// Sells what a checkout holds.
    Commit {
        /// The reservation.
        id: ReservationId,
        /// The checkout that holds it.
        checkout: CheckoutId,
        /// Its lines.
        lines: Vec<ReservedLine>,
    },
    /// Gives held units back; nothing happens when they have been given back. An expired hold is given back only if
    /// a cart still has it and its time is up, a replaced one only if a cart still has it; else it is passed over.
    /// What a checkout holds is given back only because it turned back.
    Release {
        /// The reservation.
        id: ReservationId,
        /// Why.
        why: ReleaseReason,
        /// Its lines.
        lines: Vec<ReservedLine>,
    },
    /// Gives sold units back: their order was cancelled in the same change set.
    Uncommit {
        /// The units.
        lines: Vec<ReservedLine>,
    },
    /// Sold units leave the shelf with an order written in the same change set.
    Fulfil {
        /// The order.
        order: OrderId,
        /// The units.
        lines: Vec<ReservedLine>,
    },
    /// Units come back from a buyer.
    Return {
        /// The order.
        order: OrderId,
        /// The units.
        lines: Vec<ReservedLine>,
    },
}

/// A change of a limited count: uses of a coupon, units per buyer, a balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterChange {
    /// Holds an amount while a checkout is under way; twice is once.
    Hold {
        /// Of what.
        counter: CounterKey,
        /// For whom.
        holder: CheckoutId,
        /// How much.
        amount: u64,
        /// The most that may be held and used in all.
        limit: u64,
    },
    /// Turns what is held into what is used; twice is once.
    Settle {
        /// Of what.
        counter: CounterKey,
        /// For whom.
        holder: CheckoutId,
    },
    /// Gives back what is held, if it is.
    Release {
        /// Of what.
        counter: CounterKey,
        /// For whom.
        holder: CheckoutId,
    },
}

/// How the delivery of one event goes. Each change counts as an attempt; whoever saw another count is too late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryChange {
    /// Which event.
    pub event: EventNumber,
    /// The count of attempts as it was read.
    pub attempts: u32,
    /// What came of it.
    pub outcome: DeliveryOutcome,
}

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Somebody is delivering it; others may try after this time.
    Claimed {
        /// When the claim ends.
        until: DateTime<Utc>,
    },
    /// The listener has it.
    Delivered,
    /// It failed; its aggregate waits until then.
    Failed {
        /// When to try again.
        retry_at: DateTime<Utc>,
        /// What the listener said.
        error: String,
    },
}

/// What shall be taken out for good. What is not over, or is gone already, is passed over: twice is once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forget {
    /// A saga with its signal: [over](SagaRecord::over_since), at the version that was read, with no wish that nobody
    /// has heard and no event of its own in the outbox.
    Saga {
        /// Which one.
        id: SagaId,
        /// Its version as it was read.
        version: Version,
    },
    /// A reservation that is [over](Reservation::is_over).
    Reservation(ReservationId),
    /// An event that was delivered, once the one before it is gone: the events of an aggregate never have a gap.
    Event(EventNumber),
}

/// What the guards decided.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Receipt {
    /// Reservations asked for, with the locations they got, in the order of the writes.
    pub reservations: Vec<Arc<Reservation>>,
    /// The events with their numbers: those of the change set, then those that stock levels caused.
    pub events: Vec<NumberedEvent>,
}

impl ChangeSet {
    /// Nothing yet, decided now.
    pub const fn new(at: DateTime<Utc>) -> Self {
        Self { at, writes: Vec::new(), events: Vec::new() }
    }

    /// The same with one more write.
    #[must_use]
    pub fn with(mut self, write: impl Into<Write>) -> Self {
        self.writes.push(write.into());
        self
    }

    /// The same with one more event.
    #[must_use]
    pub fn with_event(mut self, event: DomainEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Adds everything of a later decision.
    pub fn append(&mut self, later: Self) {
        self.at = later.at;
        self.writes.extend(later.writes);
        self.events.extend(later.events);
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.events.is_empty()
    }
}

impl Forget {
    /// The event that has to be gone before: the one in front of an event, or the latest one of a saga, whose numbers
    /// begin anew when its id is used again.
    pub fn held_up_by(&self) -> Option<EventNumber> {
        let (aggregate, number) = match self {
            Self::Saga { id, version } => {
                (Aggregate::Checkout(CheckoutId::from_uuid(id.uuid())), version.events)
            }
            Self::Event(event) => (event.aggregate.clone(), event.number.saturating_sub(1)),
            Self::Reservation(_) => return None,
        };
        (number > 0).then_some(EventNumber { aggregate, number })
    }
}

impl<T> Put<T> {
    /// A record that must not exist yet.
    pub fn new(value: T) -> Self {
        Self { value: Arc::new(value), expect: Expect::Absent }
    }

    /// A record in the place of the one that was read at this version.
    pub fn over(version: Version, value: T) -> Self {
        Self { value: Arc::new(value), expect: Expect::At(version) }
    }
}

impl<T> Clone for Put<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), expect: self.expect }
    }
}

macro_rules! into_write {
    ($($arm:ident($part:ty))*) => {$(
        impl From<$part> for Write {
            fn from(part: $part) -> Self {
                Self::$arm(part)
            }
        }
    )*};
}

into_write! {
    Product(Put<Product>) Promotion(Put<Promotion>) Customer(Put<Customer>) Order(Put<Order>)
    Payment(Put<Payment>) Saga(Put<SagaRecord>) Signal(Put<Signal>) Name(NameChange)
    Stock(StockChange) Counter(CounterChange) Delivery(DeliveryChange) Forget(Forget)
}

impl fmt::Display for UniqueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sku(sku) => write!(f, "SKU {sku}"),
            Self::Coupon(code) => write!(f, "coupon code {code}"),
            Self::Email(_) => f.write_str("the e-mail address"),
            Self::OrderNumber(number) => write!(f, "order number {number}"),
        }
    }
}
