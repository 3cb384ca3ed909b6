use axum::{
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::StatusCode,
};
use commerce_kit::Retry;

use super::Problem;
use crate::routes::BODY_LIMIT;

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let (code, detail) = match &rejection {
            JsonRejection::JsonSyntaxError(_) => ("malformed_json", rejection.body_text()),
            JsonRejection::JsonDataError(_) => ("invalid_body", rejection.body_text()),
            JsonRejection::MissingJsonContentType(_) => ("not_json", "send application/json".into()),
            _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                ("body_too_large", format!("a body has at most {BODY_LIMIT} bytes"))
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
