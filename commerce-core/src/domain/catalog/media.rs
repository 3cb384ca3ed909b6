use std::{collections::BTreeSet, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::ids::Sku;

/// A picture of a product, or something else that shows it. The engine keeps the address, never the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where it is.
    pub url: MediaUrl,
    /// What it shows, for those who cannot see it: up to [`Media::ALT`] characters.
    #[serde(default)]
    pub alt: String,
    /// The variants it shows; none means all of them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skus: BTreeSet<Sku>,
}

/// What shows a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Something to turn around.
    Model,
    /// Something to read, such as a manual.
    Document,
}

/// Where something can be fetched: an `https` or `http` address, or a path on the shop's own server.
///
/// ```
/// use commerce_core::domain::catalog::MediaUrl;
///
/// assert!(MediaUrl::new("https://cdn.example.com/mug.webp").is_ok());
/// assert!(MediaUrl::new("/media/mug.webp").is_ok());
/// assert!(MediaUrl::new("javascript:alert(1)").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MediaUrl(Arc<str>);

/// The text is no address of a kind that a page may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "media are at an https or http address or at a path that begins with a slash, without spaces, at most {} characters",
    MediaUrl::LIMIT
)]
pub struct InvalidMediaUrl;

impl Media {
    /// The longest description, in characters.
    pub const ALT: usize = 500;

    /// A picture of all variants.
    pub fn image(url: MediaUrl, alt: impl Into<String>) -> Self {
        Self { kind: MediaKind::Image, url, alt: alt.into(), skus: BTreeSet::new() }
    }

    /// Whether it shows this variant.
    pub fn shows(&self, sku: &Sku) -> bool {
        self.skus.is_empty() || self.skus.contains(sku)
    }
}

impl MediaUrl {
    /// The longest address, in characters.
    pub const LIMIT: usize = 2_048;

    /// The address, if a page may show what is there. `//host/path` is refused: it is no path of the shop's own.
    pub fn new(url: impl AsRef<str>) -> Result<Self, InvalidMediaUrl> {
        let url = url.as_ref();
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let path = url.strip_prefix('/').filter(|path| !path.starts_with(['/', '\\']));
        let somewhere = host.or(path).is_some_and(|rest| !rest.is_empty());
        if somewhere
            && url.chars().count() <= Self::LIMIT
            && !url.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            Ok(Self(url.into()))
        } else {
            Err(InvalidMediaUrl)
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MediaUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaUrl({:?})", &*self.0)
    }
}

impl<'de> Deserialize<'de> for MediaUrl {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_run_something_is_refused() {
        let wrong =
            ["", "/", "//evil.example/x.png", "/\\evil.example", "https://", "data:text/html,x", "a.png"];
        for url in wrong.into_iter().chain(["JAVASCRIPT:alert(1)", " https://x", "https://x y", "/a\n"]) {
            assert_eq!(MediaUrl::new(url), Err(InvalidMediaUrl), "{url:?}");
        }
        assert!(MediaUrl::new(format!("/{}", "x".repeat(2_048))).is_err());
    }
}
