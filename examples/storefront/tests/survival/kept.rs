use std::path::{Path, PathBuf};

use commerce_kit::{
    domain::{
        catalog::Product,
        ids::ProductId,
        inventory::{StockKey, StockLevel},
    },
    storage::{Page, Versioned},
};
use commerce_testservers::{Database as OnServer, Postgres};
use rusqlite::Connection;
use storefront::database::Database;
use uuid::Uuid;

use crate::house::House;

/// Where a house keeps its shop; gone when it is dropped, or with the folder of the house.
pub(crate) enum Kept {
    File(PathBuf),
    OnServer(OnServer),
}

/// Which kind of database.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    File,
    Server,
}

impl Kept {
    /// A shop before its first day.
    pub(crate) fn new(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::File => Self::File(folder.join("shop.db")),
            Kind::Server => Self::OnServer(Postgres::shared().database()),
        }
    }

    /// What `--database` says.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite://{}", path.display()),
            Self::OnServer(database) => database.url(),
        }
    }

    pub(crate) fn database(&self) -> Database {
        self.name().parse().unwrap()
    }

    /// What is on sale at this moment; nothing before the shop has tables.
    pub(crate) async fn products(&self) -> Vec<Versioned<Product>> {
        let page = Page::first(Page::<ProductId>::LIMIT);
        match self.database().snapshot().await {
            Ok(shop) => shop.products(page).await.unwrap(),
            Err(_) => Vec::new(),
        }
    }

    /// How many units of what lie where, and how they sell.
    pub(crate) async fn levels(&self) -> Vec<StockLevel> {
        let shop = self.database().snapshot().await.unwrap();
        shop.stock(Page::first(Page::<StockKey>::LIMIT)).await.unwrap()
    }

    /// A copy as people make it, while the shop is open: with the command, or with the server's own tools.
    pub(crate) fn copy(&self, house: &House) -> Self {
        match self {
            Self::File(_) => {
                let copy = house.folder.join(format!("copy-{}.db", Uuid::new_v4()));
                let made = house.run(&["backup", copy.to_str().unwrap()], self);
                assert!(made.status.success(), "{made:?}");
                Self::File(copy)
            }
            Self::OnServer(database) => Self::OnServer(tokio::task::block_in_place(|| database.restored())),
        }
    }

    /// Stands in for whatever damages a shop: a stray script, a careless hand.
    pub(crate) fn by_hand(&self, statement: &str) {
        let changed = match self {
            Self::File(path) => Connection::open(path).unwrap().execute(statement, ()).unwrap().to_string(),
            Self::OnServer(database) => database.run(&format!(
                "set search_path = commerce; with changed as ({statement} returning 1) select count(*) from changed"
            )),
        };
        assert_eq!(changed.trim(), "1", "{statement}");
    }
}
