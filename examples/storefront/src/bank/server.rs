use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use commerce_kit::{
    domain::ids::CheckoutId,
    gateway::{GatewayError, IdempotencyKey, PaymentGateway as _},
    memory::TestGateway,
};
use serde::Serialize;

use super::wire;

type Books = State<Arc<TestGateway>>;

/// The demo bank over HTTP, for whoever comes with a [`RemoteBank`](super::RemoteBank). Its books last as long as its
/// process.
pub fn router(bank: Arc<TestGateway>) -> Router {
    Router::new()
        .route("/authorize", post(authorize))
        .route("/capture", post(capture))
        .route("/void", post(void))
        .route("/refund", post(refund))
        .route("/lookup", post(lookup))
        .route("/actions/{checkout}", post(complete_action))
        .route("/books", get(books))
        .with_state(bank)
}

async fn authorize(State(bank): Books, Json(wire::Authorize(request)): Json<wire::Authorize>) -> Response {
    answer(bank.authorize(request).await)
}

async fn capture(State(bank): Books, Json(wire::Capture(request)): Json<wire::Capture>) -> Response {
    answer(bank.capture(request).await)
}

async fn void(State(bank): Books, Json(wire::Void(request)): Json<wire::Void>) -> Response {
    answer(bank.void(request).await.map(wire::Voided))
}

async fn refund(State(bank): Books, Json(wire::Refund(request)): Json<wire::Refund>) -> Response {
    answer(bank.refund(request).await)
}

async fn lookup(State(bank): Books, Json(key): Json<IdempotencyKey>) -> Response {
    answer(bank.lookup(&key).await.map(wire::Known))
}

async fn complete_action(
    State(bank): Books,
    Path(checkout): Path<CheckoutId>,
    Json(wire::Answer(said)): Json<wire::Answer>,
) -> Response {
    answer(bank.complete_action(checkout, said))
}

async fn books(State(bank): Books) -> Json<Vec<wire::Entry>> {
    Json(bank.books().into_iter().map(wire::Entry).collect())
}

/// What came of it, why not, or, where the demo bank plays that its answer was lost, nothing of use.
fn answer(said: Result<impl Serialize, GatewayError>) -> Response {
    match said {
        Ok(done) => Json(done).into_response(),
        Err(GatewayError::Rejected { code, message }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(wire::Rejection { code, message })).into_response()
        }
        Err(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
    }
}
