//! Money: an exact count of a currency's minor unit. No float, no silent rounding, no silent overflow.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize, de::Error as _};

/// A currency of ISO 4217 that has a minor unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Euro, two digits.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// United States dollar, two digits.
    pub const USD: Self = Self(iso_currency::Currency::USD);
    /// Pound sterling, two digits.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    /// Indian rupee, two digits.
    pub const INR: Self = Self(iso_currency::Currency::INR);
    /// Japanese yen, no digits.
    pub const JPY: Self = Self(iso_currency::Currency::JPY);
    /// Kuwaiti dinar, three digits.
    pub const KWD: Self = Self(iso_currency::Currency::KWD);

    /// The three letters of ISO 4217.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many digits stand behind the point.
    pub fn digits(self) -> u32 {
        self.0.exponent().unwrap_or_default().into()
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency { code: code.chars().take(8).collect() })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// An exact amount of one currency.
///
/// Counts minor units (cents, yen, fils) in an `i64`; may be negative. Written as
/// `{"amount":"10.99","currency":"EUR"}`.
///
/// ```
/// use commerce_core::domain::money::{Currency, Money};
/// use rust_decimal::dec;
///
/// let price = Money::new(dec!(10.99), Currency::EUR)?;
/// assert_eq!(price.minor(), 1099);
/// assert_eq!(price.times(3)?.to_string(), "32.97 EUR");
/// assert!(Money::new(dec!(10.999), Currency::EUR).is_err(), "more digits than a cent has");
/// # Ok::<(), commerce_core::domain::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    currency: Currency,
    minor: i64,
}

/// Why an amount could not be made or computed. Nothing was rounded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// No currency of ISO 4217 with a minor unit has this code.
    #[error("{code:?} is no currency of ISO 4217 that goods can be priced in")]
    UnknownCurrency {
        /// The code as given, at most eight characters of it.
        code: String,
    },
    /// The amount has more digits than the currency.
    #[error("{amount} has more digits than {currency} has")]
    TooPrecise {
        /// The amount as given.
        amount: Decimal,
        /// The currency it was to be in.
        currency: Currency,
    },
    /// Two currencies met.
    #[error("{left} and {right} cannot be added or compared")]
    MixedCurrencies {
        /// The one currency.
        left: Currency,
        /// The other.
        right: Currency,
    },
    /// The amount does not fit: it is beyond about 92 quadrillion minor units.
    #[error("the amount is too large")]
    Overflow,
}

/// How half a minor unit is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Away from zero: 0.5 becomes 1. What most tax offices ask for.
    #[default]
    HalfUp,
    /// To the even neighbour: 0.5 becomes 0, 1.5 becomes 2.
    HalfEven,
}

