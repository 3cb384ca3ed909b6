//! What is answered when something cannot be done: problem details (RFC 9457) with a stable code.
//!
//! | status | when | retry |
//! |---|---|---|
//! | 400 | the path, the query or the JSON cannot be read | never |
//! | 401, 403 | the admin's token is missing or wrong; the e-mail address is not the order's | never |
//! | 404, 405 | there is no such thing, or this cannot be done to it | never |
//! | 409 | an id was used for something else, or it is too late or too early | never |
//! | 409 `conflict` | somebody else was first | after |
//! | 413, 415 | the body is too large, or not JSON | never |
//! | 422 | the JSON can be read, but says what cannot be; or the shop refuses | never |
//! | 500, 502 | a person has to look | never |
//! | 503 `unavailable` | nothing happened; `Retry-After` says when to try again | after |
//! | 503 `uncertain`, `timeout` | it may or may not have happened | read back first |

mod of_request;
mod of_shop;

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use commerce_kit::Retry;
use serde::Serialize;
use serde_json::{Map, Value};

/// Why a request was not done, and what to do next.
#[derive(Debug)]
pub struct Problem(Box<Details>);

#[derive(Debug, Serialize)]
struct Details {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    detail: String,
    code: String,
    retry: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(flatten)]
    more: Map<String, Value>,
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
            retry: "never",
            retry_after_ms: None,
            more: Map::new(),
        }))
    }

    /// The same, with what the engine says to do next.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        let (word, pause) = match retry {
            Retry::Never => ("never", None),
            Retry::After(pause) => ("after", Some(pause)),
            Retry::ReadBackFirst => ("read_back_first", None),
        };
        self.0.retry = word;
        self.0.retry_after_ms = pause.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// The same, with one more thing to know.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.0.more.insert(name.into(), value);
        }
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
        Self::new(StatusCode::NOT_FOUND, "not_found", detail).with("what", &what).with("id", &id)
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
