use std::{sync::Arc, time::Duration};

use commerce_core::{
    domain::ids::{CartId, Sku},
    memory::MemoryStore,
    storage::{ChangeSet, InventoryReader, Receipt, StockChange, Store, Write},
};
use commerce_testkit::shop::TestShop;
use commerce_testservers::Database;

use crate::{
    postgres::{self, Reference},
    sqlx_sqlite::BySqlx,
    stored::{File, OneByOne},
};

/// Which store.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    /// Memory behind the handle a shop calls, which reads the levels and asks the allocation strategy first.
    MemoryHandle,
    Sqlite,
    /// The same driver with a transaction for each change set.
    SqliteOneByOne,
    /// The same tables through the other driver.
    SqliteBySqlx,
    Postgres,
    /// The same tables without the engine.
    PostgresBy(Reference),
    /// Only the rows of reservations, many in one statement.
    PostgresInBulk,
}

/// An empty shop, and its file or database, if it has one.
pub(crate) struct Stored {
    way: Way,
    // Dropped last: first whoever has it open goes.
    _kept: Kept,
}

/// What goes when it is dropped.
enum Kept {
    Nothing,
    File { _file: File },
    Database { _database: Database },
}

enum Way {
    Store(Arc<dyn Store>),
    Handle(TestShop),
    By(Reference, postgres::Tables),
    InBulk(postgres::Tables),
}

impl Stored {
    pub(crate) async fn new(kind: Kind) -> Self {
        let (store, kept): (Arc<dyn Store>, _) = match kind {
            Kind::Memory => (Arc::new(MemoryStore::new()), Kept::Nothing),
            Kind::MemoryHandle => return Self { way: Way::Handle(TestShop::new()), _kept: Kept::Nothing },
            Kind::Sqlite => {
                let file = File::new();
                (file.open(), Kept::File { _file: file })
            }
            Kind::SqliteOneByOne => {
                let file = File::new();
                (Arc::new(OneByOne::new(file.open())), Kept::File { _file: file })
            }
            Kind::SqliteBySqlx => {
                let file = File::new();
                (Arc::new(BySqlx::connect(&file).await), Kept::File { _file: file })
            }
            Kind::Postgres => {
                let (store, database) = postgres::open().await;
                (Arc::new(store), Kept::Database { _database: database })
            }
            Kind::PostgresBy(_) | Kind::PostgresInBulk => {
                let (store, database) = postgres::open().await;
                let tables = postgres::Tables::new(store, &database).await;
                let way = match kind {
                    Kind::PostgresBy(reference) => Way::By(reference, tables),
                    _ => Way::InBulk(tables),
                };
                return Self { way, _kept: Kept::Database { _database: database } };
            }
        };
        Self { way: Way::Store(store), _kept: kept }
    }

    pub(crate) async fn commit(&self, changes: ChangeSet) -> Receipt {
        match &self.way {
            Way::Store(store) => store.commit(changes).await.unwrap(),
            Way::Handle(shop) => ask(shop, changes).await,
            Way::By(reference, tables) => tables.commit(*reference, changes).await,
            Way::InBulk(tables) => tables.in_bulk(changes).await,
        }
    }

    /// Units reserved of these SKUs in all.
    pub(crate) async fn reserved(&self, skus: &[Sku]) -> i64 {
        let levels = match &self.way {
            Way::Store(store) => store.stock_levels(skus).await.unwrap(),
            Way::Handle(shop) => shop.store.stock_levels(skus).await.unwrap(),
            Way::By(_, tables) => tables.store.stock_levels(skus).await.unwrap(),
            Way::InBulk(tables) => return tables.rows().await,
        };
        levels.iter().map(|level| level.reserved).sum()
    }
}

/// A reservation through the handle; everything else goes to the store.
async fn ask(shop: &TestShop, changes: ChangeSet) -> Receipt {
    const HOLD: Duration = Duration::from_secs(600);
    let [Write::Stock(StockChange::Reserve { id, demands, .. })] = changes.writes.as_slice() else {
        return shop.store.commit(changes).await.unwrap();
    };
    let wanted: Vec<_> = demands.iter().map(|demand| (demand.sku.clone(), demand.units)).collect();
    let inventory = shop.commerce.inventory();
    let reservation = inventory.reserve(*id, CartId::from_uuid(id.uuid()), HOLD, &wanted).await.unwrap();
    Receipt { reservations: vec![reservation], events: Vec::new() }
}
