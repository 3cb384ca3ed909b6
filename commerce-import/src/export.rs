use std::{collections::BTreeMap, io::Write};

use commerce_core::{
    Commerce, Error,
    domain::{
        catalog::{
            Attribute, Attributes, Media, MediaKind, Price, Product, ProductStatus, StockTracking, Variant,
        },
        ids::{AttributeName, LocationId, MarketId, ProductId, TaxCategory},
        inventory::{Backorder, StockPolicy},
    },
    storage::Page,
};

use crate::{
    draft::{EXEMPT, TAGS_ATTRIBUTE},
    draft_variant::BARCODE_ATTRIBUTE,
    row::{
        ALT, BARCODE, BODY, COMPARE_AT, GIFT_CARD, GRAMS, HANDLE, IMAGE, OPTIONS, POLICY, POSITION, PRICE,
        PUBLISHED, QUANTITY, SKU, STATUS, TAGS, TAX_CODE, TAXABLE, TITLE, TRACKER, TYPE, VARIANT_IMAGE,
        VENDOR,
    },
    stable::product_id,
};

/// Writes the products of a shop in the format that [`Import`](crate::Import) reads.
///
/// What the format has no column for is left out: prices on lists and for many pieces, parts of kits, translations,
/// further categories and attributes. An import of the file into the same shop changes none of that.
#[derive(Debug, Clone)]
pub struct Export {
    market: MarketId,
    location: LocationId,
}

/// Why an export stopped. The file is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The file cannot be written on.
    #[error("the file cannot be written on")]
    File(#[from] csv::Error),
    /// The shop failed: begin again later.
    #[error(transparent)]
    Shop(#[from] Error),
}

/// The columns of a file that is written, in their order.
const COLUMNS: [&str; 29] = [
    HANDLE,
    TITLE,
    BODY,
    VENDOR,
    TYPE,
    TAGS,
    PUBLISHED,
    OPTIONS[0].0,
    OPTIONS[0].1,
    OPTIONS[1].0,
    OPTIONS[1].1,
    OPTIONS[2].0,
    OPTIONS[2].1,
    SKU,
    GRAMS,
    TRACKER,
    QUANTITY,
    POLICY,
    PRICE,
    COMPARE_AT,
    TAXABLE,
    TAX_CODE,
    BARCODE,
    IMAGE,
    POSITION,
    ALT,
    GIFT_CARD,
    VARIANT_IMAGE,
    STATUS,
];

/// What stands in a row, by column.
type Cells = BTreeMap<&'static str, String>;

impl Export {
    /// An export of prices in this market, and of units at this location.
    pub const fn new(market: MarketId, location: LocationId) -> Self {
        Self { market, location }
    }

    /// Writes every product that the format can say: with up to three options, and a price of one piece for everybody in
    /// the market for each variant. Answers how many those are.
    pub async fn run<W: Write>(&self, shop: &Commerce, to: W) -> Result<u64, ExportError> {
        let mut file = csv::Writer::from_writer(to);
        file.write_record(COLUMNS)?;
        let (mut written, mut after) = (0, None);
        loop {
            let page = shop.catalog().products(Page { after, limit: Page::<ProductId>::LIMIT }).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for product in &page {
                let rows = self.rows(shop, product).await?;
                written += u64::from(!rows.is_empty());
                for cells in rows {
                    file.write_record(COLUMNS.map(|column| cells.get(column).map_or("", String::as_str)))?;
                }
            }
        }
        file.flush().map_err(csv::Error::from)?;
        Ok(written)
    }

    async fn rows(&self, shop: &Commerce, product: &Product) -> Result<Vec<Cells>, Error> {
        let mut rows = Vec::new();
        if product.options.len() > OPTIONS.len() {
            return Ok(rows);
        }
        for variant in &product.variants {
            let Some(price) = self.price(variant) else { return Ok(Vec::new()) };
            rows.push(self.variant(shop, product, variant, price).await?);
        }
        if let Some(first) = rows.first_mut() {
            first.append(&mut of_product(product));
            rows.resize_with(rows.len().max(pictures(product).count()), Cells::new);
            images(product, &mut rows);
            let handle = handle(product);
            rows.iter_mut().for_each(|row| drop(row.insert(HANDLE, handle.clone())));
        }
        Ok(rows)
    }

    /// The price for everybody, from the first piece on.
    fn price<'v>(&self, variant: &'v Variant) -> Option<&'v Price> {
        variant.prices_in(&self.market).find(|price| {
            price.list.is_none() && price.from_quantity.get() == 1 && price.unit_quantity.get() == 1
        })
    }

    async fn variant(
        &self,
        shop: &Commerce,
        product: &Product,
        variant: &Variant,
        price: &Price,
    ) -> Result<Cells, Error> {
        let mut cells = Cells::new();
        for ((_, column), value) in OPTIONS.iter().zip(&variant.option_values) {
            cells.insert(column, value.clone());
        }
        if product.options.is_empty() {
            cells.insert(OPTIONS[0].1, "Default Title".into());
        }
        cells.insert(SKU, variant.sku.to_string());
        cells.insert(GRAMS, variant.weight_grams.to_string());
        cells.insert(PRICE, price.amount.amount().to_string());
        cells.extend(price.compare_at.map(|more| (COMPARE_AT, more.amount().to_string())));
        cells.insert(TAXABLE, (product.tax_category.as_str() != EXEMPT).to_string());
        cells.extend(words(&variant.attributes, BARCODE_ATTRIBUTE).map(|barcode| (BARCODE, barcode)));
        let image = pictures(product).find(|media| media.skus.contains(&variant.sku));
        cells.extend(image.map(|image| (VARIANT_IMAGE, image.url.to_string())));
        if variant.stock == StockTracking::Tracked && variant.kit.is_empty() {
            let levels = shop.inventory().levels(&variant.sku).await?;
            let level = levels.into_iter().find(|level| level.key.location == self.location);
            let (units, policy) = level.map_or((0, StockPolicy::default()), |it| (it.on_hand, it.policy));
            cells.insert(TRACKER, "shopify".into());
            cells.insert(QUANTITY, units.to_string());
            let more = policy.backorder == Backorder::Allowed;
            cells.insert(POLICY, if more { "continue" } else { "deny" }.into());
        }
        Ok(cells)
    }
}

