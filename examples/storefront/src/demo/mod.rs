//! Harbour & Pine, a small shop to try everything on: things for the kitchen, the desk and the woods.
//!
//! It sells in euro with the tax included, ships to Germany and Austria from two places, and lives in memory: every
//! start is its first day.

mod catalogue;
mod terms;

use std::{error::Error, sync::Arc};

use commerce_kit::{
    Commerce,
    domain::{
        catalog::{Market, PriceMode},
        ids::MarketId,
        money::Currency,
    },
    memory::{MemoryCarts, MemoryStore, TestGateway},
};

/// The shop on its first day, and the bank its buyers use.
pub async fn open() -> Result<(Commerce, Arc<TestGateway>), Box<dyn Error + Send + Sync>> {
    let bank = Arc::new(TestGateway::new());
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    let shop = Commerce::builder()
        .store(Arc::new(MemoryStore::new()))
        .carts(Arc::new(MemoryCarts::new()))
        .payments(bank.clone())
        .tax(Arc::new(terms::taxes()?))
        .shipping(Arc::new(terms::shipping()?))
        .market(market)
        .source("harbour-and-pine")
        .build()?;
    catalogue::fill(&shop).await?;
    for promotion in terms::promotions()? {
        shop.catalog().add_promotion(promotion).await?;
    }
    Ok((shop, bank))
}
