use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::ids::{InvalidCode, OrderId, OrderNumber};

/// Makes the numbers that buyers read on invoices.
///
/// # To be correct
/// - the same order and attempt give the same number;
/// - another attempt gives another number: the engine claims a number before any money moves and asks for the next
///   attempt when it is taken.
pub trait OrderNumbers: fmt::Debug + Send + Sync {
    /// The number for this order.
    fn number(
        &self,
        order: OrderId,
        placed_at: DateTime<Utc>,
        attempt: u32,
    ) -> Result<OrderNumber, InvalidCode>;
}

/// Numbers such as `261121-7K3M9Q`: the day, then 30 bits of the order's id in Crockford's base 32.
///
/// They say nothing about how many orders a shop has, and need no counter that all processes share.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimedNumbers;

impl OrderNumbers for TimedNumbers {
    fn number(
        &self,
        order: OrderId,
        placed_at: DateTime<Utc>,
        attempt: u32,
    ) -> Result<OrderNumber, InvalidCode> {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let mut bits = order.uuid().as_u128().rotate_right(attempt.wrapping_mul(5) % 60);
        let mut text = format!("{}-", placed_at.format("%y%m%d"));
        for _ in 0..6 {
            let digit = usize::from(bits.to_le_bytes()[0] % 32);
            text.push(char::from(DIGITS[digit]));
            bits >>= 5;
        }
        OrderNumber::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_number_is_short_and_another_attempt_is_another_number() {
        let order = OrderId::from_uuid(Uuid::from_u128(0x0193_5f00_0000_7abc_8def_0123_4567_89ab));
        let numbers: Vec<_> = (0..5)
            .map(|attempt| TimedNumbers.number(order, DateTime::UNIX_EPOCH, attempt).unwrap().to_string())
            .collect();
        assert!(numbers[0].starts_with("700101-") && numbers[0].len() == 13, "{}", numbers[0]);
        let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len());
    }
}
