use std::time::Duration;

use crate::{
    checkout::{QuoteProblem, RequestProblem},
    domain::{
        cart::CartProblem,
        catalog::ProductProblem,
        ids::{MarketId, Sku},
        money::Currency,
        order::OrderProblem,
        payment::PaymentProblem,
        pricing::PromotionProblem,
    },
    gateway::GatewayError,
    storage::{Refusal, StoreError},
};

/// Why a use case failed. Outcomes that a shop has to expect, such as a declined card, are not errors but values.
///
/// [`code`](Self::code) is a stable name for programs; [`retry`](Self::retry) says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id or name.
        id: String,
    },
    /// The id was used for something else: choose a new one.
    #[error("{what} {id} was made with other content")]
    Reused {
        /// What.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// It ended so long ago that nothing else is known of it: choose a new id.
    #[error("{what} {id} ended long ago and is forgotten")]
    Forgotten {
        /// What.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The shop has no such market.
    #[error("the shop has no market {market}")]
    UnknownMarket {
        /// The market.
        market: MarketId,
    },
    /// A price is in another currency than its market.
    #[error("{sku} is priced in {currency}, but market {market} sells in {expected}")]
    PriceCurrency {
        /// The variant.
        sku: Sku,
        /// The market.
        market: MarketId,
        /// The currency of the price.
        currency: Currency,
        /// The currency of the market.
        expected: Currency,
    },
    /// The checkout does not wait for a tender.
    #[error("the checkout does not wait for a tender: look at its status")]
    NotWaiting,
    /// A text is longer than it may be.
    #[error("{what} may have at most {} characters", Error::TEXT)]
    TooLong {
        /// Which text.
        what: &'static str,
    },
    /// The product cannot be saved as it is.
    #[error(transparent)]
    Product(#[from] ProductProblem),
    /// The promotion cannot be saved as it is.
    #[error(transparent)]
    Promotion(#[from] PromotionProblem),
    /// The cart cannot be changed like that.
    #[error(transparent)]
    Cart(#[from] CartProblem),
    /// The cart cannot be quoted.
    #[error(transparent)]
    Quote(QuoteProblem),
    /// The checkout cannot be started as it is.
    #[error(transparent)]
    Request(#[from] RequestProblem),
    /// The order cannot change like that.
    #[error(transparent)]
    Order(#[from] OrderProblem),
    /// What was begun has been turned back.
    #[error("{message}")]
    TurnedBack {
        /// A stable name for programs.
        code: String,
        /// Why.
        message: String,
    },
    /// The payment cannot change like that.
    #[error(transparent)]
    Payment(#[from] PaymentProblem),
    /// A guard refused it.
    #[error(transparent)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The outside world failed.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// What to do after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call fails again: change it.
    Never,
    /// Nothing happened: the same call may work after this time.
    After(Duration),
    /// It may have happened: read it back first, or repeat under the same id.
    ReadBackFirst,
}

impl Error {
    /// The longest reason, note or tracking number, in characters.
    pub const TEXT: usize = 500;

    /// A stable name for programs.
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Reused { .. } => "id_reused",
            Self::Forgotten { .. } => "forgotten",
            Self::UnknownMarket { .. } => "unknown_market",
            Self::PriceCurrency { .. } => "price_currency",
            Self::NotWaiting => "not_waiting",
            Self::Product(_) => "invalid_product",
            Self::Promotion(_) => "invalid_promotion",
            Self::TooLong { .. } => "too_long",
            Self::Cart(problem) => problem.code(),
            Self::Quote(problem) => problem.code(),
            Self::Request(problem) => problem.code(),
            Self::Order(problem) => problem.code(),
            Self::TurnedBack { code, .. } => code,
            Self::Payment(problem) => problem.code(),
            Self::Refused(refusal) => refusal.code(),
            Self::Store(StoreError::Conflict { .. }) => "conflict",
            Self::Store(StoreError::Uncertain { .. }) | Self::Gateway(GatewayError::Uncertain { .. }) => {
                "uncertain"
            }
            Self::Store(StoreError::Corrupt { .. }) => "corrupt",
            Self::Gateway(GatewayError::Rejected { .. }) => "gateway_rejected",
            Self::Store(_) | Self::Gateway(_) => "unavailable",
        }
    }

    /// What to do next.
    pub fn retry(&self) -> Retry {
        const SOON: Duration = Duration::from_millis(100);
        match self {
            Self::Store(StoreError::Conflict { .. }) => Retry::After(Duration::ZERO),
            Self::Store(StoreError::Unavailable { retry_after, .. }) => {
                Retry::After(retry_after.unwrap_or(SOON))
            }
            Self::Gateway(GatewayError::Unavailable { .. }) => Retry::After(SOON),
            Self::Store(StoreError::Uncertain { .. }) | Self::Gateway(GatewayError::Uncertain { .. }) => {
                Retry::ReadBackFirst
            }
            _ => Retry::Never,
        }
    }

    pub(super) fn check_text(what: &'static str, text: &str) -> Result<(), Self> {
        if text.chars().count() > Self::TEXT { Err(Self::TooLong { what }) } else { Ok(()) }
    }

    pub(super) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Store(other),
        }
    }
}

impl From<QuoteProblem> for Error {
    fn from(problem: QuoteProblem) -> Self {
        match problem {
            QuoteProblem::Store(error) => error.into(),
            QuoteProblem::Gateway(error) => error.into(),
            other => Self::Quote(other),
        }
    }
}
