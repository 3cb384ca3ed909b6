use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PromotionProblem;
use crate::domain::ids::CouponCode;

/// Codes that were made for one promotion, each good for one order: `SPRING-0007` and twelve more letters and digits.
///
/// The codes are not stored. Each is the promotion's own code, a dash, its number and a digest of that number under
/// the batch's secret: 60 bits that nobody can guess. So a hundred thousand codes cost no more than one, and a use
/// is counted under the code's number.
///
/// ```
/// use commerce_core::domain::{ids::CouponCode, pricing::{BatchSecret, CodeBatch}};
///
/// let batch = CodeBatch { secret: BatchSecret::new(uuid::Uuid::new_v4()), count: 1_000 };
/// let prefix = CouponCode::new("SPRING")?;
/// let seventh = batch.code(&prefix, 7).ok_or("there are a thousand")?;
/// assert_eq!(batch.number_of(&prefix, &seventh), Some(7));
/// assert_eq!(batch.number_of(&prefix, &CouponCode::new("SPRING-0007AAAAAAAAAAAA")?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeBatch {
    /// What makes the codes. Another secret makes other codes, and the old ones are none any more.
    pub secret: BatchSecret,
    /// How many codes there are, at most [`CodeBatch::CODES`]; numbered from 0. More may be added later.
    pub count: u32,
}

/// What makes the codes of a batch. Whoever has it can make them all, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchSecret(Uuid);

impl BatchSecret {
    /// A secret of random bits: a UUID of version 4, used for nothing else.
    pub const fn new(random: Uuid) -> Self {
        Self(random)
    }
}

impl fmt::Debug for BatchSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BatchSecret(…)")
    }
}

/// Crockford's digits of base 32: no letter that looks like a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of a code's number.
const NUMBER: u32 = 4;
/// Digits of the digest.
const DIGEST: u32 = 12;

impl CodeBatch {
    /// The most codes.
    pub const CODES: u32 = 100_000;
    /// The longest code of a promotion that has a batch, in characters.
    pub const PREFIX: usize = CouponCode::LIMIT - 17;

    /// The code of this number; none beyond the last.
    pub fn code(&self, prefix: &CouponCode, number: u32) -> Option<CouponCode> {
        let known = number < self.count;
        known.then(|| CouponCode::new(format!("{prefix}-{}", self.tail(number))).ok()).flatten()
    }

    /// All codes, by number.
    pub fn codes<'a>(&'a self, prefix: &'a CouponCode) -> impl Iterator<Item = CouponCode> + 'a {
        (0..self.count).filter_map(move |number| self.code(prefix, number))
    }

    /// The number of a code; none when it is no code of this batch.
    pub fn number_of(&self, prefix: &CouponCode, code: &CouponCode) -> Option<u32> {
        let tail = code.as_str().strip_prefix(prefix.as_str())?.strip_prefix('-')?;
        let digits = tail.bytes().take(usize::try_from(NUMBER).ok()?);
        let number = digits
            .map(|digit| DIGITS.iter().position(|known| *known == digit))
            .try_fold(0_u32, |number, digit| Some(number << 5 | u32::try_from(digit?).ok()?))?;
        (number < self.count && self.tail(number) == tail).then_some(number)
    }

    /// The code of the promotion that a code would belong to if it came from a batch.
    pub fn prefix_of(code: &CouponCode) -> Option<CouponCode> {
        code.as_str().rsplit_once('-').and_then(|(prefix, _)| CouponCode::new(prefix).ok())
    }

    pub(super) fn check(&self, prefix: Option<&CouponCode>) -> Result<(), PromotionProblem> {
        let fits = prefix.is_some_and(|prefix| prefix.as_str().chars().count() <= Self::PREFIX);
        if fits && (1..=Self::CODES).contains(&self.count) { Ok(()) } else { Err(PromotionProblem::Batch) }
    }

    /// The number, and the low 60 bits of its name-based UUID (version 5) under the secret: those are all digest.
    fn tail(&self, number: u32) -> String {
        let digest = Uuid::new_v5(&self.secret.0, &number.to_be_bytes()).as_u128();
        [digits(number.into(), NUMBER), digits(digest, DIGEST)].concat()
    }
}

/// The last digits of a number in base 32.
fn digits(number: u128, count: u32) -> String {
    let digit = |place: u32| {
        let digit = usize::try_from(number >> (5 * place) & 31).unwrap_or_default();
        char::from(DIGITS[digit])
    };
    (0..count).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn batch(secret: u128, count: u32) -> CodeBatch {
        CodeBatch { secret: BatchSecret::new(Uuid::from_u128(secret)), count }
    }

    fn prefix() -> CouponCode {
        CouponCode::new("to-you").unwrap()
    }

    #[test]
    fn every_code_of_the_largest_batch_is_another_one_and_knows_its_number() {
        let batch = batch(7, CodeBatch::CODES);
        let codes: Vec<_> = batch.codes(&prefix()).collect();
        for (number, code) in (0..).zip(&codes) {
            assert_eq!(batch.number_of(&prefix(), code), Some(number));
            assert_eq!(CodeBatch::prefix_of(code), Some(prefix()));
        }
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 100_000);
    }

    #[test]
    fn what_was_not_made_is_no_code() {
        let made = batch(7, 10);
        let ninth = made.code(&prefix(), 9).unwrap();
        assert_eq!(made.code(&prefix(), 10), None);
        assert_eq!(batch(7, 9).number_of(&prefix(), &ninth), None, "there are only nine");
        assert_eq!(batch(8, 10).number_of(&prefix(), &ninth), None, "it was made with another secret");
        for wrong in ["TO-YOU", "TO-YOU-", "TO-YOU-0009", "TO-YOU-00!9", "OTHER-0009"] {
            assert_eq!(made.number_of(&prefix(), &CouponCode::new(wrong).unwrap()), None, "{wrong}");
        }
        let longer = CouponCode::new(format!("{ninth}0")).unwrap();
        assert_eq!(made.number_of(&prefix(), &longer), None);
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", batch(0x1234_5678, 1)).contains("12345678"));
    }
}
