use axum::{extract::State, http::StatusCode};
use commerce_kit::{domain::ids::CheckoutId, gateway::GatewayError, memory::BuyerAnswer};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    App,
    extract::{Body, Path},
    problem::{Conflict, Problem},
};

/// What the buyer tells their bank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    answer: Answer,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Approve,
    Decline,
}

/// The page of the buyer's bank, which a real gateway would show.
///
/// It tells the gateway and not the shop, so the checkout has to be told to look again.
#[utoipa::path(
    post, path = "/demo/actions/{checkout}", operation_id = "answer_bank", tag = "demo",
    params(("checkout" = CheckoutId, Path)),
    request_body = Action,
    responses((status = 204, description = "The bank knows"), Conflict)
)]
pub(super) async fn answer(
    State(app): State<App>,
    Path(checkout): Path<CheckoutId>,
    Body(action): Body<Action>,
) -> Result<StatusCode, Problem> {
    let answer = match action.answer {
        Answer::Approve => BuyerAnswer::Approve,
        Answer::Decline => BuyerAnswer::Decline,
    };
    match app.bank.complete_action(checkout, answer).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(GatewayError::Rejected { code, message }) => {
            Err(Problem::new(StatusCode::CONFLICT, code, message))
        }
        Err(error) => Err(commerce_kit::Error::from(error).into()),
    }
}
