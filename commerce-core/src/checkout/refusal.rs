use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::QuoteProblem;
use crate::{
    domain::{
        ids::{CartId, MarketId, Sku},
        money::Money,
        pricing::PricingProblem,
    },
    storage::{Reason, Refusal},
};

/// Why a checkout ended without an order. Nothing stays charged and nothing stays held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckoutRefusal {
    /// There is no such cart.
    #[error("there is no cart {cart}")]
    NoSuchCart {
        /// The cart.
        cart: CartId,
    },
    /// The cart is empty.
    #[error("the cart is empty")]
    EmptyCart,
    /// Nothing is sold under this SKU.
    #[error("nothing is sold as {sku}: take it out of the cart")]
    UnknownSku {
        /// The SKU.
        sku: Sku,
    },
    /// The product is not on sale.
    #[error("{sku} is not on sale: take it out of the cart")]
    NotOnSale {
        /// The variant.
        sku: Sku,
    },
    /// The variant is not sold in this market.
    #[error("{sku} has no price in market {market}: take it out of the cart")]
    NoPrice {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
    },
    /// There are fewer pieces than the variant is sold in.
    #[error("{sku} is sold from {min} pieces on: add some, or take it out of the cart")]
    TooFewPieces {
        /// The variant.
        sku: Sku,
        /// The fewest.
        #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
        min: NonZeroU32,
    },
    /// There are more pieces than one order may have.
    #[error("{sku} is sold up to {max} pieces an order: take some out of the cart")]
    TooManyPieces {
        /// The variant.
        sku: Sku,
        /// The most.
        #[cfg_attr(feature = "openapi", schema(value_type = u32, minimum = 1))]
        max: NonZeroU32,
    },
    /// The prices do not compute.
    #[error("{message}")]
    Unpriceable {
        /// Why.
        message: String,
    },
    /// Nobody ships this there.
    #[error("this cannot be shipped to that address")]
    NotShippable,
    /// There is no shipping rate of that name.
    #[error("there is no shipping rate {name:?}: choose one of those offered")]
    NoSuchShipping {
        /// The name.
        name: String,
    },
    /// It costs something else than the buyer saw: show the new total and ask again.
    #[error("the total is {now}, not {expected}")]
    PriceChanged {
        /// What the buyer saw.
        expected: Money,
        /// What it costs.
        now: Money,
    },
    /// The store's guards refused it: not enough stock, or a coupon is used up.
    #[error(transparent)]
    Store {
        /// What they said.
        refusal: Refusal,
    },
    /// The fraud screen refused the buyer.
    #[error("the order cannot be taken")]
    FraudRefused,
    /// No promise of money came in time.
    #[error("no payment came in time")]
    PaymentDeadline,
    /// The buyer called it off.
    #[error("the checkout was cancelled")]
    Cancelled,
    /// Something could not be reached for too long.
    #[error("something the shop needs could not be reached for too long: try again later")]
    Unavailable,
}

impl CheckoutRefusal {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchCart { .. } => "no_such_cart",
            Self::EmptyCart => "empty_cart",
            Self::UnknownSku { .. } => "unknown_sku",
            Self::NotOnSale { .. } => "not_on_sale",
            Self::NoPrice { .. } => "no_price",
            Self::TooFewPieces { .. } => "too_few_pieces",
            Self::TooManyPieces { .. } => "too_many_pieces",
            Self::Unpriceable { .. } => "unpriceable",
            Self::NotShippable => "not_shippable",
            Self::NoSuchShipping { .. } => "no_such_shipping",
            Self::PriceChanged { .. } => "price_changed",
            Self::Store { refusal } => refusal.code(),
            Self::FraudRefused => "fraud_refused",
            Self::PaymentDeadline => "payment_deadline",
            Self::Cancelled => "cancelled",
            Self::Unavailable => "unavailable",
        }
    }

    /// The refusal as a saga stores it.
    pub fn reason(&self) -> Reason {
        Reason::new(self.code(), self, self)
    }

    /// The refusal in a stored reason. What the engine itself gave up on was unavailable: its words are for the log,
    /// not for buyers.
    pub fn from_reason(reason: &Reason) -> Self {
        serde_json::from_str(&reason.detail).unwrap_or(Self::Unavailable)
    }
}

impl From<PricingProblem> for CheckoutRefusal {
    fn from(problem: PricingProblem) -> Self {
        match problem {
            PricingProblem::Empty => Self::EmptyCart,
            PricingProblem::NotOnSale { sku } => Self::NotOnSale { sku },
            PricingProblem::NoPrice { sku, market } => Self::NoPrice { sku, market },
            PricingProblem::TooFewPieces { sku, min } => Self::TooFewPieces { sku, min },
            PricingProblem::TooManyPieces { sku, max } => Self::TooManyPieces { sku, max },
            other => Self::Unpriceable { message: other.to_string() },
        }
    }
}

impl CheckoutRefusal {
    /// What it means for a checkout that its cart cannot be quoted; the failures of ports are not refusals.
    pub(super) fn from_quote(problem: QuoteProblem) -> Result<Self, QuoteProblem> {
        match problem {
            QuoteProblem::UnknownSku { sku } => Ok(Self::UnknownSku { sku }),
            QuoteProblem::NotShippable => Ok(Self::NotShippable),
            QuoteProblem::NoSuchShipping { name } => Ok(Self::NoSuchShipping { name }),
            QuoteProblem::Pricing(problem) => Ok(problem.into()),
            problem @ QuoteProblem::UnknownMarket { .. } => {
                Ok(Self::Unpriceable { message: problem.to_string() })
            }
            problem @ (QuoteProblem::Store(_) | QuoteProblem::Gateway(_)) => Err(problem),
        }
    }
}
