use axum::{Json, extract::State};
use commerce_kit::storage::Page;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, problem::Problem};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    status: &'static str,
}

/// The process runs: restart it if this is not answered.
#[utoipa::path(
    get, path = "/health", operation_id = "live", tag = "health",
    responses((status = 200, body = Health, description = "It runs"))
)]
pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// The shop can sell: send it no buyers as long as this is a problem.
#[utoipa::path(
    get, path = "/ready", operation_id = "ready", tag = "health",
    responses((status = 200, body = Health, description = "It can sell"))
)]
pub(super) async fn ready(State(app): State<App>) -> Result<Json<Health>, Problem> {
    app.shop.catalog().products(Page::first(1)).await?;
    Ok(Json(Health { status: "ready" }))
}
