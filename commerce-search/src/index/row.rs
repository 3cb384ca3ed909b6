use commerce_core::domain::ids::ProductId;
use uuid::Uuid;

use crate::document::Numbers;

/// What is written down of a product each time it changes: its numbers, and which of its words are indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Rises with every change of any product.
    pub(crate) seq: u64,
    /// Its place in the columns.
    pub(crate) slot: u32,
    pub(crate) product: ProductId,
    pub(crate) version: u64,
    /// The `seq` of the change that last changed its words.
    pub(crate) words: u64,
    /// Of its document; 0 when it is not to be found.
    pub(crate) fingerprint: u64,
    /// Units sold in 30 days.
    pub(crate) sold: u32,
    pub(crate) numbers: Numbers,
}

/// Stands for no price.
pub(crate) const NO_PRICE: i64 = i64::MIN;
/// Stands for no rating.
pub(crate) const NO_RATING: u16 = u16::MAX;

impl Row {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + 8 * self.numbers.prices.len());
        bytes.extend_from_slice(&self.seq.to_le_bytes());
        bytes.extend_from_slice(&self.slot.to_le_bytes());
        bytes.extend_from_slice(self.product.uuid().as_bytes());
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes.extend_from_slice(&self.words.to_le_bytes());
        bytes.extend_from_slice(&self.fingerprint.to_le_bytes());
        bytes.extend_from_slice(&self.sold.to_le_bytes());
        bytes.extend_from_slice(&self.numbers.stock.to_le_bytes());
        bytes.extend_from_slice(&self.numbers.rating.unwrap_or(NO_RATING).to_le_bytes());
        bytes.extend_from_slice(&self.numbers.created.to_le_bytes());
        for price in &self.numbers.prices {
            bytes.extend_from_slice(&price.unwrap_or(NO_PRICE).to_le_bytes());
        }
        bytes
    }

    /// The row, if these bytes are one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let row = Self {
            seq: u64::from_le_bytes(take(&mut rest)?),
            slot: u32::from_le_bytes(take(&mut rest)?),
            product: ProductId::from_uuid(Uuid::from_bytes(take(&mut rest)?)),
            version: u64::from_le_bytes(take(&mut rest)?),
            words: u64::from_le_bytes(take(&mut rest)?),
            fingerprint: u64::from_le_bytes(take(&mut rest)?),
            sold: u32::from_le_bytes(take(&mut rest)?),
            numbers: Numbers {
                stock: i64::from_le_bytes(take(&mut rest)?),
                rating: Some(u16::from_le_bytes(take(&mut rest)?)).filter(|rating| *rating != NO_RATING),
                created: i64::from_le_bytes(take(&mut rest)?),
                prices: Vec::new(),
            },
        };
        let mut prices = Vec::new();
        while !rest.is_empty() {
            let price = i64::from_le_bytes(take(&mut rest)?);
            prices.push(Some(price).filter(|price| *price != NO_PRICE));
        }
        Some(Self { numbers: Numbers { prices, ..row.numbers }, ..row })
    }
}

/// The next bytes, as many as the type has.
pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let numbers = Numbers { prices: vec![Some(-1), None], stock: i64::MAX, rating: None, created: 7 };
        let product = ProductId::from_uuid(Uuid::from_u128(3));
        let row = Row { seq: 1, slot: 2, product, version: 4, words: 1, fingerprint: 5, sold: 6, numbers };
        let bytes = row.encode();
        assert_eq!(Row::decode(&bytes), Some(row));
        assert_eq!(Row::decode(&bytes[..bytes.len() - 1]), None);
    }
}
