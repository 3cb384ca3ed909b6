use std::sync::Arc;

use commerce_core::storage::Store;
use commerce_testkit::shop::TestShop;

use crate::stored::{File, OneByOne};

/// Where a shop keeps its records and carts.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
    /// The same driver with a transaction for each change set.
    SqliteOneByOne,
}

impl Kind {
    /// How many orders make a run of a second or so.
    pub(crate) fn orders(self, buyers: usize) -> usize {
        match self {
            Self::Memory => 20_000,
            Self::Sqlite => (buyers * 40).clamp(200, 6_000),
            Self::SqliteOneByOne => buyers.clamp(200, 400),
        }
    }
}

/// An empty shop, and its file, if it has one.
pub(crate) struct Shop {
    pub(crate) shop: TestShop,
    // Dropped last: first whoever has it open goes.
    _file: Option<File>,
}

impl Shop {
    pub(crate) fn new(kind: Kind) -> Self {
        if matches!(kind, Kind::Memory) {
            return Self { shop: TestShop::new(), _file: None };
        }
        let file = File::new();
        let opened = file.open();
        let carts = Arc::new(opened.carts());
        let store: Arc<dyn Store> = match kind {
            Kind::SqliteOneByOne => Arc::new(OneByOne::new(opened)),
            _ => opened,
        };
        Self { shop: TestShop::over(store, |builder| builder.carts(carts)), _file: Some(file) }
    }
}
