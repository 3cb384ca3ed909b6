use axum::{Json, extract::State};
use commerce_kit::{
    domain::{
        catalog::{Price, Product, ProductOption, ProductStatus, StockTracking},
        ids::{MarketId, ProductId, Sku, TaxCategory},
        metadata::Metadata,
    },
    storage::Page,
};
use serde::Serialize;

use crate::{
    App,
    extract::{PageQuery, Path, Query},
    problem::Problem,
};

/// A page of what is on sale. What is not is left out, so a page may be short: go on as long as there is a `next`.
#[derive(Debug, Serialize)]
pub(super) struct Products {
    products: Vec<ProductView>,
    next: Option<ProductId>,
}

/// What a buyer may know of a product.
#[derive(Debug, Serialize)]
pub(super) struct ProductView {
    id: ProductId,
    title: String,
    description: String,
    options: Vec<ProductOption>,
    variants: Vec<VariantView>,
    tax_category: TaxCategory,
    metadata: Metadata,
}

/// What a buyer may know of a variant: one without a price is not sold here.
#[derive(Debug, Serialize)]
struct VariantView {
    sku: Sku,
    option_values: Vec<String>,
    price: Price,
    stock: StockTracking,
    weight_grams: u32,
}

pub(super) async fn list(
    State(app): State<App>,
    Query(page): Query<PageQuery<ProductId>>,
) -> Result<Json<Products>, Problem> {
    let limit = page.limit.items();
    let read = app.shop.catalog().products(Page { after: page.after, limit }).await?;
    let next = read.last().filter(|_| read.len() == limit).map(|last| last.id);
    let on_sale = read.iter().filter(|product| product.status == ProductStatus::Active);
    Ok(Json(Products { products: on_sale.map(|product| ProductView::of(product)).collect(), next }))
}

pub(super) async fn one(
    State(app): State<App>,
    Path(id): Path<ProductId>,
) -> Result<Json<ProductView>, Problem> {
    let product = app.shop.catalog().product(id).await?;
    if product.status != ProductStatus::Active {
        return Err(Problem::not_found("product", id));
    }
    Ok(Json(ProductView::of(&product)))
}

impl ProductView {
    fn of(product: &Product) -> Self {
        let market = MarketId::main();
        let variants = product.variants.iter().filter_map(|variant| {
            Some(VariantView {
                sku: variant.sku.clone(),
                option_values: variant.option_values.clone(),
                price: variant.price(&market)?.clone(),
                stock: variant.stock,
                weight_grams: variant.weight_grams,
            })
        });
        Self {
            id: product.id,
            title: product.title.clone(),
            description: product.description.clone(),
            options: product.options.clone(),
            variants: variants.collect(),
            tax_category: product.tax_category.clone(),
            metadata: product.metadata.clone(),
        }
    }
}
