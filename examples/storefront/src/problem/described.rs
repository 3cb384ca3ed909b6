use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::{
    IntoResponses, ToSchema as _,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder, header::Header},
};

use super::Details;

/// The problems of one status, for the description of a route that may answer with them.
macro_rules! described {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $description:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([described(StatusCode::$status, $description)])
            }
        }
    )*};
}

described! {
    /// Only somebody else may do this.
    Forbidden = FORBIDDEN, "It is somebody else's";
    /// There is no such thing.
    NotFound = NOT_FOUND, "There is no such thing";
    /// It is too late, too early or something else already.
    Conflict = CONFLICT, "The id was used for something else, it is too late or too early, or somebody else was first";
    /// The shop refuses.
    Refused = UNPROCESSABLE_ENTITY, "The shop refuses";
    /// A gateway refused for good.
    BadGateway = BAD_GATEWAY, "The bank cannot be worked with: a person has to look";
}

type Described = (String, RefOr<Response>);

/// What any route may answer.
pub(crate) fn of_anything() -> Vec<Described> {
    vec![
        described(StatusCode::INTERNAL_SERVER_ERROR, "A person has to look"),
        described(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not now: `retry` says whether something may have happened",
        ),
    ]
}

/// What a route may answer that is for the shop's people, or shows them more.
pub(crate) fn of_caller() -> Vec<Described> {
    vec![described(StatusCode::UNAUTHORIZED, "The admin's token is missing or wrong")]
}

/// What a route may answer that reads the path, the query or a header.
pub(crate) fn of_parameters() -> Vec<Described> {
    vec![described(StatusCode::BAD_REQUEST, "The path, the query, a header or the JSON cannot be read")]
}

/// What a route may answer that changes only what was read.
pub(crate) fn of_condition() -> Vec<Described> {
    vec![
        described(StatusCode::PRECONDITION_FAILED, "It was changed since it was read"),
        described(StatusCode::PRECONDITION_REQUIRED, "`If-Match` is missing"),
    ]
}

/// What a route may answer that reads a body.
pub(crate) fn of_body() -> Vec<Described> {
    let body = [
        described(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
        described(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON"),
        described(StatusCode::UNPROCESSABLE_ENTITY, "The JSON says what cannot be, or the shop refuses"),
    ];
    of_parameters().into_iter().chain(body).collect()
}

fn described(status: StatusCode, description: &str) -> Described {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Details::name()))).build();
    let response =
        ResponseBuilder::new().description(description).content("application/problem+json", problem);
    let response = match status {
        StatusCode::UNAUTHORIZED => response.header("WWW-Authenticate", Header::default()),
        StatusCode::SERVICE_UNAVAILABLE => response.header("Retry-After", Header::default()),
        _ => response,
    };
    (status.as_str().to_owned(), RefOr::T(response.build()))
}
