use std::{cmp::Ordering, num::NonZeroU32};

use rust_decimal::Decimal;

use crate::domain::{
    cart::Quantity,
    money::{MoneyError, Rounding},
};

/// An exact fraction that an amount is multiplied by, rounding once at the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// So many pieces of a price that is for `unit_quantity` of them.
    pub(super) fn pieces(quantity: Quantity, unit_quantity: NonZeroU32) -> Self {
        Self { numerator: quantity.units().into(), denominator: unit_quantity.get().into() }
    }

    /// So many of a hundred.
    pub(super) fn percent(percent: Decimal) -> Self {
        // A decimal has at most 28 digits behind the point, so this is at most 10^30, and fits.
        Self { numerator: percent.mantissa(), denominator: 10_i128.pow(percent.scale() + 2) }
    }

    /// So many of a hundred of some of the pieces of a line.
    pub(super) fn percent_of_pieces(percent: Decimal, pieces: i64, of: i64) -> Self {
        let Self { numerator, denominator } = Self::percent(percent);
        // A line has at most 10,000 pieces, so this is at most 10^34, and fits.
        Self { numerator: numerator * i128::from(pieces), denominator: denominator * i128::from(of) }
    }

    /// The part of a sum that is the percentage already added to it: 19 of 119.
    pub(super) fn contained_percent(percent: Decimal) -> Self {
        let Self { numerator, denominator } = Self::percent(percent);
        Self { numerator, denominator: denominator + numerator }
    }

    /// This fraction of so many minor units.
    pub(super) fn of(self, minor: i64, rounding: Rounding) -> Result<i64, MoneyError> {
        let exact = i128::from(minor).checked_mul(self.numerator).ok_or(MoneyError::Overflow)?;
        let whole = exact.checked_div(self.denominator).ok_or(MoneyError::Overflow)?;
        let rest = (exact - whole * self.denominator).unsigned_abs();
        let away_from_zero = match (2 * rest).cmp(&self.denominator.unsigned_abs()) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => match rounding {
                Rounding::HalfUp => true,
                Rounding::HalfEven => whole % 2 != 0,
            },
        };
        let rounded = if away_from_zero { whole + exact.signum() } else { whole };
        i64::try_from(rounded).map_err(|_| MoneyError::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::{dec, prelude::ToPrimitive};

    use super::*;

    #[test]
    fn what_does_not_fit_is_an_error() {
        let all = Ratio::percent(dec!(100));
        assert_eq!(all.of(i64::MAX, Rounding::HalfUp), Ok(i64::MAX));
        assert_eq!(Ratio::percent(dec!(200)).of(i64::MAX, Rounding::HalfUp), Err(MoneyError::Overflow));
        assert_eq!(Ratio::percent(Decimal::MAX).of(i64::MAX, Rounding::HalfUp), Err(MoneyError::Overflow));
        assert_eq!(Ratio::contained_percent(dec!(-100)).of(1, Rounding::HalfUp), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn a_percentage_is_what_decimal_arithmetic_says(
            minor in -1_000_000_000_000_i64..1_000_000_000_000,
            percent in 0_i64..20_000,
            even in any::<bool>(),
        ) {
            let rounding = if even { Rounding::HalfEven } else { Rounding::HalfUp };
            let percent = Decimal::new(percent, 2);
            let exact = Decimal::from(minor) * percent / Decimal::ONE_HUNDRED;
            let expected = rounding.round(exact).to_i64().unwrap();
            prop_assert_eq!(Ratio::percent(percent).of(minor, rounding), Ok(expected));
        }
    }
}
