use std::{error::Error, num::ParseIntError};

use commerce_kit::{
    Commerce,
    domain::{
        ids::{LocationId, Sku},
        inventory::StockKey,
    },
    import::{Import, News},
};
use futures_util::future::try_join_all;

/// The products, with their units at the harbour: a file as `storefront import` takes it.
const CATALOGUE: &str = include_str!("../../demo/catalogue.csv");
/// The units among the pines: the format of products has a column for one place only.
const PINE: &str = include_str!("../../demo/pine.csv");

/// Puts everything on sale with its units. May be cut short and begun again, and begun by several processes at once:
/// what is there already stays as it is.
pub(super) async fn fill(shop: &Commerce) -> Result<(), Box<dyn Error + Send + Sync>> {
    let counted = at_pine()?
        .into_iter()
        .map(|(key, units)| async move { shop.inventory().count_first(key, units, "the first day").await });
    try_join_all(counted).await?;
    let market = super::market();
    let import = Import::new(market.id, market.currency, LocationId::new("harbour")?).keeping_known();
    let tell = |news: News<'_>| {
        if let News::Refused(row) = news {
            tracing::warn!(%row, "the catalogue has something that cannot be sold");
        }
    };
    import.run(shop, CATALOGUE.as_bytes(), tell).await?;
    Ok(())
}

/// How many of what lie there.
fn at_pine() -> Result<Vec<(StockKey, i64)>, Box<dyn Error + Send + Sync>> {
    let location = LocationId::new("pine")?;
    let rows = PINE.lines().skip(1).filter_map(|row| row.split_once(','));
    rows.map(|(sku, units)| {
        let units = units.parse().map_err(|problem: ParseIntError| format!("{sku}: {problem}"))?;
        Ok((StockKey { sku: Sku::new(sku)?, location: location.clone() }, units))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use commerce_kit::{
        domain::{
            catalog::{Price, Product, ProductStatus, StockTracking},
            ids::ProductId,
            inventory::{Backorder, StockLevel, StockPolicy},
            money::{Currency, Money},
        },
        memory::TestGateway,
        storage::{Page, Versioned},
    };

    use super::*;
    use crate::{bank::Bank, database::Database, demo};

    async fn opened() -> Commerce {
        let bank: Arc<dyn Bank> = Arc::new(TestGateway::new());
        demo::open(&Database::Memory, &bank, Arc::new(demo::log())).await.unwrap()
    }

    async fn products(shop: &Commerce) -> Vec<Versioned<Product>> {
        shop.catalog().products(Page::first(Page::<ProductId>::LIMIT)).await.unwrap()
    }

    async fn levels(shop: &Commerce) -> Vec<StockLevel> {
        shop.inventory().stock(Page::first(Page::<StockKey>::LIMIT)).await.unwrap()
    }

    fn at(sku: &str, location: &str) -> StockKey {
        StockKey { sku: Sku::new(sku).unwrap(), location: LocationId::new(location).unwrap() }
    }

    #[tokio::test]
    async fn the_catalogue_has_something_of_everything_and_all_of_it_is_on_sale() {
        let shop = opened().await;
        let products = products(&shop).await;
        assert_eq!(products.len(), 60);
        for options in [0, 1, 2, 3] {
            assert!(products.iter().any(|product| product.options.len() == options), "{options} options");
        }
        let variants = || products.iter().flat_map(|product| &product.variants);
        assert!(
            variants().any(|form| form.stock == StockTracking::Untracked),
            "something that nobody counts"
        );
        assert!(variants().any(|form| form.prices[0].compare_at.is_some()), "something that was dearer");
        for product in &products {
            assert_eq!((product.status, product.description.is_empty()), (ProductStatus::Active, false));
            let book = product.categories[0].as_str().starts_with("books/");
            assert_eq!(book, product.tax_category.as_str() == "books", "{}", product.title);
        }
        let levels = levels(&shop).await;
        assert!(levels.iter().any(|level| level.policy.backorder == Backorder::Allowed));
        let sold: BTreeSet<&Sku> = variants().map(|variant| &variant.sku).collect();
        for (key, units) in at_pine().unwrap() {
            assert!(sold.contains(&key.sku), "{key:?}");
            assert!(levels.iter().any(|level| level.key == key && level.on_hand == units), "{key:?}");
        }
        let import = Import::new(demo::market().id, Currency::EUR, LocationId::new("harbour").unwrap());
        let tally = import.run(&shop, CATALOGUE.as_bytes(), |_| ()).await.unwrap();
        assert_eq!(
            (tally.unchanged, tally.refused),
            (60, 0),
            "no row was refused, and all of them are there"
        );
    }

    #[tokio::test]
    async fn a_process_that_is_late_on_the_first_day_takes_nothing_back() {
        let shop = opened().await;
        let listing = shop.catalog().listing(&Sku::new("MUG-SLATE").unwrap()).await.unwrap();
        let read = shop.catalog().product(listing.product().id).await.unwrap();
        let mut mug = (*read).clone();
        mug.status = ProductStatus::Draft;
        mug.variants[0].prices = vec![Price::new(demo::market().id, Money::from_minor(990, Currency::EUR))];
        mug.variants.pop();
        shop.catalog().replace_product(&read, mug).await.unwrap();
        let stock = shop.inventory();
        stock.receive(at("MUG-SLATE", "harbour"), 5).await.unwrap();
        stock.count(at("MUG-SLATE", "pine"), 0, "a leak in the roof").await.unwrap();
        stock.set_policy(at("SWEATER-ECR-L", "harbour"), StockPolicy::default()).await.unwrap();

        let before = (products(&shop).await, levels(&shop).await);
        fill(&shop).await.unwrap();
        assert_eq!((products(&shop).await, levels(&shop).await), before);
    }
}
