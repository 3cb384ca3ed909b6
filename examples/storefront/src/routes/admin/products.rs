use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header::LOCATION},
};
use commerce_kit::{
    Error,
    domain::{
        catalog::{PriceHistory, Product},
        ids::ProductId,
    },
    storage::{Page, Versioned},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{added, read_back};
use crate::{
    App,
    admin::Admin,
    condition::{IfMatch, Tagged},
    extract::{Body, PageQuery, Path, Query},
    problem::{Conflict, NotFound, Problem},
};

/// A product as the shop keeps it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptProduct {
    /// How often it was written: in quotation marks it is the entity tag.
    version: u64,
    /// All of it.
    product: Arc<Product>,
}

/// Products of every status, by id: go on as long as there is a `next`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptProducts {
    products: Vec<KeptProduct>,
    next: Option<ProductId>,
}

/// Products of every status, drafts included, by id.
#[utoipa::path(
    get, path = "/products", operation_id = "list_kept_products", tag = "admin", security(("admin" = [])),
    params(PageQuery<ProductId>),
    responses((status = 200, body = KeptProducts, description = "A page of them"))
)]
pub(super) async fn list(
    _: Admin,
    State(app): State<App>,
    Query(page): Query<PageQuery<ProductId>>,
) -> Result<Json<KeptProducts>, Problem> {
    let limit = page.limit.items();
    let read = app.shop.catalog().products(Page { after: page.after, limit }).await?;
    let next = read.last().filter(|_| read.len() == limit).map(|last| last.id);
    Ok(Json(KeptProducts { products: read.iter().map(KeptProduct::of).collect(), next }))
}

/// Adds a product, on sale at once if its status is `active`.
///
/// The same id with the same content adds it once. Its price history begins now, whatever is sent.
#[utoipa::path(
    post, path = "/products", operation_id = "add_product", tag = "admin", security(("admin" = [])),
    request_body = Product,
    responses(
        (status = 201, body = KeptProduct, description = "It is there", headers(("Location" = String))),
        Conflict,
    )
)]
pub(super) async fn add(
    _: Admin,
    State(app): State<App>,
    Body(product): Body<Product>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<KeptProduct>), Problem> {
    let catalog = app.shop.catalog();
    let (id, sent) = (product.id, product.clone());
    let reused = Error::Reused { what: "product", id: id.to_string() };
    let same = |kept: &Product| without_history(kept) == without_history(&sent);
    let kept = added(reused, catalog.add_product(product).await, catalog.product(id).await, same)?;
    let location = [(LOCATION, format!("/api/v1/admin/products/{id}"))];
    Ok((StatusCode::CREATED, location, Json(KeptProduct::of(&kept))))
}

/// One product, whole, with its version as `ETag`.
#[utoipa::path(
    get, path = "/products/{id}", operation_id = "kept_product", tag = "admin", security(("admin" = [])),
    params(("id" = ProductId, Path)),
    responses(
        (status = 200, body = Product, description = "The product", headers(("ETag" = String))),
        NotFound,
    )
)]
pub(super) async fn one(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<ProductId>,
) -> Result<Tagged<Arc<Product>>, Problem> {
    let kept = app.shop.catalog().product(id).await?;
    Ok(Tagged(kept.version, kept.value))
}

/// Puts a product in the place of the one that was read. A status takes it off sale or puts it back.
///
/// Its price history goes on from the one that is kept, whatever is sent.
#[utoipa::path(
    put, path = "/products/{id}", operation_id = "replace_product", tag = "admin", security(("admin" = [])),
    params(("id" = ProductId, Path), IfMatch),
    request_body = Product,
    responses((status = 200, body = KeptProduct, description = "The product as it is now"), NotFound)
)]
pub(super) async fn replace(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    condition: IfMatch,
    Body(product): Body<Product>,
) -> Result<Json<KeptProduct>, Problem> {
    if product.id != id {
        return Err(Problem::other_id("product", id, product.id));
    }
    let read = app.shop.catalog().product(id).await?;
    condition.check(read.version)?;
    Ok(Json(put(&app, &read, product).await?))
}

/// Writes a product in the place of the one that was read; answers it as it is then.
pub(super) async fn put(
    app: &App,
    read: &Versioned<Product>,
    product: Product,
) -> Result<KeptProduct, Problem> {
    let catalog = app.shop.catalog();
    catalog.replace_product(read, product).await.map_err(Problem::overtaken)?;
    Ok(KeptProduct::of(&read_back(catalog.product(read.id).await)?))
}

fn without_history(product: &Product) -> Product {
    let mut product = product.clone();
    product.variants.iter_mut().for_each(|variant| variant.price_history = PriceHistory::EMPTY);
    product
}

impl KeptProduct {
    fn of(kept: &Versioned<Product>) -> Self {
        Self { version: kept.version.writes, product: Arc::clone(&kept.value) }
    }
}
