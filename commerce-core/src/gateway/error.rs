use std::error::Error;

/// Why a gateway did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// It refused, for good; nothing happened. The same request is refused again.
    #[error("the gateway refused: {message}")]
    Rejected {
        /// The gateway's own code.
        code: String,
        /// What it said.
        message: String,
    },
    /// It cannot be reached; nothing happened. The same request may be repeated.
    #[error("the gateway cannot be reached; nothing happened")]
    Unavailable {
        /// What the client said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It may or may not have happened: repeat under the same key, or look up; never guess.
    #[error("it is not known whether the gateway did it")]
    Uncertain {
        /// What the client said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl GatewayError {
    /// Nothing happened, and trying again may help.
    pub fn unavailable(what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: what.into() }
    }

    /// It may or may not have happened.
    pub fn uncertain(what: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Uncertain { source: what.into() }
    }
}
