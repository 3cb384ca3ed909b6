/// Implements every reading trait of a store by handing each call to a field that is an `Arc<dyn Store>`. What is left
/// to write is `Store::commit`: a decorator in a few lines. `only` names the readers to hand on, where one is bent.
///
/// ```
/// use std::sync::Arc;
///
/// use commerce_core::storage::{ChangeSet, Receipt, Store, StoreError};
/// use commerce_testkit::delegate_readers;
///
/// /// A store that can be read but not written.
/// #[derive(Debug)]
/// struct ReadOnly {
///     inner: Arc<dyn Store>,
/// }
///
/// delegate_readers!(ReadOnly, inner);
///
/// #[async_trait::async_trait]
/// impl Store for ReadOnly {
///     async fn commit(&self, _: ChangeSet) -> Result<Receipt, StoreError> {
///         Err(StoreError::unavailable("read only"))
///     }
/// }
/// ```
#[macro_export]
macro_rules! delegate_readers {
    ($decorator:ty, $inner:ident) => {
        $crate::delegate_readers!(
            $decorator, $inner, only CatalogReader CustomerReader InventoryReader OrderReader PaymentReader SagaQueue
            Outbox RetentionReader
        );
    };
    ($decorator:ty, $inner:ident, only $($reader:ident)*) => {
        #[allow(unused_imports, reason = "not every reader names every type")]
        const _: () = {
            use std::sync::Arc;
            use $crate::commerce_core::{
                domain::{
                    catalog::*, customer::*, event::*, ids::*, inventory::*, order::*, payment::*, pricing::*,
                },
                storage::*,
            };
            type Answer<T> = Result<T, StoreError>;
            type Now = $crate::chrono::DateTime<$crate::chrono::Utc>;

            $($crate::delegate_readers!(# $decorator, $inner, $reader);)*
        };
    };
    (# $decorator:ty, $inner:ident, CatalogReader) => {
        $crate::delegate_readers!(@ $decorator, $inner, CatalogReader {
            product(id: ProductId) -> Option<Versioned<Product>>;
            products(page: Page<ProductId>) -> Vec<Versioned<Product>>;
            listings(skus: &[Sku]) -> Vec<Option<Listing>>;
            promotion(id: PromotionId) -> Option<Versioned<Promotion>>;
            promotions(page: Page<PromotionId>) -> Vec<Versioned<Promotion>>;
            offers(coupon: Option<&CouponCode>) -> Vec<Arc<Promotion>>;
        });
    };
    (# $decorator:ty, $inner:ident, CustomerReader) => {
        $crate::delegate_readers!(@ $decorator, $inner, CustomerReader {
            customer(id: CustomerId) -> Option<Versioned<Customer>>;
            customer_by_email(email: &Email) -> Option<Versioned<Customer>>;
            customers(page: Page<CustomerId>) -> Vec<Versioned<Customer>>;
        });
    };
    (# $decorator:ty, $inner:ident, InventoryReader) => {
        $crate::delegate_readers!(@ $decorator, $inner, InventoryReader {
            stock_levels(skus: &[Sku]) -> Vec<StockLevel>;
            stock(page: Page<StockKey>) -> Vec<StockLevel>;
            reservation(id: ReservationId) -> Option<Arc<Reservation>>;
            reservations(page: Page<ReservationId>) -> Vec<Arc<Reservation>>;
            expired_holds(now: Now, skus: Option<&[Sku]>, limit: usize) -> Vec<Arc<Reservation>>;
            movements(page: Page<MovementKey>) -> Vec<StockMovement>;
            counters(page: Page<CounterKey>) -> Vec<(CounterKey, Counter)>;
            counter_holds(page: Page<HoldKey>) -> Vec<(HoldKey, CounterHold)>;
        });
    };
    (# $decorator:ty, $inner:ident, OrderReader) => {
        $crate::delegate_readers!(@ $decorator, $inner, OrderReader {
            order(id: OrderId) -> Option<Versioned<Order>>;
            order_by_number(number: &OrderNumber) -> Option<Versioned<Order>>;
            orders(page: Page<OrderId>) -> Vec<Versioned<Order>>;
            orders_of(customer: CustomerId, page: Page<OrderId>) -> Vec<Versioned<Order>>;
        });
    };
    (# $decorator:ty, $inner:ident, PaymentReader) => {
        $crate::delegate_readers!(@ $decorator, $inner, PaymentReader {
            payment(id: PaymentId) -> Option<Versioned<Payment>>;
            payments(page: Page<PaymentId>) -> Vec<Versioned<Payment>>;
            payments_of(checkout: CheckoutId) -> Vec<Versioned<Payment>>;
        });
    };
    (# $decorator:ty, $inner:ident, SagaQueue) => {
        $crate::delegate_readers!(@ $decorator, $inner, SagaQueue {
            saga(id: SagaId) -> Option<Versioned<SagaRecord>>;
            signal(id: SagaId) -> Option<Versioned<Signal>>;
            due(now: Now, limit: usize) -> Vec<SagaId>;
            sagas(page: Page<SagaId>) -> Vec<Versioned<SagaRecord>>;
        });
    };
    (# $decorator:ty, $inner:ident, Outbox) => {
        $crate::delegate_readers!(@ $decorator, $inner, Outbox {
            undelivered(now: Now, limit: usize) -> Vec<OutboxEvent>;
            events(page: Page<EventNumber>) -> Vec<OutboxEvent>;
        });
    };
    (# $decorator:ty, $inner:ident, RetentionReader) => {
        $crate::delegate_readers!(@ $decorator, $inner, RetentionReader {
            forgettable(before: Cutoffs, limit: usize) -> Vec<Forget>;
        });
    };
    (@ $decorator:ty, $inner:ident, $reader:ident {
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*
    }) => {
        #[$crate::async_trait::async_trait]
        impl $reader for $decorator {
            $(async fn $method(&self, $($name: $type),*) -> Answer<$answer> {
                $reader::$method(&*self.$inner, $($name),*).await
            })*
        }
    };
}
