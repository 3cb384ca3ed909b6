use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header::LOCATION},
};
use commerce_kit::{
    Error,
    domain::{ids::PromotionId, pricing::Promotion},
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

/// A promotion as the shop keeps it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptPromotion {
    /// How often it was written: in quotation marks it is the entity tag.
    version: u64,
    /// All of it, with the secret of its batch.
    promotion: Arc<Promotion>,
}

/// Promotions of every status, by id: go on as long as there is a `next`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptPromotions {
    promotions: Vec<KeptPromotion>,
    next: Option<PromotionId>,
}

/// Promotions of every status, by id.
#[utoipa::path(
    get, path = "/promotions", operation_id = "list_promotions", tag = "admin", security(("admin" = [])),
    params(PageQuery<PromotionId>),
    responses((status = 200, body = KeptPromotions, description = "A page of them"))
)]
pub(super) async fn list(
    _: Admin,
    State(app): State<App>,
    Query(page): Query<PageQuery<PromotionId>>,
) -> Result<Json<KeptPromotions>, Problem> {
    let limit = page.limit.items();
    let read = app.shop.catalog().promotions(Page { after: page.after, limit }).await?;
    let next = read.last().filter(|_| read.len() == limit).map(|last| last.id);
    Ok(Json(KeptPromotions { promotions: read.iter().map(KeptPromotion::of).collect(), next }))
}

/// Adds a promotion: it counts from the next quote on, unless it is paused or its time has not come.
///
/// The same id with the same content adds it once.
#[utoipa::path(
    post, path = "/promotions", operation_id = "add_promotion", tag = "admin", security(("admin" = [])),
    request_body = Promotion,
    responses(
        (status = 201, body = KeptPromotion, description = "It is there", headers(("Location" = String))),
        Conflict,
    )
)]
pub(super) async fn add(
    _: Admin,
    State(app): State<App>,
    Body(promotion): Body<Promotion>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<KeptPromotion>), Problem> {
    let catalog = app.shop.catalog();
    let (id, sent) = (promotion.id, promotion.clone());
    let reused = Error::Reused { what: "promotion", id: id.to_string() };
    let same = |kept: &Promotion| *kept == sent;
    let kept = added(reused, catalog.add_promotion(promotion).await, catalog.promotion(id).await, same)?;
    let location = [(LOCATION, format!("/api/v1/admin/promotions/{id}"))];
    Ok((StatusCode::CREATED, location, Json(KeptPromotion::of(&kept))))
}

/// One promotion, whole, with its version as `ETag`.
#[utoipa::path(
    get, path = "/promotions/{id}", operation_id = "promotion", tag = "admin", security(("admin" = [])),
    params(("id" = PromotionId, Path)),
    responses(
        (status = 200, body = Promotion, description = "The promotion", headers(("ETag" = String))),
        NotFound,
    )
)]
pub(super) async fn one(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<PromotionId>,
) -> Result<Tagged<Arc<Promotion>>, Problem> {
    let kept = app.shop.catalog().promotion(id).await?;
    Ok(Tagged(kept.version, kept.value))
}

/// Puts a promotion in the place of the one that was read. A status pauses it or lets it go on.
#[utoipa::path(
    put, path = "/promotions/{id}", operation_id = "replace_promotion", tag = "admin", security(("admin" = [])),
    params(("id" = PromotionId, Path), IfMatch),
    request_body = Promotion,
    responses((status = 200, body = KeptPromotion, description = "The promotion as it is now"), NotFound)
)]
pub(super) async fn replace(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<PromotionId>,
    condition: IfMatch,
    Body(promotion): Body<Promotion>,
) -> Result<Json<KeptPromotion>, Problem> {
    if promotion.id != id {
        return Err(Problem::other_id("promotion", id, promotion.id));
    }
    let read = app.shop.catalog().promotion(id).await?;
    condition.check(read.version)?;
    Ok(Json(put(&app, &read, promotion).await?))
}

/// Writes a promotion in the place of the one that was read; answers it as it is then.
pub(super) async fn put(
    app: &App,
    read: &Versioned<Promotion>,
    promotion: Promotion,
) -> Result<KeptPromotion, Problem> {
    let catalog = app.shop.catalog();
    catalog.replace_promotion(read, promotion).await.map_err(Problem::overtaken)?;
    Ok(KeptPromotion::of(&read_back(catalog.promotion(read.id).await)?))
}

impl KeptPromotion {
    fn of(kept: &Versioned<Promotion>) -> Self {
        Self { version: kept.version.writes, promotion: Arc::clone(&kept.value) }
    }
}
