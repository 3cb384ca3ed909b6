use axum::{Json, extract::State};
use commerce_kit::storage::Page;
use serde::Serialize;

use crate::{App, problem::Problem};

#[derive(Debug, Serialize)]
pub(super) struct Health {
    status: &'static str,
}

/// The process runs: restart it if this is not answered.
pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

/// The shop can sell: send it no buyers as long as this is a problem.
pub(super) async fn ready(State(app): State<App>) -> Result<Json<Health>, Problem> {
    app.shop.catalog().products(Page::first(1)).await?;
    Ok(Json(Health { status: "ready" }))
}
