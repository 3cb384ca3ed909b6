//! Harbour & Pine, a small shop to try everything on: things for the kitchen, the desk and the woods.
//!
//! It sells in euro with the tax included and ships to Germany and Austria from two places.

mod catalogue;
mod terms;

use std::{error::Error, sync::Arc};

use commerce_kit::{
    Commerce,
    domain::{
        catalog::{Market, PriceMode},
        ids::{MarketId, PromotionId},
        money::Currency,
    },
    memory::TestGateway,
    storage::Page,
};

use crate::database::Database;

/// The shop as it was left, or on its first day, with the bank its buyers use.
///
/// # Errors
/// When the database cannot be opened or does not answer.
pub async fn open(
    database: &Database,
    bank: &Arc<TestGateway>,
) -> Result<Commerce, Box<dyn Error + Send + Sync>> {
    let (store, carts) = database.open().await?;
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    let shop = Commerce::builder()
        .store(store)
        .carts(carts)
        .payments(bank.clone())
        .tax(Arc::new(terms::taxes()?))
        .shipping(Arc::new(terms::shipping()?))
        .market(market)
        .source("harbour-and-pine")
        .build()?;
    catalogue::fill(&shop).await?;
    let known = shop.catalog().promotions(Page::first(Page::<PromotionId>::LIMIT)).await?;
    for promotion in terms::promotions()? {
        if !known.iter().any(|known| known.id == promotion.id) {
            shop.catalog().add_promotion(promotion).await?;
        }
    }
    Ok(shop)
}
