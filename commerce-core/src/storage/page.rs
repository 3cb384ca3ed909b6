/// A page by key: at most `limit` items whose key comes after `after`, in the order of their keys.
///
/// Pages never skip or repeat an item that was there all the time, whatever is written between two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// The last key of the page before; none for the first page.
    pub after: Option<K>,
    /// The most items to answer, at most [`Page::LIMIT`].
    pub limit: usize,
}

impl<K> Page<K> {
    /// The largest page.
    pub const LIMIT: usize = 1_000;

    /// The first page.
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit: limit.min(Self::LIMIT) }
    }

    /// The page after this key.
    pub fn after(key: K, limit: usize) -> Self {
        Self { after: Some(key), limit: limit.min(Self::LIMIT) }
    }
}