impl Money {
    /// This amount, if the currency has that many digits.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let shift = Decimal::from(10_i64.pow(currency.digits()));
        let minor = amount.checked_mul(shift).ok_or(MoneyError::Overflow)?;
        if !minor.fract().is_zero() {
            return Err(MoneyError::TooPrecise { amount, currency });
        }
        minor.to_i64().map(|minor| Self { minor, currency }).ok_or(MoneyError::Overflow)
    }

    /// This many minor units: cents, yen, fils.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { currency, minor }
    }

    /// Nothing, in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// How many minor units it is.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal number, with all digits of the currency.
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with_minor(self.minor.checked_add(other.minor))
    }

    /// The difference of two amounts of one currency.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with_minor(self.minor.checked_sub(other.minor))
    }

    /// So many times the amount.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        self.with_minor(self.minor.checked_mul(count))
    }

    /// The amount times `factor`, rounded once to the minor unit.
    pub fn scaled(self, factor: Decimal, rounding: Rounding) -> Result<Self, MoneyError> {
        let exact = Decimal::from(self.minor).checked_mul(factor).ok_or(MoneyError::Overflow)?;
        self.with_minor(rounding.round(exact).to_i64())
    }

    /// The sum of many amounts of one currency; nothing at all is zero.
    pub fn sum(currency: Currency, parts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        parts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// Splits the amount in proportion to `weights`; the parts always sum to the whole.
    ///
    /// Each part is its share rounded towards zero; the minor units left over go one each to the largest
    /// remainders, the earlier part first where two are equal (Hamilton's method). Without any weight the first
    /// part gets all; without parts there is nothing to split.
    ///
    /// ```
    /// use commerce_core::domain::money::{Currency, Money};
    ///
    /// let parts = Money::from_minor(100, Currency::EUR).split(&[1, 1, 1]);
    /// assert_eq!(parts.iter().map(|part| part.minor()).collect::<Vec<_>>(), [34, 33, 33]);
    /// ```
    pub fn split(self, weights: &[u64]) -> Vec<Self> {
        let total: i128 = weights.iter().copied().map(i128::from).sum();
        let mut parts = vec![Self::zero(self.currency); weights.len()];
        let Some(first) = parts.first_mut() else { return parts };
        if total == 0 {
            *first = self;
            return parts;
        }
        let mut left = self.minor;
        let mut remainders = Vec::with_capacity(weights.len());
        for (index, &weight) in weights.iter().enumerate() {
            let exact = i128::from(self.minor) * i128::from(weight);
            let share = i64::try_from(exact / total).unwrap_or_default();
            parts[index].minor = share;
            left -= share;
            remainders.push((std::cmp::Reverse((exact % total).unsigned_abs()), index));
        }
        // Fewer minor units are left over than there are parts, so this many of the largest remainders get one each.
        let over = usize::try_from(left.unsigned_abs()).unwrap_or_default();
        if over > 0 && over < remainders.len() {
            remainders.select_nth_unstable(over);
        }
        for &(_, index) in remainders.iter().take(over) {
            parts[index].minor += left.signum();
        }
        parts
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::MixedCurrencies { left: self.currency, right: other.currency })
        }
    }

    fn with_minor(self, minor: Option<i64>) -> Result<Self, MoneyError> {
        minor.map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }
}

impl Rounding {
    /// The whole number next to `exact`.
    pub fn round(self, exact: Decimal) -> Decimal {
        let strategy = match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
        };
        exact.round_dp_with_strategy(0, strategy)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyJson {
    #[serde(with = "rust_decimal::serde::str")]
    amount: Decimal,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        MoneyJson { amount: self.amount(), currency: self.currency }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let json = MoneyJson::deserialize(from)?;
        Self::new(json.amount, json.currency).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn an_amount_has_the_digits_of_its_currency() {
        assert_eq!(Money::new(dec!(1099), Currency::JPY).unwrap().minor(), 1099);
        assert_eq!(Money::new(dec!(10.990), Currency::KWD).unwrap().minor(), 10_990);
        assert!(matches!(Money::new(dec!(10.5), Currency::JPY), Err(MoneyError::TooPrecise { .. })));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let most = Money::from_minor(i64::MAX, Currency::EUR);
        assert_eq!(most.plus(Money::from_minor(1, Currency::EUR)), Err(MoneyError::Overflow));
        assert_eq!(most.times(2), Err(MoneyError::Overflow));
        assert_eq!(most.scaled(dec!(1.5), Rounding::HalfUp), Err(MoneyError::Overflow));
        assert_eq!(Money::new(Decimal::MAX, Currency::EUR), Err(MoneyError::Overflow));
    }

    #[test]
    fn two_currencies_never_meet() {
        let euro = Money::from_minor(1, Currency::EUR);
        assert!(matches!(
            euro.plus(Money::from_minor(1, Currency::USD)),
            Err(MoneyError::MixedCurrencies { .. })
        ));
    }

    #[test]
    fn the_json_form_is_a_decimal_string() {
        let json = r#"{"amount":"10.90","currency":"EUR"}"#;
        let money: Money = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&money).unwrap(), json);
        for wrong in [
            r#"{"amount":"1.001","currency":"EUR"}"#,
            r#"{"amount":"1","currency":"EURO"}"#,
            r#"{"amount":"1","currency":"EUR","cents":1}"#,
        ] {
            assert!(serde_json::from_str::<Money>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn gold_has_no_minor_unit_and_prices_nothing() {
        assert!("XAU".parse::<Currency>().is_err());
        assert!("eur".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn parts_of_a_split_sum_to_the_whole(
            minor in any::<i64>(),
            weights in proptest::collection::vec(any::<u32>().prop_map(u64::from), 1..40),
        ) {
            let parts = Money::from_minor(minor, Currency::EUR).split(&weights);
            let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
            prop_assert_eq!(sum, i128::from(minor));
        }
    }
}
