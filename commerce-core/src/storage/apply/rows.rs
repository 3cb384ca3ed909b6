use uuid::Uuid;

use super::{Record, Table};
use crate::{
    domain::{
        catalog::Product,
        customer::Customer,
        event::EventNumber,
        ids::{CustomerId, OrderId, PaymentId, ProductId, PromotionId, ReservationId, SagaId},
        inventory::{MovementKey, Reservation, StockKey, StockLevel, StockMovement},
        order::Order,
        payment::Payment,
        pricing::Promotion,
    },
    storage::{
        Counter, CounterHold, CounterKey, Expect, Expected, HoldKey, OutboxEvent, SagaRecord, Signal,
        UniqueName,
    },
};
use std::{collections::BTreeMap, fmt::Debug, sync::Arc};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $row:ty,)*) => {
        /// The rows that change sets are judged against: all there are, or the ones a transaction loaded.
        #[derive(Debug)]
        pub struct Rows {
            $($(#[$doc])* pub $name: Table<$key, $row>,)*
        }

        /// How things stood: [`Rows`] can be put back to it.
        #[derive(Debug, Clone, Copy)]
        pub struct Mark {
            $(pub(super) $name: usize,)*
        }

        impl Rows {
            /// All rows there are: what is missing is absent.
            pub const fn whole() -> Self {
                Self { $($name: Table::whole(),)* }
            }

            /// Only the rows that are loaded: judging any other is [`StoreError::Corrupt`](crate::storage::StoreError).
            pub const fn subset() -> Self {
                Self { $($name: Table::subset(),)* }
            }

            /// Keeps everything so far: nothing is dirty any more.
            pub fn settle(&mut self) {
                $(self.$name.settle();)*
            }

            /// Puts everything back as it was when it was last settled.
            #[cfg(feature = "memory")]
            pub(crate) fn undo(&mut self) {
                $(self.$name.roll_back(0);)*
            }

            pub(super) const fn mark(&self) -> Mark {
                Mark { $($name: self.$name.mark(),)* }
            }

            pub(super) fn roll_back(&mut self, mark: &Mark) {
                $(self.$name.roll_back(mark.$name);)*
            }
        }
    };
}

tables! {
    /// Products.
    products: ProductId => Record<Product>,
    /// Promotions.
    promotions: PromotionId => Record<Promotion>,
    /// Customers.
    customers: CustomerId => Record<Customer>,
    /// Orders.
    orders: OrderId => Record<Order>,
    /// Payments.
    payments: PaymentId => Record<Payment>,
    /// Sagas.
    sagas: SagaId => Record<SagaRecord>,
    /// Signals to sagas.
    signals: SagaId => Record<Signal>,
    /// Who bears a unique name.
    names: UniqueName => Uuid,
    /// Stock levels.
    stock: StockKey => StockLevel,
    /// Reservations.
    reservations: ReservationId => Arc<Reservation>,
    /// The ledger; lines are only ever added.
    movements: MovementKey => StockMovement,
    /// Limited counts.
    counters: CounterKey => Counter,
    /// What checkouts hold of them.
    counter_holds: HoldKey => CounterHold,
    /// Events; they are only ever added, and marked when delivered.
    events: EventNumber => OutboxEvent,
}

impl Rows {
    /// Takes over what the change sets expect of their records without loading them. The store asserts these
    /// versions when it writes.
    pub fn assume(&mut self, expected: &Expected) {
        assume(&mut self.products, &expected.products);
        assume(&mut self.promotions, &expected.promotions);
        assume(&mut self.customers, &expected.customers);
        assume(&mut self.orders, &expected.orders);
        assume(&mut self.payments, &expected.payments);
        assume(&mut self.sagas, &expected.sagas);
        assume(&mut self.signals, &expected.signals);
        expected.reservations.iter().for_each(|id| self.reservations.load(*id, None));
    }
}

fn assume<K: Ord + Copy + Debug, T>(table: &mut Table<K, Record<T>>, expected: &BTreeMap<K, Expect>) {
    for (key, expect) in expected {
        let record = match expect {
            Expect::Absent => None,
            Expect::At(version) => Some(Record { version: *version, value: None }),
        };
        table.load(*key, record);
    }
}
