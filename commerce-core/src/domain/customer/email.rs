use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// An e-mail address in lower case: two spellings of one mailbox are one buyer.
///
/// Only the outer shape is checked (one `@` with text on both sides, at most 254 characters as RFC 5321 allows);
/// whether somebody reads it is for a message to find out. `Debug` shows only the domain.
///
/// ```
/// use commerce_core::domain::customer::Email;
///
/// assert_eq!(Email::new(" Ann@Example.com ")?.as_str(), "ann@example.com");
/// assert!(Email::new("ann").is_err());
/// # Ok::<(), commerce_core::domain::customer::InvalidEmail>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(Arc<str>);

/// The text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is name@domain, at most {} characters", Email::LIMIT)]
pub struct InvalidEmail;

impl Email {
    /// The longest address, in characters.
    pub const LIMIT: usize = 254;

    /// The address, trimmed and in lower case.
    pub fn new(address: impl AsRef<str>) -> Result<Self, InvalidEmail> {
        let address = address.as_ref().trim().to_lowercase();
        let clean = !address.chars().any(|c| c.is_control() || c.is_whitespace());
        match address.rsplit_once('@') {
            Some((name, domain))
                if clean && !name.is_empty() && !domain.is_empty() && address.len() <= Self::LIMIT =>
            {
                Ok(Self(address.into()))
            }
            _ => Err(InvalidEmail),
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        write!(f, "Email(…@{domain})")
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}
