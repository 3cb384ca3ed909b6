use axum::{Json, extract::State, http::StatusCode};
use commerce_kit::{
    domain::{
        ids::{PaymentId, RefundId},
        money::Money,
        payment::Refund,
    },
    refund::RefundOrder,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    App,
    admin::Admin,
    extract::{Body, Path, Words},
    problem::{BadGateway, Conflict, NotFound, Problem},
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundRequest {
    id: RefundId,
    amount: Money,
    reason: Words,
}

/// Gives collected money back, all or part of it. The same id with the same content gives it back once.
#[utoipa::path(
    post, path = "/payments/{id}/refunds", operation_id = "refund_payment", tag = "orders",
    security(("admin" = [])),
    params(("id" = PaymentId, Path)),
    request_body = RefundRequest,
    responses((status = 201, body = Refund, description = "It is on its way"), NotFound, Conflict, BadGateway)
)]
pub(super) async fn refund(
    _: Admin,
    State(app): State<App>,
    Path(payment): Path<PaymentId>,
    Body(request): Body<RefundRequest>,
) -> Result<(StatusCode, Json<Refund>), Problem> {
    let RefundRequest { id, amount, reason } = request;
    let order = RefundOrder { id, payment, amount, reason: reason.into() };
    Ok((StatusCode::CREATED, Json(app.shop.payments().refund(order).await?)))
}
