use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{
    customer::{Address, AddressProblem, Email},
    ids::{CartId, CheckoutId},
    money::Money,
    payment::PaymentMethod,
};

/// What a buyer asks for when they press "buy".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckoutRequest {
    /// Chosen by the caller: the same id with the same content is the same checkout.
    pub id: CheckoutId,
    /// What to buy: the cart as it is when the checkout starts.
    pub cart: CartId,
    /// Whom to write to.
    pub email: Email,
    /// Where it goes.
    pub shipping_address: Address,
    /// Where the invoice goes, when elsewhere.
    #[serde(default)]
    pub billing_address: Option<Address>,
    /// The name of the shipping rate; the first one offered when none is named.
    #[serde(default)]
    pub shipping: Option<String>,
    /// The total the buyer saw. It is compared, never used.
    pub expected_total: Money,
    /// What to pay with: at most one today. Without one the checkout holds the stock and waits for one.
    #[serde(default)]
    pub tenders: Vec<PaymentMethod>,
}

/// Why a request cannot be started as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestProblem {
    /// An address cannot stay as it is.
    #[error(transparent)]
    Address(#[from] AddressProblem),
    /// There is more than one tender.
    #[error("paying with several tenders is not supported yet: send one")]
    SplitPayment,
    /// The total is below zero.
    #[error("the expected total is below zero")]
    NegativeTotal,
}

impl RequestProblem {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "invalid_address",
            Self::SplitPayment => "split_payment",
            Self::NegativeTotal => "negative_total",
        }
    }
}

impl CheckoutRequest {
    /// A request without a tender: the checkout holds the stock and waits for one.
    pub fn new(
        id: CheckoutId,
        cart: CartId,
        email: Email,
        shipping_address: Address,
        expected_total: Money,
    ) -> Self {
        Self {
            id,
            cart,
            email,
            shipping_address,
            billing_address: None,
            shipping: None,
            expected_total,
            tenders: Vec::new(),
        }
    }

    /// The same, paid with this.
    #[must_use]
    pub fn with_tender(mut self, method: PaymentMethod) -> Self {
        self.tenders.push(method);
        self
    }

    /// Says why it cannot be started as it is, if it cannot.
    pub fn check(&self) -> Result<(), RequestProblem> {
        self.shipping_address.check()?;
        if let Some(address) = &self.billing_address {
            address.check()?;
        }
        if self.tenders.len() > 1 {
            return Err(RequestProblem::SplitPayment);
        }
        if self.expected_total.is_negative() {
            return Err(RequestProblem::NegativeTotal);
        }
        Ok(())
    }

    /// A digest of the whole request, without showing any of it.
    pub(crate) fn fingerprint(&self) -> String {
        let content = serde_json::to_vec(self).unwrap_or_default();
        Uuid::new_v5(&self.id.uuid(), &content).to_string()
    }
}
