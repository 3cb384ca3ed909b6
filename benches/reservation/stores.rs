use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use commerce_core::{
    domain::ids::{CartId, Sku},
    memory::MemoryStore,
    storage::{
        ChangeSet, InventoryReader, Keys, Receipt, Records, StockChange, Store, Transactional, Write,
        apply::apply,
    },
};
use commerce_sqlite::{SqliteOptions, SqliteStore, migrate};
use commerce_testkit::shop::TestShop;

use crate::postgres::{self, Reference};

/// Which store.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    /// Memory behind the handle a shop calls, which reads the levels and asks the allocation strategy first.
    MemoryHandle,
    Sqlite,
    /// The same driver with a transaction for each change set.
    SqliteOneByOne,
    Postgres,
    /// The same tables without the engine.
    PostgresBy(Reference),
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
    Database { _database: commerce_testservers::Database },
}

enum Way {
    Store(Arc<dyn Store>),
    Handle(TestShop),
    OneByOne(Arc<SqliteStore>),
    By(Reference, postgres::Tables),
}

impl Stored {
    pub(crate) async fn new(kind: Kind) -> Self {
        let in_a_file = || {
            let file = File::new();
            let store = SqliteStore::connect(&file.path, SqliteOptions::default()).unwrap();
            (Arc::new(store), Kept::File { _file: file })
        };
        let (way, kept) = match kind {
            Kind::Memory => (Way::Store(Arc::new(MemoryStore::new())), Kept::Nothing),
            Kind::MemoryHandle => (Way::Handle(TestShop::new()), Kept::Nothing),
            Kind::Sqlite => {
                let (store, file) = in_a_file();
                (Way::Store(store), file)
            }
            Kind::SqliteOneByOne => {
                let (store, file) = in_a_file();
                (Way::OneByOne(store), file)
            }
            Kind::Postgres => {
                let (store, database) = postgres::open().await;
                (Way::Store(Arc::new(store)), Kept::Database { _database: database })
            }
            Kind::PostgresBy(reference) => {
                let (store, database) = postgres::open().await;
                let tables = postgres::Tables::new(store, &database).await;
                (Way::By(reference, tables), Kept::Database { _database: database })
            }
        };
        Self { way, _kept: kept }
    }

    pub(crate) async fn commit(&self, changes: ChangeSet) -> Receipt {
        match &self.way {
            Way::Store(store) => store.commit(changes).await.unwrap(),
            Way::Handle(shop) => ask(shop, changes).await,
            Way::OneByOne(store) => {
                let keys = Keys { records: Records::MustBeLoaded, ..Keys::of([&changes]) };
                let (transaction, mut rows) = store.writer().begin(&keys).await.unwrap();
                let receipt = apply(&mut rows, &changes).unwrap();
                store.writer().save(transaction, &rows).await.unwrap();
                receipt
            }
            Way::By(reference, tables) => tables.commit(*reference, changes).await,
        }
    }

    /// Units reserved of these SKUs in all.
    pub(crate) async fn reserved(&self, skus: &[Sku]) -> i64 {
        let levels = match &self.way {
            Way::Store(store) => store.stock_levels(skus).await.unwrap(),
            Way::Handle(shop) => shop.store.stock_levels(skus).await.unwrap(),
            Way::OneByOne(store) => store.stock_levels(skus).await.unwrap(),
            Way::By(_, tables) => tables.store.stock_levels(skus).await.unwrap(),
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

/// A file of a shop, in a folder that goes with it.
struct File {
    folder: PathBuf,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        let number = DRAWN.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("commerce-bench-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("shop.db");
        migrate(&path).unwrap();
        Self { folder, path }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        drop(fs::remove_dir_all(&self.folder));
    }
}