/// The handle it came with, or else its id: an import knows it by either.
fn handle(product: &Product) -> String {
    let known = product.external_id.clone().filter(|handle| product_id(handle) == product.id);
    known.unwrap_or_else(|| product.id.to_string())
}

fn of_product(product: &Product) -> Cells {
    let status = match product.status {
        ProductStatus::Active => "active",
        ProductStatus::Draft => "draft",
        ProductStatus::Archived => "archived",
    };
    let mut cells = Cells::from([
        (TITLE, product.title.clone()),
        (BODY, product.description.clone()),
        (PUBLISHED, (product.status == ProductStatus::Active).to_string()),
        (GIFT_CARD, "false".into()),
        (STATUS, status.into()),
    ]);
    let tax = &product.tax_category;
    if *tax != TaxCategory::standard() && tax.as_str() != EXEMPT {
        cells.insert(TAX_CODE, tax.to_string());
    }
    cells.extend(product.brand.as_ref().map(|brand| (VENDOR, brand.to_string())));
    cells.extend(product.categories.first().map(|path| (TYPE, path.to_string())));
    cells.extend(words(&product.attributes, TAGS_ATTRIBUTE).map(|tags| (TAGS, tags)));
    for ((column, _), option) in OPTIONS.iter().zip(&product.options) {
        cells.insert(column, option.name.clone());
    }
    if product.options.is_empty() {
        cells.insert(OPTIONS[0].0, "Title".into());
    }
    cells
}

fn pictures(product: &Product) -> impl Iterator<Item = &Media> {
    product.media.iter().filter(|media| media.kind == MediaKind::Image)
}

/// One image in each row, beside the variants and below them.
fn images(product: &Product, rows: &mut [Cells]) {
    for (number, (row, media)) in (1..).zip(rows.iter_mut().zip(pictures(product))) {
        row.insert(IMAGE, media.url.to_string());
        row.insert(POSITION, u32::to_string(&number));
        row.insert(ALT, media.alt.clone());
    }
}

fn words(attributes: &Attributes, name: &str) -> Option<String> {
    match attributes.get(&AttributeName::new(name).ok()?)? {
        Attribute::Text(text) => Some(text.clone()),
        Attribute::Words(words) => Some(words.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
        Attribute::Number { .. } | Attribute::YesNo(_) => None,
    }
}
