use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use commerce_kit::{
    checkout::CheckoutRequest,
    domain::{ids::CheckoutId, payment::PaymentMethod},
    gateway::PaymentNotice,
    service::{Checkout, CheckoutStatus},
};
use utoipa::IntoResponses;

use crate::{
    App,
    extract::{Body, Path},
    problem::{BadGateway, Conflict, NotFound, Problem, Refused},
};

/// What is answered by whatever goes on with a checkout; a refusal is a problem.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is asked for")]
enum Outcome {
    /// The order is placed
    #[response(status = 201, headers(("Location" = String)))]
    Placed(Checkout),
    /// Somebody has to do something, or it takes a while
    #[response(status = 202, headers(("Location" = String)))]
    UnderWay(Checkout),
}

/// Buys what is in a cart.
///
/// The same id with the same content buys once, however often it is sent.
#[utoipa::path(
    post, path = "/checkouts", operation_id = "start_checkout", tag = "checkouts",
    request_body = CheckoutRequest,
    responses(Outcome, Conflict, BadGateway)
)]
pub(super) async fn start(
    State(app): State<App>,
    Body(request): Body<CheckoutRequest>,
) -> Result<Response, Problem> {
    outcome(app.shop.checkouts().start(request).await?)
}

/// Pays with another tender, after one was declined or when none was sent.
#[utoipa::path(
    post, path = "/checkouts/{id}/tenders", operation_id = "pay_checkout", tag = "checkouts",
    params(("id" = CheckoutId, Path)),
    request_body = PaymentMethod,
    responses(Outcome, NotFound, Conflict, BadGateway)
)]
pub(super) async fn pay(
    State(app): State<App>,
    Path(id): Path<CheckoutId>,
    Body(method): Body<PaymentMethod>,
) -> Result<Response, Problem> {
    outcome(app.shop.checkouts().pay(id, method).await?)
}

/// Asks the bank again, because the buyer has done what they had to, or the bank says so.
///
/// What the notice says counts for nothing, so it has no body and anybody may send it.
#[utoipa::path(
    post, path = "/checkouts/{id}/notice", operation_id = "notify_checkout", tag = "checkouts",
    params(("id" = CheckoutId, Path)),
    responses(Outcome, NotFound, Conflict, Refused, BadGateway)
)]
pub(super) async fn look_again(
    State(app): State<App>,
    Path(checkout): Path<CheckoutId>,
) -> Result<Response, Problem> {
    outcome(app.shop.checkouts().notify(PaymentNotice { checkout }).await?)
}

/// How it stands: an answer whatever that is.
#[utoipa::path(
    get, path = "/checkouts/{id}", operation_id = "checkout", tag = "checkouts",
    params(("id" = CheckoutId, Path)),
    responses((status = 200, body = Checkout, description = "How it stands"), NotFound)
)]
pub(super) async fn one(
    State(app): State<App>,
    Path(id): Path<CheckoutId>,
) -> Result<Json<Checkout>, Problem> {
    Ok(Json(app.shop.checkouts().get(id).await?))
}

/// Calls it off, unless the order is placed already: cancel that instead.
#[utoipa::path(
    delete, path = "/checkouts/{id}", operation_id = "cancel_checkout", tag = "checkouts",
    params(("id" = CheckoutId, Path)),
    responses((status = 200, body = Checkout, description = "How it stands"), NotFound, Conflict, BadGateway)
)]
pub(super) async fn cancel(
    State(app): State<App>,
    Path(id): Path<CheckoutId>,
) -> Result<Json<Checkout>, Problem> {
    let checkout = app.shop.checkouts().cancel(id).await?;
    if let CheckoutStatus::Placed { number, .. } = &checkout.status {
        let detail = format!("order {number} is placed already: cancel that instead");
        let problem = Problem::new(StatusCode::CONFLICT, "already_placed", detail);
        return Err(problem.with_checkout(checkout));
    }
    Ok(Json(checkout))
}

/// 201 and the order when it is placed, 202 while somebody has to do something, and a problem when it is refused.
fn outcome(checkout: Checkout) -> Result<Response, Problem> {
    let (status, location) = match &checkout.status {
        CheckoutStatus::Placed { order, .. } => (StatusCode::CREATED, format!("/api/v1/orders/{order}")),
        CheckoutStatus::Refused { why, .. } => return Err(Problem::refused(&why.clone(), checkout)),
        _ => (StatusCode::ACCEPTED, format!("/api/v1/checkouts/{}", checkout.id)),
    };
    Ok((status, [(LOCATION, location)], Json(checkout)).into_response())
}
