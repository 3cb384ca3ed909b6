use commerce_core::{
    domain::ids::ProductId,
    gateway::{Cursor, SearchError, Standing},
};

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The state of the index that the page was answered from.
    pub(crate) state: u64,
    /// How many things were no longer asked for.
    pub(crate) relaxed: usize,
    pub(crate) standing: Standing,
    /// The stretch of the answers that is ordered as one, from 0.
    pub(crate) stretch: usize,
    /// The key of the last product: the bits of its score, or what it is ordered by.
    pub(crate) key: i64,
    pub(crate) product: ProductId,
}

impl Place {
    pub(crate) fn write(self) -> Cursor {
        let standing = u8::from(self.standing == Standing::Similar);
        let Self { state, relaxed, stretch, key, product, .. } = self;
        Cursor::new(format!("{state}.{relaxed}.{standing}.{stretch}.{key}.{product}"))
    }

    pub(crate) fn read(cursor: &Cursor) -> Result<Self, SearchError> {
        let text = cursor.as_str();
        let read = (text.len() <= Cursor::LIMIT).then(|| Self::parse(text)).flatten();
        read.ok_or_else(|| SearchError::refused("the cursor was written by nobody"))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut next = || parts.next();
        let place = Self {
            state: next()?.parse().ok()?,
            relaxed: next()?.parse().ok()?,
            standing: match next()? {
                "0" => Standing::Exact,
                "1" => Standing::Similar,
                _ => return None,
            },
            stretch: next()?.parse().ok()?,
            key: next()?.parse().ok()?,
            product: next()?.parse().ok()?,
        };
        next().is_none().then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_nobody_wrote_is_refused() {
        let product = ProductId::from_uuid(uuid::Uuid::from_u128(9));
        let standing = Standing::Similar;
        let place = Place { state: 7, relaxed: 1, standing, stretch: 2, key: i64::MIN, product };
        assert_eq!(Place::read(&place.write()).ok(), Some(place));
        for text in [
            "",
            ".",
            "1.2.3",
            "7.1.1.2.3.x",
            "7.1.2.2.3.00000000-0000-0000-0000-000000000009",
            "-1.0.0.0.0.0",
        ] {
            assert!(Place::read(&Cursor::new(text)).is_err(), "{text}");
        }
        assert!(Place::read(&Cursor::new("1".repeat(201))).is_err());
    }
}
