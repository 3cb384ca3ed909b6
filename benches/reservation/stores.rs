use std::{sync::Arc, time::Duration};

use commerce_core::{
    domain::ids::{CartId, Sku},
    memory::MemoryStore,
    storage::{ChangeSet, Receipt, StockChange, Store, Write},
};
use commerce_testkit::shop::TestShop;

use crate::{
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
}

/// An empty shop, and its file, if it has one.
pub(crate) struct Stored {
    way: Way,
    // Dropped last: first whoever has it open goes.
    _file: Option<File>,
}

enum Way {
    Store(Arc<dyn Store>),
    Handle(TestShop),
}

impl Stored {
    pub(crate) async fn new(kind: Kind) -> Self {
        let (store, file): (Arc<dyn Store>, _) = match kind {
            Kind::Memory => (Arc::new(MemoryStore::new()), None),
            Kind::MemoryHandle => return Self { way: Way::Handle(TestShop::new()), _file: None },
            Kind::Sqlite => {
                let file = File::new();
                (file.open(), Some(file))
            }
            Kind::SqliteOneByOne => {
                let file = File::new();
                (Arc::new(OneByOne::new(file.open())), Some(file))
            }
            Kind::SqliteBySqlx => {
                let file = File::new();
                (Arc::new(BySqlx::connect(&file).await), Some(file))
            }
        };
        Self { way: Way::Store(store), _file: file }
    }

    pub(crate) async fn commit(&self, changes: ChangeSet) -> Receipt {
        match &self.way {
            Way::Store(store) => store.commit(changes).await.unwrap(),
            Way::Handle(shop) => ask(shop, changes).await,
        }
    }

    /// Units reserved of these SKUs in all.
    pub(crate) async fn reserved(&self, skus: &[Sku]) -> i64 {
        let levels = match &self.way {
            Way::Store(store) => store.stock_levels(skus).await.unwrap(),
            Way::Handle(shop) => shop.store.stock_levels(skus).await.unwrap(),
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
