use std::collections::{BTreeMap, BTreeSet};

use commerce_core::domain::{
    catalog::{
        Attribute, Attributes, CategoryPath, Media, MediaKind, MediaUrl, Product, ProductOption,
        ProductStatus, Variant,
    },
    ids::{AttributeName, Brand, MarketId, Sku, TaxCategory},
    inventory::Backorder,
    money::Currency,
};

use crate::{
    reader::Group,
    refused::{Refused, Why},
    row::{
        ALT, BODY, GIFT_CARD, IMAGE, OPTIONS, POSITION, PRICE, PUBLISHED, Row, STATUS, TAGS, TAX_CODE,
        TAXABLE, TITLE, TYPE, VARIANT_IMAGE, VENDOR,
    },
    stable::product_id,
};

/// The name of the attribute that has the tags.
pub(crate) const TAGS_ATTRIBUTE: &str = "tags";
/// The tax category of what the file says is not taxed.
pub(crate) const EXEMPT: &str = "exempt";

/// A product as the file wants it.
pub(crate) struct Draft {
    pub(crate) product: Product,
    pub(crate) stock: Vec<Stock>,
}

/// What the file says of the stock of one variant.
pub(crate) struct Stock {
    pub(crate) sku: Sku,
    pub(crate) units: i64,
    pub(crate) backorder: Backorder,
}

/// What a price in the file is in.
#[derive(Debug, Clone)]
pub(crate) struct Prices {
    pub(crate) market: MarketId,
    pub(crate) currency: Currency,
}

/// What the rows of one product come to, over what the shop has of it already: what the file does not speak of stays.
/// Rows that cannot be taken over are told; there is no draft when nothing is left to sell.
pub(crate) fn draft(
    group: &Group,
    prices: &Prices,
    old: Option<&Product>,
    refused: &mut Vec<Refused>,
) -> Option<Draft> {
    match (Drafting { group, prices, old, refused }).draft() {
        Ok(draft) => Some(draft),
        Err(why) => {
            // Where no variant is left, each row has a reason of its own; else the product's goes for all of them.
            if why != Why::NoVariant {
                refused.clear();
            }
            let rest = all(group, &why).filter(|row| refused.iter().all(|told| told.row != row.row));
            let rest: Vec<Refused> = rest.collect();
            refused.extend(rest);
            None
        }
    }
}

/// Every row of a product, refused for the same reason.
pub(crate) fn all(group: &Group, why: &Why) -> impl Iterator<Item = Refused> {
    group.rows.iter().map(|row| Refused { row: row.number, handle: group.handle.clone(), why: why.clone() })
}

pub(crate) struct Drafting<'a> {
    pub(crate) group: &'a Group,
    pub(crate) prices: &'a Prices,
    pub(crate) old: Option<&'a Product>,
    refused: &'a mut Vec<Refused>,
}

