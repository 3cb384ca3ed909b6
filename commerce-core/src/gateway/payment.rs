use std::{fmt, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::GatewayError;
use crate::domain::{
    customer::Email,
    ids::{CheckoutId, SagaId},
    money::Money,
    payment::PaymentMethod,
};

/// Moves money. Every request carries an [`IdempotencyKey`].
///
/// # To be correct
/// - the same key with the same content has one effect and gets the same answer, for at least
///   [`Capabilities::key_retention`];
/// - the same key with other content is [`GatewayError::Rejected`];
/// - an answer that was lost on the way is [`GatewayError::Uncertain`], never a failure;
/// - no method waits longer than the caller does: the engine gives up after its own time limit and takes that for
///   `Uncertain`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commerce_core::{
///     domain::{
///         customer::Email,
///         ids::CheckoutId,
///         money::{Currency, Money},
///         payment::PaymentMethod,
///     },
///     gateway::{Authorization, AuthorizeRequest, IdempotencyKey, PaymentGateway},
///     memory::TestGateway,
/// };
/// use uuid::Uuid;
///
/// let gateway = TestGateway::new();
/// let checkout = CheckoutId::from_uuid(Uuid::now_v7());
/// let request = AuthorizeRequest {
///     key: IdempotencyKey::new(checkout.into(), "authorize_payment", 1, "authorize"),
///     checkout,
///     amount: Money::from_minor(1_290, Currency::EUR),
///     method: PaymentMethod::new("card", "ok")?,
///     email: Email::new("ann@example.com")?,
///     at: chrono::Utc::now(),
/// };
/// let answer = gateway.authorize(request.clone()).await?;
/// assert!(matches!(answer, Authorization::Authorized { .. }));
/// assert_eq!(gateway.authorize(request).await?, answer, "the same request is one request");
/// assert_eq!(gateway.books().len(), 1);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait PaymentGateway: fmt::Debug + Send + Sync + 'static {
    /// Asks for a promise of money. A refusal by the buyer's bank is an answer, not an error.
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError>;

    /// Collects promised money, all of it.
    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError>;

    /// Gives up a promise, or a payment that still waits for the buyer.
    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError>;

    /// Gives collected money back.
    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError>;

    /// Says what is known of the request with this key, now. Never has an effect.
    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError>;

    /// What this gateway can do.
    fn capabilities(&self) -> Capabilities;
}

/// Makes a request one request, however often it is sent: `saga/step/attempt/purpose`.
///
/// A retry keeps the key; a new tender gets a new attempt, and so a new key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key of one request.
    pub fn new(saga: SagaId, step: &str, attempt: u32, purpose: &str) -> Self {
        Self(format!("{saga}/{step}/{attempt}/{purpose}"))
    }

    /// The key that was stored as this text.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Asks for a promise of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeRequest {
    /// Makes it one request.
    pub key: IdempotencyKey,
    /// The checkout to name in webhooks.
    pub checkout: CheckoutId,
    /// How much.
    pub amount: Money,
    /// From where.
    pub method: PaymentMethod,
    /// Who pays.
    pub email: Email,
    /// When the attempt began.
    pub at: DateTime<Utc>,
}

/// Collects promised money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureRequest {
    /// Makes it one request.
    pub key: IdempotencyKey,
    /// The gateway's name for the promise.
    pub reference: String,
    /// How much.
    pub amount: Money,
}

/// Gives up a promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidRequest {
    /// Makes it one request.
    pub key: IdempotencyKey,
    /// The gateway's name for the promise.
    pub reference: String,
}

/// Gives collected money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// Makes it one request.
    pub key: IdempotencyKey,
    /// The gateway's name for the payment.
    pub reference: String,
    /// How much.
    pub amount: Money,
}

/// What a gateway answers when asked for money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Authorization {
    /// The money is promised.
    Authorized {
        /// The gateway's name for it.
        reference: String,
    },
    /// The money is collected already: the method knows only sales.
    Captured {
        /// The gateway's name for it.
        reference: String,
    },
    /// The buyer has to do something first.
    ActionRequired {
        /// The gateway's name for it.
        reference: String,
        /// What the buyer has to do.
        action: BuyerAction,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The answer takes a while.
    Pending {
        /// The gateway's name for it.
        reference: String,
        /// How long at most.
        until: DateTime<Utc>,
    },
    /// No money from there.
    Declined {
        /// What the bank said.
        reason: String,
        /// Whether trying again makes sense.
        retry: TryAgain,
    },
}

/// What a buyer has to do before money is promised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum BuyerAction {
    /// Open this page: 3-D Secure, a wallet, a bank.
    Redirect {
        /// Its address.
        url: String,
    },
    /// Confirm in an app.
    Confirm {
        /// What to tell the buyer.
        hint: String,
    },
}

/// Whether trying again after a refusal makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TryAgain {
    /// With the same method, or another.
    SameMethod,
    /// With another method.
    OtherMethod,
}

/// What became of a promise to be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoidOutcome {
    /// It is gone; no money will come.
    Voided,
    /// Too late: the money is collected. Refund it.
    Captured,
    /// It cannot be stopped; the money may still come until then.
    Pending {
        /// How long.
        until: DateTime<Utc>,
    },
}

/// What a gateway knows of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing: it never came, or was forgotten.
    NotFound,
    /// It asked for money, and this is how it stands now.
    Authorization(Authorization),
    /// It asked for money, and the promise was given up or has run out.
    Closed,
    /// It captured, voided or refunded, and did so.
    Done,
}

/// What a gateway can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// How long it remembers a key. A key past seven eighths of that is never sent again, only looked up.
    pub key_retention: Duration,
}
