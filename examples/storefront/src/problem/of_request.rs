use std::fmt::Display;

use axum::{
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::StatusCode,
};
use commerce_kit::Retry;

use super::Problem;
use crate::routes::{ADMIN_BODY_LIMIT, BODY_LIMIT};

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let (code, detail) = match &rejection {
            JsonRejection::JsonSyntaxError(_) => ("malformed_json", rejection.body_text()),
            JsonRejection::JsonDataError(_) => ("invalid_body", rejection.body_text()),
            JsonRejection::MissingJsonContentType(_) => ("not_json", "send application/json".into()),
            _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!(
                    "a body has at most {BODY_LIMIT} bytes, and {ADMIN_BODY_LIMIT} below /api/v1/admin"
                );
                ("body_too_large", detail)
            }
            _ => ("unreadable_body", rejection.body_text()),
        };
        Self::new(rejection.status(), code, detail)
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), "invalid_path", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), "invalid_query", rejection.body_text())
    }
}

impl Problem {
    /// What stands after the question mark cannot be read.
    pub fn invalid_query(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_query", detail)
    }

    /// `If-Match` holds no entity tags.
    pub fn invalid_condition() -> Self {
        let detail = "If-Match: expected an entity tag as ETag shows it, such as \"3\"";
        Self::new(StatusCode::BAD_REQUEST, "invalid_condition", detail)
    }

    /// The change does not say which version it is for.
    pub fn unconditional() -> Self {
        let detail = "read it first, and send its ETag back as If-Match";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "unconditional", detail)
    }

    /// The change is for another version than the latest.
    pub fn stale() -> Self {
        let detail = "it was changed since it was read: read it again, and decide again";
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", detail)
    }

    /// The path and the body name different things.
    pub fn other_id(what: &'static str, path: impl Display, body: impl Display) -> Self {
        let detail = format!("the path names {what} {path} and the body {body}: an id never changes");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "other_id", detail)
    }

    /// Nothing is found at this path.
    pub fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_such_route", "there is nothing at this path")
    }

    /// The path is right, the method is not.
    pub fn method_not_allowed() -> Self {
        let detail = "this cannot be done here: the Allow header says what can";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// The answer took too long; what was begun goes on without it.
    pub fn timeout() -> Self {
        let detail = "the answer took too long: read back what became of it";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail).with_retry(Retry::ReadBackFirst)
    }
}
