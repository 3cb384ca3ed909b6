use std::sync::Arc;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use commerce_kit::{
    domain::{
        catalog::{
            Attributes, CategoryPath, KitPart, Listing, Media, Price, PriceRequest, Product, ProductOption,
            ProductStatus, StockTracking,
        },
        ids::{Brand, MarketId, ProductId, Sku, TaxCategory},
        metadata::Metadata,
        money::Money,
    },
    storage::Page,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::floors;
use crate::{
    App,
    extract::{PageQuery, Path, Query},
    problem::{NotFound, Problem},
};

/// A page of what is on sale. What is not is left out, so a page may be short: go on as long as there is a `next`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Products {
    products: Vec<ProductView>,
    next: Option<ProductId>,
}

/// What a buyer may know of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProductView {
    id: ProductId,
    title: String,
    description: String,
    options: Vec<ProductOption>,
    variants: Vec<VariantView>,
    tax_category: TaxCategory,
    categories: Vec<CategoryPath>,
    brand: Option<Brand>,
    attributes: Attributes,
    media: Vec<Media>,
    metadata: Metadata,
}

/// What a buyer may know of a variant: one that nobody can buy one piece of is not shown.
#[derive(Debug, Serialize, ToSchema)]
struct VariantView {
    sku: Sku,
    option_values: Vec<String>,
    /// What everybody pays for one piece now.
    price: Price,
    /// The lowest price of the 30 days before, where that was more.
    prior_price: Option<Money>,
    stock: StockTracking,
    kit: Vec<KitPart>,
    attributes: Attributes,
    weight_grams: u32,
}

/// Products on sale, by id.
#[utoipa::path(
    get, path = "/products", operation_id = "list_products", tag = "catalogue",
    params(PageQuery<ProductId>),
    responses((status = 200, body = Products, description = "A page of them"))
)]
pub(super) async fn list(
    State(app): State<App>,
    Query(page): Query<PageQuery<ProductId>>,
) -> Result<Json<Products>, Problem> {
    let limit = page.limit.items();
    let read = app.shop.catalog().products(Page { after: page.after, limit }).await?;
    let next = read.last().filter(|_| read.len() == limit).map(|last| last.id);
    let on_sale = read.iter().filter(|product| product.status == ProductStatus::Active);
    let now = Utc::now();
    Ok(Json(Products {
        products: on_sale.map(|product| ProductView::of(&product.value, now)).collect(),
        next,
    }))
}

/// One product on sale, with its variants.
#[utoipa::path(
    get, path = "/products/{id}", operation_id = "product", tag = "catalogue",
    params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductView, description = "The product"), NotFound)
)]
pub(super) async fn one(
    State(app): State<App>,
    Path(id): Path<ProductId>,
) -> Result<Json<ProductView>, Problem> {
    let product = app.shop.catalog().product(id).await?;
    if product.status != ProductStatus::Active {
        return Err(Problem::not_found("product", id));
    }
    Ok(Json(ProductView::of(&product.value, Utc::now())))
}

impl ProductView {
    pub(super) fn of(product: &Arc<Product>, now: DateTime<Utc>) -> Self {
        let listings =
            product.variants.iter().filter_map(|variant| Listing::of(product.clone(), &variant.sku));
        let variants = listings.filter_map(|listing| VariantView::of(&listing, now));
        Self {
            id: product.id,
            title: product.title.clone(),
            description: product.description.clone(),
            options: product.options.clone(),
            variants: variants.collect(),
            tax_category: product.tax_category.clone(),
            categories: product.categories.clone(),
            brand: product.brand.clone(),
            attributes: product.attributes.clone(),
            media: product.media.clone(),
            metadata: product.metadata.clone(),
        }
    }
}

impl VariantView {
    fn of(listing: &Listing, now: DateTime<Utc>) -> Option<Self> {
        let (market, variant) = (MarketId::main(), listing.variant());
        let price = variant.price_for(&PriceRequest { market: &market, group: None, at: now, pieces: 1 })?;
        Some(Self {
            sku: variant.sku.clone(),
            option_values: variant.option_values.clone(),
            price: floors::of_price(price.clone()),
            prior_price: listing.reduction(&market, now).map(|reduction| reduction.prior.amount),
            stock: variant.stock,
            kit: variant.kit.clone(),
            attributes: variant.attributes.clone(),
            weight_grams: variant.weight_grams,
        })
    }
}
