use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{InvalidCode, MethodKind};

/// How a buyer pays: a kind that people know, and the gateway's token for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PaymentMethod {
    /// Such as `card`, `wallet`, `upi`.
    pub kind: MethodKind,
    /// What the gateway calls this means of payment.
    pub token: PaymentToken,
}

/// A gateway's token. `Debug` never shows it, and a card number is refused.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PaymentToken(String);

/// The text is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment token has 1 to {} characters and is never a card number", PaymentToken::LIMIT)]
pub struct InvalidToken;

/// The kind or the token is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMethod {
    /// The kind.
    #[error(transparent)]
    Kind(#[from] InvalidCode),
    /// The token.
    #[error(transparent)]
    Token(#[from] InvalidToken),
}

impl PaymentToken {
    /// The longest token, in bytes.
    pub const LIMIT: usize = 500;

    /// The token, unless it is empty, too long, or looks like a card number (12 to 19 digits, ISO/IEC 7812).
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidToken> {
        let token = token.into();
        let separator = |c: char| c == ' ' || c == '-';
        let digits = token.chars().filter(char::is_ascii_digit).count();
        let card = (12..=19).contains(&digits) && token.chars().all(|c| c.is_ascii_digit() || separator(c));
        if token.is_empty() || token.len() > Self::LIMIT || card {
            Err(InvalidToken)
        } else {
            Ok(Self(token))
        }
    }

    /// The token, for the gateway's eyes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl PaymentMethod {
    /// A method of this kind.
    ///
    /// ```
    /// use commerce_core::domain::payment::PaymentMethod;
    ///
    /// let card = PaymentMethod::new("card", "tok_1234")?;
    /// assert!(PaymentMethod::new("card", "4111 1111 1111 1111").is_err());
    /// # drop(card);
    /// # Ok::<(), commerce_core::domain::payment::InvalidMethod>(())
    /// ```
    pub fn new(kind: impl AsRef<str>, token: impl Into<String>) -> Result<Self, InvalidMethod> {
        Ok(Self { kind: MethodKind::new(kind)?, token: PaymentToken::new(token)? })
    }
}

impl fmt::Debug for PaymentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaymentToken(…)")
    }
}

impl<'de> Deserialize<'de> for PaymentToken {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_has_no_place_to_go() {
        for card in ["4111111111111111", "4111 1111 1111 1111", "3782-822463-10005"] {
            assert_eq!(PaymentToken::new(card), Err(InvalidToken), "{card}");
        }
        assert!(PaymentToken::new("tok_4111111111111111").is_ok());
    }

    #[test]
    fn a_token_is_never_shown() {
        let method = PaymentMethod::new("card", "tok_secret").unwrap();
        assert!(!format!("{method:?}").contains("secret"));
    }
}
