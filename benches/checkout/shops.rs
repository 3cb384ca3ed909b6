use std::{sync::Arc, time::Duration};

use commerce_core::storage::Store;
use commerce_postgres::{PostgresOptions, PostgresStore, migrate};
use commerce_testkit::shop::TestShop;
use commerce_testservers::{Database, Postgres};

use crate::cpu;
use crate::stored::{File, OneByOne};

/// Where a shop keeps its records and carts.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
    /// The same driver with a transaction for each change set.
    SqliteOneByOne,
    Postgres,
}

impl Kind {
    /// How many orders make a run of a second or so.
    pub(crate) fn orders(self, buyers: usize) -> usize {
        match self {
            Self::Memory => 20_000,
            Self::Sqlite => (buyers * 40).clamp(200, 6_000),
            Self::Postgres => (buyers * 40).clamp(400, 10_000),
            Self::SqliteOneByOne => buyers.clamp(200, 400),
        }
    }
}

/// An empty shop, and its file or database, if it has one.
pub(crate) struct Shop {
    pub(crate) shop: Arc<TestShop>,
    // Dropped last: first whoever has it open goes.
    kept: Kept,
}

/// What goes when it is dropped.
enum Kept {
    Nothing,
    File { _file: File },
    Database { _database: Database },
}

impl Shop {
    pub(crate) async fn new(kind: Kind) -> Self {
        if matches!(kind, Kind::Memory) {
            return Self { shop: Arc::new(TestShop::new()), kept: Kept::Nothing };
        }
        if matches!(kind, Kind::Postgres) {
            return Self::in_postgres().await;
        }
        let file = File::new();
        let opened = file.open();
        let carts = Arc::new(opened.carts());
        let store: Arc<dyn Store> = match kind {
            Kind::SqliteOneByOne => Arc::new(OneByOne::new(opened)),
            _ => opened,
        };
        let shop = Arc::new(TestShop::over(store, |builder| builder.carts(carts)));
        Self { shop, kept: Kept::File { _file: file } }
    }

    /// On a server that waits for the disk.
    async fn in_postgres() -> Self {
        let database = Postgres::shared().database();
        migrate(&database.url(), &PostgresOptions::default()).await.unwrap();
        let store = PostgresStore::connect(&database.url(), PostgresOptions::default()).await.unwrap();
        let carts = Arc::new(store.carts());
        let shop = Arc::new(TestShop::over(Arc::new(store), |builder| builder.carts(carts)));
        Self { shop, kept: Kept::Database { _database: database } }
    }

    /// What this process and the server of the shop, if it has one, have computed so far.
    pub(crate) fn computed(&self) -> Vec<Option<Duration>> {
        match &self.kept {
            Kept::Nothing | Kept::File { .. } => vec![cpu::of_ours()],
            Kept::Database { .. } => vec![cpu::of_ours(), cpu::of_server(Postgres::shared())],
        }
    }
}
