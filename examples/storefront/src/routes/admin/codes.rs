use std::num::NonZeroU32;

use axum::{Json, extract::State, http::StatusCode};
use commerce_kit::{
    domain::{
        ids::PromotionId,
        pricing::{BatchSecret, CodeBatch, Promotion},
    },
    service::IssuedCode,
    storage::Page,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::promotions::{self, KeptPromotion};
use crate::{
    App,
    admin::Admin,
    condition::IfMatch,
    extract::{Body, PageQuery, Path, Query},
    problem::{NotFound, Problem},
};

/// The codes of a batch, by number: go on as long as there is a `next`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Codes {
    codes: Vec<IssuedCode>,
    next: Option<u32>,
}

/// How many codes to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCodes {
    #[schema(value_type = u32, minimum = 1)]
    count: NonZeroU32,
}

/// The codes of a promotion's batch, and what became of each; none when it has no batch.
#[utoipa::path(
    get, path = "/promotions/{id}/codes", operation_id = "list_codes", tag = "admin", security(("admin" = [])),
    params(("id" = PromotionId, Path), PageQuery<u32>),
    responses((status = 200, body = Codes, description = "A page of them"), NotFound)
)]
pub(super) async fn list(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<PromotionId>,
    Query(page): Query<PageQuery<u32>>,
) -> Result<Json<Codes>, Problem> {
    let limit = page.limit.items();
    let codes = app.shop.catalog().codes(id, Page { after: page.after, limit }).await?;
    let next = codes.last().filter(|_| codes.len() == limit).map(|last| last.number);
    Ok(Json(Codes { codes, next }))
}

/// Makes so many more codes that begin with the promotion's own, each good for one order.
///
/// With the first of them its own code alone is none any more.
#[utoipa::path(
    post, path = "/promotions/{id}/codes", operation_id = "issue_codes", tag = "admin", security(("admin" = [])),
    params(("id" = PromotionId, Path), IfMatch),
    request_body = NewCodes,
    responses((status = 201, body = KeptPromotion, description = "They are made"), NotFound)
)]
pub(super) async fn issue(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<PromotionId>,
    condition: IfMatch,
    Body(new): Body<NewCodes>,
) -> Result<(StatusCode, Json<KeptPromotion>), Problem> {
    let read = app.shop.catalog().promotion(id).await?;
    condition.check(read.version)?;
    let mut promotion = Promotion::clone(&read);
    let nothing = || CodeBatch { secret: BatchSecret::new(Uuid::new_v4()), count: 0 };
    let batch = promotion.batch.get_or_insert_with(nothing);
    batch.count = batch.count.saturating_add(new.count.get());
    Ok((StatusCode::CREATED, Json(promotions::put(&app, &read, promotion).await?)))
}
