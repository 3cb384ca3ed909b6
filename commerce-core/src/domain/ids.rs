//! Identities: ids that are drawn, and codes that people read.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id made of this UUID; version 7 keeps neighbours in time neighbours on disk.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// Names a product.
    ProductId
    /// Names a promotion.
    PromotionId
    /// Names a customer.
    CustomerId
    /// Names a cart.
    CartId
    /// Names one line of a cart, and the order line it becomes.
    LineId
    /// Names a checkout; chosen by the caller, so that starting twice is starting once.
    CheckoutId
    /// Names an order. It is made from its [`CheckoutId`]: a checkout has at most one order.
    OrderId
    /// Names a payment: one tender that the gateway has answered for.
    PaymentId
    /// Names a refund; chosen by the caller, so that asking twice refunds once.
    RefundId
    /// Names a reservation of stock; chosen by the caller.
    ReservationId
    /// Names one parcel handed over to a carrier; chosen by the caller.
    ShipmentId
    /// Names a saga.
    SagaId
}

impl From<CheckoutId> for OrderId {
    fn from(checkout: CheckoutId) -> Self {
        Self(checkout.0)
    }
}

impl From<OrderId> for CheckoutId {
    fn from(order: OrderId) -> Self {
        Self(order.0)
    }
}

impl From<CheckoutId> for SagaId {
    fn from(checkout: CheckoutId) -> Self {
        Self(checkout.0)
    }
}

impl From<RefundId> for SagaId {
    fn from(refund: RefundId) -> Self {
        Self(refund.0)
    }
}

impl SagaId {
    /// The id of the one saga that does `purpose` for this order: a name-based UUID (RFC 9562, version 5).
    pub fn of_order(order: OrderId, purpose: &str) -> Self {
        Self(Uuid::new_v5(&order.0, purpose.as_bytes()))
    }
}

/// A code was empty, too long, or had a character that nobody can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} must be 1 to {limit} visible characters without spaces at the ends")]
pub struct InvalidCode {
    /// Which kind of code it was.
    pub kind: &'static str,
    /// The most characters such a code may have.
    pub limit: usize,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:literal, $limit:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The longest such code, in characters.
            pub const LIMIT: usize = $limit;

            /// The code, if it is neither empty nor longer than [`Self::LIMIT`] and every character can be seen.
            pub fn new(code: impl AsRef<str>) -> Result<Self, InvalidCode> {
                let code = code.as_ref();
                let fits = !code.is_empty() && code.chars().count() <= Self::LIMIT;
                if fits && code.trim() == code && !code.chars().any(char::is_control) {
                    Ok(Self(code.into()))
                } else {
                    Err(InvalidCode { kind: $kind, limit: Self::LIMIT })
                }
            }

            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidCode;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

codes! {
    /// Names a sellable thing: a stock keeping unit.
    ///
    /// ```
    /// use commerce_core::domain::ids::Sku;
    ///
    /// assert_eq!(Sku::new("MUG-BLUE")?.as_str(), "MUG-BLUE");
    /// assert!(Sku::new(" ").is_err());
    /// # Ok::<(), commerce_core::domain::ids::InvalidCode>(())
    /// ```
    Sku = "a SKU", 64
    /// Names a place where stock is kept: a warehouse, a shop, a van.
    LocationId = "a location", 64
    /// Names a market: the prices, the currency and the tax mode that a group of buyers sees.
    MarketId = "a market", 64
    /// Names a group of customers, for prices and promotions.
    CustomerGroup = "a customer group", 64
    /// The number a buyer reads on the invoice.
    OrderNumber = "an order number", 32
    /// What goods are to the tax office: `standard`, `reduced`, `books`.
    TaxCategory = "a tax category", 64
    /// Names promotions that are to be told how they go together.
    StackingGroup = "a stacking group", 64
    /// Who makes a product, as buyers know them.
    Brand = "a brand", 100
    /// What an attribute says something about: `material`, `capacity`.
    AttributeName = "the name of an attribute", 64
    /// Names a price list: `wholesale`, `summer-sale`.
    PriceListCode = "a price list", 64
    /// A kind of payment that people know: `card`, `wallet`, `upi`.
    MethodKind = "a kind of payment", 40
}

impl LocationId {
    /// The location of a shop that has only one: `main`.
    pub fn main() -> Self {
        Self("main".into())
    }
}

impl MarketId {
    /// The market of a shop that has only one: `main`.
    pub fn main() -> Self {
        Self("main".into())
    }
}

impl TaxCategory {
    /// What most goods are: `standard`.
    pub fn standard() -> Self {
        Self("standard".into())
    }
}

/// What a buyer types in to get a discount; case does not matter.
///
/// ```
/// use commerce_core::domain::ids::CouponCode;
///
/// assert_eq!(CouponCode::new("Spring-10")?, CouponCode::new("SPRING-10")?);
/// # Ok::<(), commerce_core::domain::ids::InvalidCode>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CouponCode(Arc<str>);

impl CouponCode {
    /// The longest code, in characters.
    pub const LIMIT: usize = 64;

    /// The code in capitals, without spaces at the ends.
    pub fn new(code: impl AsRef<str>) -> Result<Self, InvalidCode> {
        let code = code.as_ref().trim().to_uppercase();
        let fits = !code.is_empty() && code.chars().count() <= Self::LIMIT;
        if fits && !code.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Ok(Self(code.into()))
        } else {
            Err(InvalidCode { kind: "a coupon code", limit: Self::LIMIT })
        }
    }

    /// The code as text, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CouponCode({:?})", &*self.0)
    }
}

impl<'de> Deserialize<'de> for CouponCode {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_with_nothing_to_see_is_refused() {
        for code in ["", " ", "A ", " A", "A\n", "A\u{0}"] {
            assert!(Sku::new(code).is_err(), "{code:?}");
        }
        assert!(Sku::new("x".repeat(65)).is_err());
        assert!(Sku::new("Straße-1 groß").is_ok());
    }

    #[test]
    fn an_order_and_its_checkout_name_each_other() {
        let checkout = CheckoutId::from_uuid(Uuid::from_u128(7));
        assert_eq!(CheckoutId::from(OrderId::from(checkout)), checkout);
    }
}
