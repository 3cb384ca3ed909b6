//! A shop whose search is fed by its events.

use std::{path::Path, sync::Arc, time::Duration};

use commerce_core::{
    domain::{
        catalog::{Market, Price, PriceMode, Product},
        ids::{LocationId, MarketId, ProductId, Sku},
        inventory::StockKey,
        money::{Currency, Money},
    },
    environment::Clock,
    gateway::{Fallback, ProductSearch as _, SearchPage, SearchQuery},
    memory::MemoryStore,
    storage::{Store, Versioned},
};
use commerce_search::{SearchIndex, SearchSettings, StoreSearch};
use commerce_testkit::{environment::ManualClock, folder::Folder, shop::TestShop};

pub(crate) struct House {
    pub(crate) shop: TestShop,
    pub(crate) search: Arc<StoreSearch>,
    pub(crate) clock: ManualClock,
    pub(crate) folder: Folder,
}

impl House {
    /// A shop that sells nothing yet, and commits only when it is told to.
    pub(crate) async fn open() -> Self {
        Self::over(Arc::new(MemoryStore::new())).await
    }

    pub(crate) async fn over(store: Arc<dyn Store>) -> Self {
        let (folder, clock) = (Folder::new().unwrap(), ManualClock::default());
        let search = Arc::new(search(folder.path(), &store, &clock).await);
        search.build_if_missing(|_| {}).await.unwrap();
        let time = clock.clone();
        let sink = search.clone();
        let shop = TestShop::over(store, move |builder| {
            let environment = commerce_core::environment::Environment {
                clock: Arc::new(time),
                ids: Arc::new(commerce_core::environment::SystemIds),
                spawner: Arc::new(commerce_core::environment::TokioSpawner),
            };
            builder.environment(environment).sink(sink)
        });
        Self { shop, search, clock, folder }
    }

    /// The same shop after its search process has died: nothing is written down any more before that.
    pub(crate) async fn reopen(self) -> Self {
        let Self { shop, search, clock, folder } = self;
        let store = Arc::clone(&shop.store);
        // The shop holds the sink: both go, and with them the lock on the folder.
        drop((shop, search));
        let found = Arc::new(self::search(folder.path(), &store, &clock).await);
        let sink = found.clone();
        let shop = TestShop::over(store, move |builder| builder.sink(sink));
        Self { shop, search: found, clock, folder }
    }

    /// Delivers what happened, and commits.
    pub(crate) async fn settle(&self) {
        self.deliver().await;
        self.search.commit().await.unwrap();
    }

    /// Delivers what happened.
    pub(crate) async fn deliver(&self) {
        while self.shop.commerce.run_due(256).await.unwrap().events > 0 {}
    }

    pub(crate) async fn found(&self, text: &str) -> SearchPage {
        self.asked(&query(text)).await
    }

    pub(crate) async fn asked(&self, query: &SearchQuery) -> SearchPage {
        self.search.search(query).await.unwrap()
    }

    pub(crate) async fn product(&self, sku: &str) -> Versioned<Product> {
        let listing = self.shop.commerce.catalog().listing(&self::sku(sku)).await.unwrap();
        self.shop.commerce.catalog().product(listing.product().id).await.unwrap()
    }

    /// Changes a product in the store.
    pub(crate) async fn change(&self, sku: &str, change: impl FnOnce(&mut Product)) -> ProductId {
        let read = self.product(sku).await;
        let mut product = Product::clone(&read);
        change(&mut product);
        self.shop.commerce.catalog().replace_product(&read, product).await.unwrap();
        read.id
    }

    pub(crate) async fn counted(&self, sku: &str, units: i64) {
        self.shop.commerce.inventory().count(stock(sku), units, "counted").await.unwrap();
    }
}

/// The search of a store, as one process opens it.
pub(crate) async fn search(folder: &Path, store: &Arc<dyn Store>, clock: &ManualClock) -> StoreSearch {
    let index = SearchIndex::open(folder, settings(), clock.now()).unwrap();
    StoreSearch::new(index, Arc::clone(store), Arc::new(clock.clone())).await.unwrap()
}

pub(crate) fn settings() -> SearchSettings {
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    SearchSettings { commit_after: Duration::from_secs(3_600), ..SearchSettings::new(market) }
}

pub(crate) fn query(text: &str) -> SearchQuery {
    SearchQuery { fallback: Fallback::Strict, ..SearchQuery::new(MarketId::main(), text) }
}

pub(crate) fn costs(product: &mut Product, minor: i64) {
    product.variants[0].prices = vec![Price::new(MarketId::main(), Money::from_minor(minor, Currency::EUR))];
}

pub(crate) fn sku(code: &str) -> Sku {
    Sku::new(code).unwrap()
}

pub(crate) fn stock(code: &str) -> StockKey {
    StockKey { sku: sku(code), location: LocationId::main() }
}
