//! What is answered when something cannot be done: problem details (RFC 9457) with a stable code.
//!
//! | status | when | retry |
//! |---|---|---|
//! | 400 | the path, the query or the JSON cannot be read | never |
//! | 401, 403 | the admin's token is missing or wrong; the e-mail address is not the order's | never |
//! | 404, 405 | there is no such thing, or this cannot be done to it | never |
//! | 409 | an id was used for something else, or it is too late or too early | never |
//! | 409 `conflict` | somebody else was first | after |
//! | 412, 428 | `If-Match` names another version than the latest, or is missing | never |
//! | 413, 415 | the body is too large, or not JSON | never |
//! | 422 | the JSON can be read, but says what cannot be; or the shop refuses | never |
//! | 500, 502 | a person has to look | never |
//! | 503 `unavailable` | nothing happened; `Retry-After` says when to try again | after |
//! | 503 `uncertain`, `timeout` | it may or may not have happened | read back first |

mod described;
mod of_request;
mod of_shop;

pub use described::{BadGateway, Conflict, Forbidden, NotFound, Refused};
pub(crate) use described::{of_anything, of_body, of_caller, of_condition, of_parameters};

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use commerce_kit::{Retry, service::Checkout, storage::Refusal};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was not done, and what to do next.
#[derive(Debug)]
pub struct Problem(Box<Details>);

/// Why a request was not done, and what to do next (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Details {
    /// `about:blank`: the code says more.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What the status means.
    title: &'static str,
    /// The status of the answer.
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// What went wrong, for people.
    detail: String,
    /// A stable name for programs.
    code: String,
    /// What to do next.
    retry: Next,
    /// How long to wait first.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    /// What kind of thing was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'static str>,
    /// Which one was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What a guard of the store refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Refusal>,
    /// The checkout that ended without an order, or is too late to call off.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout: Option<Checkout>,
}

/// What to do after a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Retry)]
enum Next {
    /// The same request fails again: change it.
    Never,
    /// Nothing happened: the same request may work later.
    After,
    /// It may have happened: read it back first.
    ReadBackFirst,
}

impl Problem {
    /// A problem that the same request meets again.
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Problem"),
            status,
            detail: detail.into(),
            code: code.into(),
            retry: Next::Never,
            retry_after_ms: None,
            what: None,
            id: None,
            refusal: None,
            checkout: None,
        }))
    }

    /// The same, with what the engine says to do next.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        let (next, pause) = match retry {
            Retry::Never => (Next::Never, None),
            Retry::After(pause) => (Next::After, Some(pause)),
            Retry::ReadBackFirst => (Next::ReadBackFirst, None),
        };
        self.0.retry = next;
        self.0.retry_after_ms = pause.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// The same, with the whole checkout.
    #[must_use]
    pub fn with_checkout(mut self, checkout: Checkout) -> Self {
        self.0.checkout = Some(checkout);
        self
    }

    fn with_refusal(mut self, refusal: Refusal) -> Self {
        self.0.refusal = Some(refusal);
        self
    }

    fn with_missing(mut self, what: &'static str, id: String) -> Self {
        (self.0.what, self.0.id) = (Some(what), Some(id));
        self
    }

    /// Only the shop's people may do this.
    pub fn unauthorized() -> Self {
        let detail = "this is for the shop's people: send the admin's token as a bearer token";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// There is no such thing.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        let id = id.to_string();
        let detail = format!("there is no {what} {id}");
        Self::new(StatusCode::NOT_FOUND, "not_found", detail).with_missing(what, id)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self(details) = self;
        let (status, pause) = (details.status, details.retry_after_ms);
        let mut response = (status, Json(details)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE
            && let Some(pause) = pause
        {
            // The header counts whole seconds: a shorter pause is rounded up, never to "at once".
            headers.insert(RETRY_AFTER, HeaderValue::from(pause.div_ceil(1_000).max(1)));
        }
        response
    }
}

fn as_number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}
