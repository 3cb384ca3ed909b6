use std::fmt;

use crate::domain::ids::CheckoutId;

/// Verifies and reads what a gateway sends by itself.
///
/// # To be correct
/// - a body whose signature does not match is refused before anything of it is read;
/// - synchronous and without effect: the engine only learns which checkout to look at, and asks the gateway itself.
pub trait PaymentWebhook: fmt::Debug + Send + Sync {
    /// What the gateway wants to tell.
    fn read(&self, headers: &[(&str, &str)], body: &[u8]) -> Result<PaymentNotice, InvalidWebhook>;
}

/// Something has happened to the payment of a checkout. What, the gateway is asked for: a notice may be early, late,
/// doubled, or forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentNotice {
    /// Which checkout.
    pub checkout: CheckoutId,
}

/// The message does not come from the gateway, or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWebhook {
    /// The signature is missing or does not match.
    #[error("the signature does not match")]
    Signature,
    /// The body is not in the gateway's form.
    #[error("the message cannot be read: {what}")]
    Unreadable {
        /// What is wrong.
        what: String,
    },
}