impl Drafting<'_> {
    fn draft(mut self) -> Result<Draft, Why> {
        let group = self.group;
        let Some(first) = group.rows.first().filter(|_| !group.handle.is_empty()) else {
            return Err(Why::NoHandle);
        };
        if group.apart {
            return Err(Why::Apart);
        }
        if group.rows.iter().any(|row| row.says(GIFT_CARD, "true")) {
            return Err(Why::GiftCard);
        }
        if first.get(TITLE).is_empty() {
            return Err(Why::NoTitle);
        }
        let (options, sold) = self.variants(first);
        if sold.is_empty() {
            return Err(Why::NoVariant);
        }
        let media = self.media(&sold);
        let product = self.product(first, &sold[0].variant)?;
        let (mut variants, mut stock) = (Vec::new(), Vec::new());
        for Sold { variant, stock: counted, .. } in sold {
            variants.push(variant);
            stock.extend(counted);
        }
        let product = Product { options, variants, media, ..product };
        product.check()?;
        Ok(Draft { product, stock })
    }

    /// The rows with a price, each as a variant, and the options they have values for.
    fn variants(&mut self, first: &Row) -> (Vec<ProductOption>, Vec<Sold>) {
        let names = option_names(first);
        let mut options: Vec<ProductOption> =
            names.iter().map(|name| ProductOption { name: (*name).into(), values: Vec::new() }).collect();
        let (mut sold, mut choices, mut skus) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for row in &self.group.rows {
            if row.get(PRICE).is_empty() && !row.get(IMAGE).is_empty() {
                continue;
            }
            let taken = self.variant(row, &names).and_then(|taken| {
                let sku = taken.variant.sku.clone();
                if !choices.insert(taken.variant.option_values.clone()) {
                    return Err(Why::SameOptions);
                }
                if skus.insert(sku.clone()) { Ok(taken) } else { Err(Why::SameSku { sku: sku.to_string() }) }
            });
            match taken {
                Ok(taken) => {
                    for (option, value) in options.iter_mut().zip(&taken.variant.option_values) {
                        if !option.values.contains(value) {
                            option.values.push(value.clone());
                        }
                    }
                    sold.push(taken);
                }
                Err(why) => self.refuse(row, why),
            }
        }
        (options, sold)
    }

    pub(crate) fn refuse(&mut self, row: &Row, why: Why) {
        self.refused.push(Refused { row: row.number, handle: self.group.handle.clone(), why });
    }

    /// The images of all rows by their position, each once; those of variants show them.
    fn media(&mut self, sold: &[Sold]) -> Vec<Media> {
        let mut images: Vec<(u32, Media)> = Vec::new();
        for row in &self.group.rows {
            let url = row.get(IMAGE);
            if url.is_empty() {
                continue;
            }
            match MediaUrl::new(url) {
                Err(problem) => self.refuse(row, Why::Text { column: IMAGE, problem: problem.to_string() }),
                Ok(url) if images.iter().any(|(_, image)| image.url == url) => {}
                Ok(url) => {
                    images.push((
                        row.get(POSITION).parse().unwrap_or(u32::MAX),
                        Media::image(url, row.get(ALT)),
                    ));
                }
            }
        }
        images.sort_by_key(|(position, _)| *position);
        let mut media: Vec<Media> = images.into_iter().map(|(_, image)| image).collect();
        let known = self.old.iter().flat_map(|old| &old.media);
        let others: Vec<Media> = known.filter(|media| media.kind != MediaKind::Image).cloned().collect();
        for Sold { variant, row, image, .. } in sold {
            match image.as_deref().map(MediaUrl::new) {
                None => {}
                Some(Err(problem)) => {
                    let why = Why::Text { column: VARIANT_IMAGE, problem: problem.to_string() };
                    self.refused.push(Refused { row: *row, handle: self.group.handle.clone(), why });
                }
                Some(Ok(url)) => {
                    let place = media.iter().position(|known| known.url == url).unwrap_or_else(|| {
                        media.push(Media::image(url, ""));
                        media.len() - 1
                    });
                    media[place].skus.insert(variant.sku.clone());
                }
            }
        }
        media.extend(others);
        media
    }

    /// All of a product but its variants and images.
    fn product(&self, first: &Row, variant: &Variant) -> Result<Product, Why> {
        let text = |column, problem: String| Why::Text { column, problem };
        let new = || Product::new(self.group.id, "", variant.clone());
        let mut product = self.old.cloned().unwrap_or_else(new);
        product.title = first.get(TITLE).into();
        product.description = ammonia::clean(first.get(BODY)).trim().into();
        product.status = status(first);
        if product_id(&self.group.handle).to_string() != self.group.handle {
            product.external_id = Some(self.group.handle.clone());
        }
        let brand = Some(first.get(VENDOR)).filter(|vendor| !vendor.is_empty());
        product.brand =
            brand.map(Brand::new).transpose().map_err(|problem| text(VENDOR, problem.to_string()))?;
        let path = Some(first.get(TYPE)).filter(|path| !path.is_empty()).map(CategoryPath::new).transpose();
        let path = path.map_err(|problem| text(TYPE, problem.to_string()))?;
        if let Some(path) = path.filter(|path| !product.categories.contains(path)) {
            product.categories = vec![path];
        }
        let tags: BTreeSet<String> = first.get(TAGS).split(',').map(|tag| tag.trim().to_owned()).collect();
        let tags: BTreeSet<String> = tags.into_iter().filter(|tag| !tag.is_empty()).collect();
        let tags = (!tags.is_empty()).then_some(Attribute::Words(tags));
        product.attributes =
            with(&product.attributes, TAGS_ATTRIBUTE, tags).map_err(|problem| text(TAGS, problem))?;
        if let Some(category) = tax_category(first, &product.tax_category)? {
            product.tax_category = category;
        }
        Ok(product)
    }
}

/// A row that is sold.
pub(crate) struct Sold {
    pub(crate) variant: Variant,
    pub(crate) stock: Option<Stock>,
    pub(crate) row: u64,
    pub(crate) image: Option<String>,
}

/// The options of a product. One that is called `Title` and has the value `Default Title` is none.
fn option_names(first: &Row) -> Vec<&str> {
    let [(name, value), ..] = OPTIONS;
    if first.says(name, "Title") && first.says(value, "Default Title") {
        return Vec::new();
    }
    OPTIONS.iter().map(|(name, _)| first.get(name)).take_while(|name| !name.is_empty()).collect()
}

fn status(first: &Row) -> ProductStatus {
    match first.get(STATUS).to_lowercase().as_str() {
        "archived" => ProductStatus::Archived,
        "draft" => ProductStatus::Draft,
        _ if first.says(PUBLISHED, "false") => ProductStatus::Draft,
        _ => ProductStatus::Active,
    }
}

/// The tax category that the file says; none where it says nothing, or that what is taxed already is taxed.
fn tax_category(first: &Row, old: &TaxCategory) -> Result<Option<TaxCategory>, Why> {
    let (column, category) = match first.get(TAX_CODE) {
        _ if first.says(TAXABLE, "false") => (TAXABLE, TaxCategory::new(EXEMPT)),
        "" if first.says(TAXABLE, "true") && old.as_str() == EXEMPT => {
            return Ok(Some(TaxCategory::standard()));
        }
        "" => return Ok(None),
        code => (TAX_CODE, TaxCategory::new(code)),
    };
    category.map(Some).map_err(|problem| Why::Text { column, problem: problem.to_string() })
}

/// The attributes with this one in the place of the one of the same name, or without it.
pub(crate) fn with(
    attributes: &Attributes,
    name: &'static str,
    value: Option<Attribute>,
) -> Result<Attributes, String> {
    let name = AttributeName::new(name).map_err(|problem| problem.to_string())?;
    let mut all: BTreeMap<AttributeName, Attribute> =
        attributes.iter().map(|(name, attribute)| (name.clone(), attribute.clone())).collect();
    all.remove(&name);
    all.extend(value.map(|value| (name, value)));
    Attributes::new(all).map_err(|problem| problem.to_string())
}
