//! Conditional requests (RFC 9110, section 13): nobody of the shop overwrites what they have not read.
//!
//! Whoever reads a record gets its version as an entity tag; whoever changes it says in `If-Match` which version they
//! decided upon. Without the header it is 428, and 412 when somebody else was first.

use axum::{
    Json,
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{ETAG, IF_MATCH},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use commerce_kit::storage::Version;
use serde::Serialize;
use utoipa::{
    IntoParams, PartialSchema as _,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::problem::Problem;

/// Which version of a record the change is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever there is, read or not.
    Any,
    /// The version with one of these tags.
    Tags(Vec<String>),
}

/// A record as JSON, with its version as a header.
#[derive(Debug)]
pub struct Tagged<T>(pub Version, pub T);

impl IfMatch {
    /// Lets a change of this version pass.
    ///
    /// # Errors
    /// 412 when the condition names another one.
    pub fn check(&self, version: Version) -> Result<(), Problem> {
        match self {
            Self::Tags(tags) if !tags.contains(&tag(version)) => Err(Problem::stale()),
            _ => Ok(()),
        }
    }

    /// The condition in all `If-Match` lines; nothing if one of them cannot be read.
    fn read(headers: &HeaderMap) -> Option<Self> {
        let mut tags = Vec::new();
        for line in headers.get_all(IF_MATCH) {
            let line = line.to_str().ok()?.trim();
            if line == "*" {
                return Some(Self::Any);
            }
            tags.extend(strong_tags(line)?);
        }
        Some(Self::Tags(tags))
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(IF_MATCH) {
            return Err(Problem::unconditional());
        }
        Self::read(&parts.headers).ok_or_else(Problem::invalid_condition)
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let header = ParameterBuilder::new().name(IF_MATCH.as_str()).parameter_in(ParameterIn::Header);
        let description = "The `ETag` of what was read, or `*` for whatever there is; 428 without it";
        // Missing is a status of its own, but a client that goes by the document always sends it.
        let header = header.required(Required::True).description(Some(description));
        vec![header.schema(Some(String::schema())).build()]
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let Self(version, record) = self;
        ([(ETAG, tag(version))], Json(record)).into_response()
    }
}

/// A version says all of a record, so its tag is a strong one.
fn tag(version: Version) -> String {
    format!("\"{}\"", version.writes)
}

/// The tags of a list, without the weak ones: those match nothing here. A list may have empty places (RFC 9110,
/// section 5.6.1), but one of nothing else has no tag.
fn strong_tags(list: &str) -> Option<Vec<String>> {
    let between = [' ', '\t', ','];
    let (mut tags, mut rest) = (Vec::new(), list.trim_start_matches(between));
    loop {
        let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |rest| (true, rest));
        let (inside, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if !weak {
            tags.push(format!("\"{inside}\""));
        }
        let after = after.trim_start_matches([' ', '\t']);
        rest = after.trim_start_matches(between);
        if rest.is_empty() {
            return Some(tags);
        }
        after.strip_prefix(',')?;
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(line: &str) -> Option<IfMatch> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(line).unwrap());
        IfMatch::read(&headers)
    }

    fn passes(line: &str) -> bool {
        read(line).unwrap().check(Version { writes: 3, events: 9 }).is_ok()
    }

    #[test]
    fn a_change_passes_when_one_of_the_tags_is_that_of_the_version() {
        for line in ["\"3\"", "*", "\"2\", \"3\"", "\"a,b\",\"3\"", ", \"2\",,\t\"3\" ,"] {
            assert!(passes(line), "{line}");
        }
        for line in ["\"2\"", "W/\"3\"", "\"03\"", "\"\""] {
            assert!(!passes(line), "{line}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for line in ["3", "\"3", "\"3\" \"4\"", "\"3\", 4", "W/3", ",", ""] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }
}
