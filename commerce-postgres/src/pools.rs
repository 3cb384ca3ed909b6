use std::sync::Arc;

use commerce_core::{
    domain::{
        cart::Cart,
        catalog::Product,
        customer::Customer,
        ids::{
            CartId, CheckoutId, CustomerId, OrderId, PaymentId, ProductId, PromotionId, ReservationId, SagaId,
        },
        inventory::{Reservation, StockLevel},
        order::Order,
        payment::Payment,
        pricing::Promotion,
    },
    environment::Spawner,
    storage::{SagaRecord, Signal, StoreError, Versioned},
};
use sqlx::{
    Executor as _, Postgres,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use crate::{
    catalog,
    columns::Cells,
    documents::{Document as _, versioned},
    error::{Failure, OpenError},
    inventory::{levels, reservations},
    lookup::Lookup,
    migrate,
    options::PostgresOptions,
    payments,
    pool::{Pool, connect, server},
};

/// Connections to write with: one transaction of change sets is under way, or two that are full, and one of carts. The
/// other is for whoever writes besides.
const WRITERS: usize = 4;

/// Connections to find rows by their keys with. While all of them are busy, questions gather and go out together, so
/// a few answer more callers than many would.
const FINDERS: usize = 2;

/// The moment is that of the first statement after it. Whoever looks may think for longer than a writer.
const SNAPSHOT: &str = "begin isolation level repeatable read, read only;
    set local idle_in_transaction_session_timeout = '10min'";

/// The connections of a store.
#[derive(Debug, Clone)]
pub(crate) struct Pools {
    pub(crate) writing: Pool,
    /// Reads that something is decided upon.
    pub(crate) deciding: Reader,
    /// Reads that are only looked at; they may be a moment late.
    pub(crate) browsing: Reader,
    pub(crate) lookups: Lookups,
}

macro_rules! lookups {
    ($($(#[$note:meta])* $name:ident: $id:ty => $value:ty, $sql:expr, $make:expr;)*) => {
        /// Rows by their keys; something is decided upon them.
        #[derive(Debug, Clone)]
        pub(crate) struct Lookups {
            $($(#[$note])* pub(crate) $name: Lookup<$id, $value>,)*
        }

        impl Lookups {
            fn new(pool: &Pool, spawner: &Arc<dyn Spawner>) -> Self {
                Self { $($name: Lookup::new(pool, spawner, $sql, $make),)* }
            }
        }
    };
}

lookups! {
    products: ProductId => Versioned<Product>, Product::TABLE.some, versioned;
    promotions: PromotionId => Versioned<Promotion>, Promotion::TABLE.some, versioned;
    customers: CustomerId => Versioned<Customer>, Customer::TABLE.some, versioned;
    orders: OrderId => Versioned<Order>, Order::TABLE.some, versioned;
    payments: PaymentId => Versioned<Payment>, Payment::TABLE.some, versioned;
    sagas: SagaId => Versioned<SagaRecord>, SagaRecord::TABLE.some, versioned;
    signals: SagaId => Versioned<Signal>, Signal::TABLE.some, versioned;
    carts: CartId => Versioned<Cart>, Cart::TABLE.some, versioned;
    payments_of: CheckoutId => Versioned<Payment>, payments::OF_CHECKOUTS, versioned;
    /// By SKU.
    sellers: String => Versioned<Product>, catalog::WITH_SKUS, versioned;
    /// By SKU, and by location.
    levels: String => StockLevel, levels::OF_SKUS, |row| levels::level(&Cells::from(row, 0)?);
    /// By code; those without one by the empty text.
    offers: String => Versioned<Promotion>, catalog::OFFERS, versioned;
    reservations: ReservationId => Arc<Reservation>, reservations::SOME,
        |row| reservations::reservation(&Cells::from(row, 0)?);
}

impl Pools {
    pub(crate) async fn open(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let schema = options.schema.as_deref();
        let pool = |url: &str, most| Ok::<_, OpenError>(Pool::new(server(url)?, schema, most));
        let writing = pool(url, WRITERS)?;
        let mut first = writing.lend().await?;
        migrate::check(&mut first, options).await?;
        first.give_back();
        let lookups = Lookups::new(&pool(url, FINDERS)?, &options.spawner);
        let deciding = Reader(pool(url, options.readers.get())?);
        let browsing = match &options.replica {
            Some(url) => Reader(pool(url, options.readers.get())?),
            None => deciding.clone(),
        };
        Ok(Self { writing, deciding, browsing, lookups })
    }

    /// One connection that sees one moment, and none to write with.
    pub(crate) async fn snapshot(url: &str, options: &PostgresOptions) -> Result<Self, OpenError> {
        let mut connection = connect(&server(url)?, options.schema.as_deref()).await?;
        connection.execute(SNAPSHOT).await?;
        migrate::check(&mut connection, options).await?;
        let moment = Pool::only(Some(connection));
        let lookups = Lookups::new(&moment, &options.spawner);
        let reader = Reader(moment);
        Ok(Self { writing: Pool::only(None), deciding: reader.clone(), browsing: reader, lookups })
    }
}

/// Connections that only read.
#[derive(Debug, Clone)]
pub(crate) struct Reader(Pool);

type Question<'a> = Query<'a, Postgres, PgArguments>;

impl Reader {
    /// The first row that a statement finds.
    pub(crate) async fn first<T>(
        &self,
        question: Question<'_>,
        make: impl Fn(&PgRow) -> Result<T, Failure>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.ask(question).await?.first().map(make).transpose()?)
    }

    /// Every row that a statement finds.
    pub(crate) async fn every<T>(
        &self,
        question: Question<'_>,
        make: impl Fn(&PgRow) -> Result<T, Failure>,
    ) -> Result<Vec<T>, StoreError> {
        Ok(self.ask(question).await?.iter().map(make).collect::<Result<_, _>>()?)
    }

    async fn ask(&self, question: Question<'_>) -> Result<Vec<PgRow>, Failure> {
        let mut connection = self.0.lend().await?;
        let found = question.fetch_all(&mut *connection).await;
        connection.give_back_after(&found);
        Ok(found?)
    }
}
