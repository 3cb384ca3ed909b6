//! Who may do what only the shop's people do: whoever shows the admin's token.

use std::{fmt, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{App, problem::Problem};

/// The secret of the shop's people. `Debug` never shows it.
#[derive(Clone)]
pub struct AdminToken(Arc<str>);

/// The text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeakToken;

impl AdminToken {
    /// The shortest token, in bytes: an empty one would let everybody in.
    pub const LEAST: usize = 16;

    /// The token, if it is long enough to be a secret and can be sent in a header.
    pub fn new(token: &str) -> Result<Self, WeakToken> {
        let sendable = token.bytes().all(|byte| byte.is_ascii_graphic());
        if sendable && token.len() >= Self::LEAST { Ok(Self(token.into())) } else { Err(WeakToken) }
    }

    /// A token that nobody has seen, of 244 random bits.
    pub fn random() -> Self {
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into())
    }

    /// The token, for the eyes of whoever started the shop.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this is the token. How long the answer takes says nothing about how much of it was right.
    fn is(&self, shown: &str) -> bool {
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

impl fmt::Display for WeakToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the admin's token must have at least {} visible ASCII characters", AdminToken::LEAST)
    }
}

impl std::error::Error for WeakToken {}

/// Who asks. Whoever shows a wrong token is nobody, not a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Somebody without a token.
    Guest,
    /// Somebody of the shop.
    Admin,
}

/// Somebody of the shop asks; everybody else is turned away.
#[derive(Debug, Clone, Copy)]
pub struct Admin;

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match bearer(&parts.headers) {
            None if !parts.headers.contains_key(AUTHORIZATION) => Ok(Self::Guest),
            Some(shown) if app.admin.is(shown) => Ok(Self::Admin),
            _ => Err(Problem::unauthorized()),
        }
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, app).await? {
            Caller::Admin => Ok(Self),
            Caller::Guest => Err(Problem::unauthorized()),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_no_secret_is_refused() {
        for weak in ["", "admin", "fifteen-letters", "sixteen letters, with spaces"] {
            assert!(AdminToken::new(weak).is_err(), "{weak:?}");
        }
        assert!(AdminToken::new("sixteen-letters!").is_ok());
    }

    #[test]
    fn a_token_is_never_shown() {
        let token = AdminToken::random();
        assert!(token.is(token.reveal()));
        assert!(!token.is("") && !token.is(AdminToken::random().reveal()));
        assert!(!format!("{token:?}").contains(token.reveal()));
    }
}
