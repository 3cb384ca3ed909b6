use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::GatewayError;
use crate::domain::{
    customer::{Address, Email},
    ids::{CheckoutId, CustomerId},
    money::Money,
    payment::PaymentMethod,
};

/// Looks at a buyer before any money moves.
///
/// # To be correct
/// - it may be asked twice about one checkout, and has no effect on the buyer by itself.
#[async_trait]
pub trait FraudScreen: fmt::Debug + Send + Sync + 'static {
    /// What to do with this buyer.
    async fn screen(&self, request: &ScreeningRequest) -> Result<Verdict, GatewayError>;
}

/// What a fraud screen gets to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreeningRequest {
    /// The checkout.
    pub checkout: CheckoutId,
    /// Who buys, when they have an account.
    pub customer: Option<CustomerId>,
    /// Their e-mail address.
    pub email: Email,
    /// Where it goes.
    pub shipping_address: Address,
    /// What they pay with.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Money,
}

/// What to do with a buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// Let them buy.
    Allow,
    /// Take the order and the promise of money, but ship and collect nothing until somebody has looked.
    Review {
        /// Why.
        reason: String,
    },
    /// Sell them nothing.
    Refuse {
        /// Why.
        reason: String,
    },
}

/// Lets everybody buy.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowEveryone;

#[async_trait]
impl FraudScreen for AllowEveryone {
    async fn screen(&self, _: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        Ok(Verdict::Allow)
    }
}
