//! Harbour & Pine, a small shop to try everything on: things for the kitchen, the desk and the woods.
//!
//! It sells in euro with the tax included and ships to Germany and Austria from two places.

mod catalogue;
mod terms;

use std::{error::Error, path::PathBuf, sync::Arc, time::Duration};

use commerce_kit::{
    Commerce, Error as ShopError,
    domain::{
        catalog::{Market, PriceMode},
        ids::MarketId,
        money::Currency,
    },
    gateway::{EventSink, InProcessSink},
    saga::SagaSettings,
    storage::StoreError,
};

use crate::{
    bank::Bank,
    database::{Database, Ports},
    search::ShopSearch,
};

/// How long the engine waits for the bank: a little longer than the bank's client does.
const CALL: Duration = Duration::from_secs(6);
/// How long a buyer waits for what a dead process was doing: longer than three calls to the bank.
const LEASE: Duration = Duration::from_secs(20);

/// The shop as it was left, or on its first day, with the bank its buyers use, and whoever wants to hear what happens.
///
/// # Errors
/// When the database cannot be opened or does not answer.
pub async fn open(
    database: &Database,
    bank: &Arc<dyn Bank>,
    listeners: Arc<dyn EventSink>,
) -> Result<Commerce, Box<dyn Error + Send + Sync>> {
    open_on(database.open().await?, bank, Some(listeners)).await
}

/// The same with its search, in this folder or in one of its own: whatever is on sale is found from the start.
///
/// # Errors
/// When the database or the index cannot be opened, or the database does not answer.
pub async fn open_with_search(
    database: &Database,
    folder: Option<PathBuf>,
    bank: &Arc<dyn Bank>,
    listeners: Arc<dyn EventSink>,
) -> Result<(Commerce, Arc<ShopSearch>), Box<dyn Error + Send + Sync>> {
    let (store, carts) = database.open().await?;
    let search = ShopSearch::open(folder, Arc::clone(&store), market()).await?;
    let shop = open_on((store, carts), bank, search.listeners(listeners)).await?;
    search.build().await?;
    Ok((shop, search))
}

async fn open_on(
    (store, carts): Ports,
    bank: &Arc<dyn Bank>,
    listeners: Option<Arc<dyn EventSink>>,
) -> Result<Commerce, Box<dyn Error + Send + Sync>> {
    let builder = Commerce::builder();
    let builder = listeners.into_iter().fold(builder, |builder, listeners| builder.sink(listeners));
    let shop = builder
        .store(store)
        .carts(carts)
        .payments(bank.clone())
        .tax(Arc::new(terms::taxes()?))
        .shipping(Arc::new(terms::shipping()?))
        .market(market())
        .source("harbour-and-pine")
        .sagas(SagaSettings { lease: LEASE, call_timeout: CALL, ..SagaSettings::default() })
        .build()?;
    first_day(&shop).await?;
    Ok(shop)
}

/// Fills the shop, unless it was: its promotions come last, so one that has them all has everything, and whatever its
/// people have changed since stays.
async fn first_day(shop: &Commerce) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut missing = Vec::new();
    for promotion in terms::promotions()? {
        match shop.catalog().promotion(promotion.id).await {
            Ok(_) => {}
            Err(ShopError::NotFound { .. }) => missing.push(promotion),
            Err(error) => return Err(error.into()),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    catalogue::fill(shop).await?;
    for promotion in missing {
        done_by_anybody(shop.catalog().add_promotion(promotion).await)?;
    }
    Ok(())
}

/// Where it sells, and what its prices are in.
pub fn market() -> Market {
    Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded }
}

/// Several processes may open on the first day: what another one has just put on sale is on sale.
fn done_by_anybody(done: Result<(), ShopError>) -> Result<(), ShopError> {
    match done {
        Err(ShopError::Store(StoreError::Conflict { .. })) => Ok(()),
        done => done,
    }
}

/// The log hears what happens: here a shop of your own tells the warehouse, and writes to the buyer. Not to whom it
/// happened: who knows the id of an order may read it.
pub fn log() -> InProcessSink {
    InProcessSink::default().with(|event| tracing::info!(kind = event.kind, "it happened"))
}
