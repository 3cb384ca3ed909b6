use std::time::Duration;

use axum::http::StatusCode;
use commerce_kit::{
    Error, Retry,
    checkout::CheckoutRefusal,
    domain::{cart::CartProblem, order::OrderProblem, payment::PaymentProblem},
    gateway::{GatewayError, SearchError},
    service::Checkout,
    storage::StoreError,
};

use super::Problem;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = status(&error);
        if status.is_server_error() {
            let cause: &dyn std::error::Error = &error;
            tracing::error!(cause, code = error.code(), "a request failed");
        }
        let problem = Self::new(status, error.code(), error.to_string()).with_retry(error.retry());
        match error {
            Error::NotFound { what, id } => problem.with_missing(what, id),
            Error::Refused(refusal) => problem.with_refusal(refusal),
            _ => problem,
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let (status, code) = match &error {
            SearchError::Refused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "search_refused"),
            SearchError::Unavailable { .. } | SearchError::NotYet { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "search_broken"),
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            let cause: &dyn std::error::Error = &error;
            tracing::error!(cause, "a search failed");
        }
        let problem = Self::new(status, code, error.to_string());
        let later = status == StatusCode::SERVICE_UNAVAILABLE;
        if later { problem.with_retry(Retry::After(Duration::from_secs(1))) } else { problem }
    }
}

impl Problem {
    /// The checkout ended without an order. It is carried whole: whether everything is undone yet is in its status.
    pub fn refused(why: &CheckoutRefusal, checkout: Checkout) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, why.code(), why.to_string()).with_checkout(checkout)
    }

    /// The record was changed after the condition was checked: that is as if it had not held.
    pub fn overtaken(error: Error) -> Self {
        match error {
            Error::Store(StoreError::Conflict { .. }) => Self::stale(),
            other => other.into(),
        }
    }
}

/// The kinds of trouble as HTTP knows them; what a later version of the engine adds is the server's fault until it
/// is named here.
fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound { .. }
        | Error::Cart(CartProblem::NoSuchLine { .. })
        | Error::Order(OrderProblem::NoSuchShipment { .. }) => StatusCode::NOT_FOUND,

        Error::Reused { .. }
        | Error::Forgotten { .. }
        | Error::NotWaiting
        | Error::TurnedBack { .. }
        | Error::Cart(CartProblem::Merged { .. })
        | Error::Order(OrderProblem::IllegalMove { .. } | OrderProblem::ShipmentReused { .. })
        | Error::Payment(PaymentProblem::RefundReused { .. })
        | Error::Store(StoreError::Conflict { .. }) => StatusCode::CONFLICT,

        Error::TooLong { .. }
        | Error::UnknownMarket { .. }
        | Error::PriceCurrency { .. }
        | Error::Product(_)
        | Error::Promotion(_)
        | Error::Cart(_)
        | Error::Quote(_)
        | Error::Request(_)
        | Error::Order(_)
        | Error::Payment(_)
        | Error::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,

        Error::Gateway(GatewayError::Rejected { .. }) => StatusCode::BAD_GATEWAY,
        Error::Store(StoreError::Unavailable { .. } | StoreError::Uncertain { .. }) | Error::Gateway(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use axum::{http::header::RETRY_AFTER, response::IntoResponse as _};

    use super::{super::Next, *};

    fn answer(error: Error) -> (StatusCode, Option<u64>, Next) {
        let problem = Problem::from(error);
        let retry = problem.0.retry;
        let response = problem.into_response();
        let pause = response.headers().get(RETRY_AFTER).map(|pause| pause.to_str().unwrap().parse().unwrap());
        (response.status(), pause, retry)
    }

    #[test]
    fn only_when_nothing_happened_may_the_same_be_sent_again() {
        let down = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(answer(StoreError::unavailable("").into()), (down, Some(1), Next::After));
        assert_eq!(answer(GatewayError::unavailable("").into()), (down, Some(1), Next::After));
        assert_eq!(answer(StoreError::uncertain("").into()), (down, None, Next::ReadBackFirst));
        assert_eq!(answer(GatewayError::uncertain("").into()), (down, None, Next::ReadBackFirst));
        let conflict = StoreError::Conflict { record: "cart".into() };
        assert_eq!(answer(conflict.into()), (StatusCode::CONFLICT, None, Next::After));
    }

    #[test]
    fn what_a_driver_said_stays_in_the_log() {
        let error = StoreError::corrupt("order 7", "password=hunter2");
        let problem = Problem::from(Error::from(error));
        assert_eq!(problem.0.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!serde_json::to_string(&problem.0).unwrap().contains("hunter2"));
    }
}
