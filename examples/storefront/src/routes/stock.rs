use axum::{Json, extract::State, http::StatusCode};
use commerce_kit::domain::{
    catalog::{Listing, ProductStatus, StockTracking},
    ids::{LocationId, Sku},
    inventory::{Backorder, StockKey, StockLevel},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    admin::Admin,
    extract::{Body, Path},
    problem::{NotFound, Problem},
};

/// How many a buyer can have. Where they lie and what is promised to others stays in the shop.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Available {
    sku: Sku,
    stock: StockTracking,
    /// None where nobody counts.
    available: Option<i64>,
    backorder: Backorder,
}

/// A delivery to one location.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Receipt {
    location: LocationId,
    units: i64,
}

/// How many of a variant a buyer can have.
#[utoipa::path(
    get, path = "/stock/{sku}", operation_id = "available", tag = "catalogue",
    params(("sku" = Sku, Path)),
    responses((status = 200, body = Available, description = "How many"), NotFound)
)]
pub(super) async fn available(
    State(app): State<App>,
    Path(sku): Path<Sku>,
) -> Result<Json<Available>, Problem> {
    let listing = app.shop.catalog().listing(&sku).await?;
    if listing.product().status != ProductStatus::Active {
        return Err(Problem::not_found("variant", sku));
    }
    let mut parts = Vec::new();
    for (part, units) in listing.variant().draws(1) {
        parts.push((app.shop.inventory().levels(part).await?, units));
    }
    Ok(Json(Available::of(&listing, &parts)))
}

/// Receives a delivery.
///
/// Each call is a delivery of its own: after an uncertain answer look at the levels first.
#[utoipa::path(
    post, path = "/stock/{sku}/receipts", operation_id = "receive_stock", tag = "admin",
    security(("admin" = [])),
    params(("sku" = Sku, Path)),
    request_body = Receipt,
    responses((status = 201, body = Vec<StockLevel>, description = "Every level of the SKU"), NotFound)
)]
pub(super) async fn receive(
    _: Admin,
    State(app): State<App>,
    Path(sku): Path<Sku>,
    Body(receipt): Body<Receipt>,
) -> Result<(StatusCode, Json<Vec<StockLevel>>), Problem> {
    let sku = app.shop.catalog().listing(&sku).await?.variant().sku.clone();
    let stock = StockKey { sku: sku.clone(), location: receipt.location };
    app.shop.inventory().receive(stock, receipt.units).await?;
    Ok((StatusCode::CREATED, Json(app.shop.inventory().levels(&sku).await?)))
}

impl Available {
    /// As many as the scarcest part allows; each part with the units that one piece takes.
    ///
    /// An order may be split over locations, so the sum counts; a location that has promised more than it has takes
    /// nothing from the others.
    fn of(listing: &Listing, parts: &[(Vec<StockLevel>, i64)]) -> Self {
        let (sku, stock) = (listing.variant().sku.clone(), listing.variant().stock);
        let units = |levels: &[StockLevel]| levels.iter().map(|level| level.available().max(0)).sum::<i64>();
        let more =
            |levels: &[StockLevel]| levels.iter().any(|level| level.policy.backorder == Backorder::Allowed);
        let endless = !parts.is_empty() && parts.iter().all(|(levels, _)| more(levels));
        Self {
            sku,
            stock,
            available: parts.iter().map(|(levels, each)| units(levels) / each).min(),
            backorder: if endless { Backorder::Allowed } else { Backorder::Denied },
        }
    }
}
