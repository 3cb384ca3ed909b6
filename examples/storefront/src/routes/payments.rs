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

use crate::{
    App,
    admin::Admin,
    extract::{Body, Path, Words},
    problem::Problem,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundRequest {
    id: RefundId,
    amount: Money,
    reason: Words,
}

/// Gives collected money back, all or part of it. The same id with the same content gives it back once.
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
