use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// Where a product stands among what the shop sells: names from the widest to the narrowest, `drinks/hot/tea`.
///
/// ```
/// use commerce_core::domain::catalog::CategoryPath;
///
/// let drinks = CategoryPath::new("drinks")?;
/// assert!(drinks.holds(&CategoryPath::new("drinks/hot/tea")?));
/// assert!(!drinks.holds(&CategoryPath::new("drinks-to-go")?));
/// # Ok::<(), commerce_core::domain::catalog::InvalidCategoryPath>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CategoryPath(Arc<str>);

/// The text is no path of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a path of categories is one or more names with a slash between them, without spaces at their ends, at most {} characters",
    CategoryPath::LIMIT
)]
pub struct InvalidCategoryPath;

impl CategoryPath {
    /// The longest path, in characters.
    pub const LIMIT: usize = 200;

    /// The path, if every name in it can be seen.
    pub fn new(path: impl AsRef<str>) -> Result<Self, InvalidCategoryPath> {
        let path = path.as_ref();
        let visible =
            |name: &str| !name.is_empty() && name.trim() == name && !name.chars().any(char::is_control);
        if path.chars().count() <= Self::LIMIT && path.split('/').all(visible) {
            Ok(Self(path.into()))
        } else {
            Err(InvalidCategoryPath)
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the other is this category or one inside it.
    pub fn holds(&self, other: &Self) -> bool {
        let rest = other.0.strip_prefix(&*self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for CategoryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CategoryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CategoryPath({:?})", &*self.0)
    }
}

impl<'de> Deserialize<'de> for CategoryPath {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_no_name_that_nobody_can_see() {
        for path in ["", "/", "drinks/", "/drinks", "drinks//tea", "drinks/ tea", "a\n"] {
            assert_eq!(CategoryPath::new(path), Err(InvalidCategoryPath), "{path:?}");
        }
    }
}
