use std::sync::LazyLock;

use axum::{Json, http::StatusCode};
use serde_json::Value;

use crate::{openapi, problem::Problem};

/// Made when it is first asked for.
static DOCUMENT: LazyLock<serde_json::Result<Value>> = LazyLock::new(openapi::document);

/// This document: every route of the shop in OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "document", tag = "health",
    responses((status = 200, body = Value, description = "The document"))
)]
pub(super) async fn document() -> Result<Json<&'static Value>, Problem> {
    let broken = |error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no_document", serde_json::Error::to_string(error))
    };
    DOCUMENT.as_ref().map(Json).map_err(broken)
}
