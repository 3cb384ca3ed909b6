use std::{future::Ready, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use commerce_core::{
    domain::{
        cart::Cart,
        catalog::{Listing, Product},
        customer::{Customer, Email},
        event::EventNumber,
        ids::{
            CartId, CheckoutId, CouponCode, CustomerId, OrderId, OrderNumber, PaymentId, ProductId,
            PromotionId, ReservationId, SagaId, Sku,
        },
        inventory::{MovementKey, Reservation, StockKey, StockLevel, StockMovement},
        order::Order,
        payment::Payment,
        pricing::Promotion,
    },
    storage::{
        CartStore, CatalogReader, ChangeSet, Counter, CounterHold, CounterKey, CustomerReader, Cutoffs,
        Forget, HoldKey, InventoryReader, OrderReader, Outbox, OutboxEvent, Page, PaymentReader, Put,
        Receipt, RetentionReader, SagaQueue, SagaRecord, Signal, Store, StoreError, Version, Versioned,
    },
};

use super::{Call, Course, Port, doing};

/// A store whose calls go through a [`Course`].
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    course: Course,
}

/// Carts whose calls go through a [`Course`].
#[derive(Debug)]
pub struct FaultyCarts {
    inner: Arc<dyn CartStore>,
    course: Course,
}

impl FaultyStore {
    /// This store, failing as fate has it, such as that of a [`FaultPlan`](super::FaultPlan).
    pub fn new(inner: Arc<dyn Store>, course: impl Into<Course>) -> Self {
        Self { inner, course: course.into() }
    }
}

impl FaultyCarts {
    /// These carts, failing as fate has it, such as that of a [`FaultPlan`](super::FaultPlan).
    pub fn new(inner: Arc<dyn CartStore>, course: impl Into<Course>) -> Self {
        Self { inner, course: course.into() }
    }
}

/// A store gets each call once.
fn never<T>() -> Option<Ready<T>> {
    None
}

type Found<T> = Result<Option<Versioned<T>>, StoreError>;
type Listed<T> = Result<Vec<T>, StoreError>;

/// Each method hands owned arguments to the wrapped store, so that the effect can outlive the caller.
macro_rules! through {
    ($trait:ident for $wrapper:ident: $($port:ident $method:ident($($name:ident: $type:ty => $owned:expr, $lent:expr);*) -> $answer:ty;)*) => {
        #[async_trait]
        #[allow(clippy::redundant_locals, reason = "some arguments are owned already")]
        impl $trait for $wrapper {
            $(async fn $method(&self, $($name: $type),*) -> $answer {
                let inner = Arc::clone(&self.inner);
                $(let $name = $owned;)*
                let effect = async move { inner.$method($($lent),*).await };
                let name = stringify!($method);
                self.course.through(Call { name, port: Port::$port, doing: name }, effect, never()).await
            })*
        }
    };
}

through! { CatalogReader for FaultyStore:
    Read product(id: ProductId => id, id) -> Found<Product>;
    Read products(page: Page<ProductId> => page, page) -> Listed<Versioned<Product>>;
    Read listings(skus: &[Sku] => skus.to_vec(), &skus) -> Listed<Option<Listing>>;
    Read promotion(id: PromotionId => id, id) -> Found<Promotion>;
    Read promotions(page: Page<PromotionId> => page, page) -> Listed<Versioned<Promotion>>;
    Read offers(coupon: Option<&CouponCode> => coupon.cloned(), coupon.as_ref()) -> Listed<Arc<Promotion>>;
}

through! { CustomerReader for FaultyStore:
    Read customer(id: CustomerId => id, id) -> Found<Customer>;
    Read customer_by_email(email: &Email => email.clone(), &email) -> Found<Customer>;
    Read customers(page: Page<CustomerId> => page, page) -> Listed<Versioned<Customer>>;
}

through! { InventoryReader for FaultyStore:
    Read stock_levels(skus: &[Sku] => skus.to_vec(), &skus) -> Listed<StockLevel>;
    Read stock(page: Page<StockKey> => page, page) -> Listed<StockLevel>;
    Read reservation(id: ReservationId => id, id) -> Result<Option<Arc<Reservation>>, StoreError>;
    Read reservations(page: Page<ReservationId> => page, page) -> Listed<Arc<Reservation>>;
    Read expired_holds(now: DateTime<Utc> => now, now; skus: Option<&[Sku]> => skus.map(<[Sku]>::to_vec), skus.as_deref();
        limit: usize => limit, limit) -> Listed<Arc<Reservation>>;
    Read movements(page: Page<MovementKey> => page, page) -> Listed<StockMovement>;
    Read counters(page: Page<CounterKey> => page, page) -> Listed<(CounterKey, Counter)>;
    Read counter_holds(page: Page<HoldKey> => page, page) -> Listed<(HoldKey, CounterHold)>;
}

through! { OrderReader for FaultyStore:
    Read order(id: OrderId => id, id) -> Found<Order>;
    Read order_by_number(number: &OrderNumber => number.clone(), &number) -> Found<Order>;
    Read orders(page: Page<OrderId> => page, page) -> Listed<Versioned<Order>>;
    Read orders_of(customer: CustomerId => customer, customer; page: Page<OrderId> => page, page) -> Listed<Versioned<Order>>;
}

through! { PaymentReader for FaultyStore:
    Read payment(id: PaymentId => id, id) -> Found<Payment>;
    Read payments(page: Page<PaymentId> => page, page) -> Listed<Versioned<Payment>>;
    Read payments_of(checkout: CheckoutId => checkout, checkout) -> Listed<Versioned<Payment>>;
}

through! { SagaQueue for FaultyStore:
    Read saga(id: SagaId => id, id) -> Found<SagaRecord>;
    Read signal(id: SagaId => id, id) -> Found<Signal>;
    Read due(now: DateTime<Utc> => now, now; limit: usize => limit, limit) -> Listed<SagaId>;
    Read sagas(page: Page<SagaId> => page, page) -> Listed<Versioned<SagaRecord>>;
}

through! { Outbox for FaultyStore:
    Read undelivered(now: DateTime<Utc> => now, now; limit: usize => limit, limit) -> Listed<OutboxEvent>;
    Read events(page: Page<EventNumber> => page, page) -> Listed<OutboxEvent>;
}

through! { RetentionReader for FaultyStore:
    Read forgettable(before: Cutoffs => before, before; limit: usize => limit, limit) -> Listed<Forget>;
}

#[async_trait]
impl Store for FaultyStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let inner = Arc::clone(&self.inner);
        let call = Call { name: "commit", port: Port::Write, doing: doing(&changes) };
        let effect = async move { inner.commit(changes).await };
        self.course.through(call, effect, never()).await
    }
}

through! { CartStore for FaultyCarts:
    Read cart(id: CartId => id, id) -> Found<Cart>;
    Write put_cart(put: Put<Cart> => put, put) -> Result<Version, StoreError>;
    Write forget_carts(before: DateTime<Utc> => before, before; limit: usize => limit, limit) -> Result<usize, StoreError>;
    Read carts(page: Page<CartId> => page, page) -> Listed<Versioned<Cart>>;
}
