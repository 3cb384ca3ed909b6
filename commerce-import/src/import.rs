use std::io::Read;

use commerce_core::{
    Commerce, Error, Retry,
    domain::{
        catalog::Product,
        ids::{LocationId, MarketId, ProductId},
        inventory::{StockKey, StockPolicy},
        money::Currency,
    },
    storage::Versioned,
};
use futures_util::future::try_join_all;

use crate::{
    draft::{Draft, Prices, Stock, all, draft},
    reader::{Group, Reader},
    refused::{Refused, Why},
};

/// Takes products over from a file.
///
/// The same file twice is the same as once: a product is known by its handle, and what has not changed is not written.
/// Prices, texts and variants follow the file each time. Units are counted once, where the ledger of a variant at the
/// location is empty; later the shop knows better, because it sells.
#[derive(Debug, Clone)]
pub struct Import {
    prices: Prices,
    location: LocationId,
    keeps_known: bool,
}

/// What an import tells while it runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum News<'a> {
    /// A row was not taken over.
    Refused(&'a Refused),
    /// A product is done.
    Progress(&'a Tally),
}

/// What has come of a file so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows that were read, without the names of the columns.
    pub rows: u64,
    /// Rows that were not taken over, or not all of them, such as for the address of an image.
    pub refused: u64,
    /// Products that are new.
    pub added: u64,
    /// Products that changed.
    pub changed: u64,
    /// Products that are as they were.
    pub unchanged: u64,
}

/// Why an import stopped. What was taken over before stays; the same file may be taken over again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file has no such column: it is no product file, or not separated by commas.
    #[error("the file has no column {column:?}: is it a product file, separated by commas?")]
    NoColumn {
        /// The column.
        column: &'static str,
    },
    /// The file cannot be read, or a quote in it is never closed.
    #[error("the file cannot be read on")]
    File(#[from] csv::Error),
    /// The shop failed: try again later.
    #[error(transparent)]
    Shop(Error),
}

/// What became of a product.
enum Saved {
    Added,
    Changed,
    Unchanged,
    Refused,
}

impl Import {
    /// How often a product is read again when somebody else has just changed it.
    const TRIES: u32 = 5;

    /// An import of prices in this market's currency, and of stock at this location.
    pub const fn new(market: MarketId, currency: Currency, location: LocationId) -> Self {
        Self { prices: Prices { market, currency }, location, keeps_known: false }
    }

    /// Leaves every product that the shop has already as it is, whatever the file says of it; units are still counted
    /// where nothing is known of them.
    #[must_use]
    pub fn keeping_known(self) -> Self {
        Self { keeps_known: true, ..self }
    }

    /// Reads the file to its end; tells every row that is refused, and each product that is done.
    ///
    /// In memory are the rows of one product and 16 bytes for each product before. Reading blocks: a file on a slow
    /// disk wants a task of its own.
    ///
    /// # Errors
    /// The file cannot be read on, or the shop failed. What was taken over stays.
    pub async fn run<R: Read>(
        &self,
        shop: &Commerce,
        file: R,
        mut tell: impl FnMut(News<'_>),
    ) -> Result<Tally, ImportError> {
        let mut reader = Reader::new(file)?;
        let mut tally = Tally::default();
        let mut refused = Vec::new();
        while let Some(group) = reader.product()? {
            tally.rows += count(group.rows.len());
            match self.save(shop, &group, &mut refused).await? {
                Saved::Added => tally.added += 1,
                Saved::Changed => tally.changed += 1,
                Saved::Unchanged => tally.unchanged += 1,
                Saved::Refused => {}
            }
            refused.sort_by_key(|refused| refused.row);
            refused.dedup_by_key(|refused| refused.row);
            tally.refused += count(refused.len());
            refused.drain(..).for_each(|refused| tell(News::Refused(&refused)));
            tell(News::Progress(&tally));
        }
        Ok(tally)
    }

    async fn save(
        &self,
        shop: &Commerce,
        group: &Group,
        refused: &mut Vec<Refused>,
    ) -> Result<Saved, ImportError> {
        let mut tries = 0;
        loop {
            refused.clear();
            tries += 1;
            let old = known(shop, group.id).await.map_err(ImportError::Shop)?;
            let Some(draft) = draft(group, &self.prices, old.as_deref(), refused) else {
                return Ok(Saved::Refused);
            };
            match self.put(shop, old.as_ref(), draft).await {
                Ok(saved) => return Ok(saved),
                Err(error) if error.retry() == Retry::Never => {
                    let why = Why::Shop { message: error.to_string() };
                    *refused = all(group, &why).collect();
                    return Ok(Saved::Refused);
                }
                Err(error) if tries == Self::TRIES => return Err(ImportError::Shop(error)),
                Err(_) => {}
            }
        }
    }

    async fn put(
        &self,
        shop: &Commerce,
        old: Option<&Versioned<Product>>,
        Draft { product, mut stock }: Draft,
    ) -> Result<Saved, Error> {
        let saved = match old {
            None => {
                shop.catalog().add_product(product).await?;
                Saved::Added
            }
            Some(old) if self.keeps_known => {
                stock.retain(|stock| old.variant(&stock.sku).is_some());
                Saved::Unchanged
            }
            Some(old) if **old == product => Saved::Unchanged,
            Some(old) => {
                shop.catalog().replace_product(old, product).await?;
                Saved::Changed
            }
        };
        // All at once: a store that commits in groups needs one transaction for the variants of a product.
        try_join_all(stock.into_iter().map(|stock| self.stock_up(shop, stock))).await?;
        Ok(saved)
    }

    /// Says whether more may be sold than is there, then counts the units if nobody has. In this order, so that a shop
    /// that knows the level has heard of both, or is about to count.
    async fn stock_up(&self, shop: &Commerce, Stock { sku, units, backorder }: Stock) -> Result<(), Error> {
        let levels = shop.inventory().levels(&sku).await?;
        let key = StockKey { sku, location: self.location.clone() };
        let level = levels.into_iter().find(|level| level.key == key);
        let keeps = self.keeps_known && level.is_some();
        let (policy, lines) = level.map(|level| (level.policy, level.movements)).unwrap_or_default();
        if policy.backorder != backorder && !keeps {
            shop.inventory().set_policy(key.clone(), StockPolicy { backorder, ..policy }).await?;
        }
        // A look is cheaper than a commit; what comes in after it is safe, because a first count is one.
        if lines == 0 && units > 0 {
            shop.inventory().count_first(key, units, "import").await?;
        }
        Ok(())
    }
}

fn count(rows: usize) -> u64 {
    rows.try_into().unwrap_or(u64::MAX)
}

async fn known(shop: &Commerce, id: ProductId) -> Result<Option<Versioned<Product>>, Error> {
    match shop.catalog().product(id).await {
        Ok(product) => Ok(Some(product)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
