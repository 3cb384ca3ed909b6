use axum::{extract::State, http::StatusCode};
use commerce_kit::{domain::ids::CheckoutId, gateway::GatewayError, memory::BuyerAnswer};
use serde::Deserialize;

use crate::{
    App,
    extract::{Body, Path},
    problem::Problem,
};

/// What the buyer tells their bank.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    answer: Answer,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Approve,
    Decline,
}

/// The page of the buyer's bank, which a real gateway would show: it tells the gateway and not the shop, so the
/// checkout has to be told to look again.
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
