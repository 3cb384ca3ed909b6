//! The bank that buyers pay with: the demo's own in this process, or one in another house.
//!
//! Whoever writes a gateway to a payment provider reads [`RemoteBank`]: which failures mean that nothing happened, and
//! which that nobody knows.

mod client;
mod server;
mod wire;

pub use client::{InvalidAddress, RemoteBank};
pub use server::router;

use async_trait::async_trait;
use commerce_kit::{
    domain::ids::CheckoutId,
    gateway::{GatewayError, PaymentGateway},
    memory::{BuyerAnswer, TestGateway},
};

/// A gateway whose buyers can be played.
#[async_trait]
pub trait Bank: PaymentGateway {
    /// The buyer, or the bank, answers what the latest tender of this checkout waits for.
    async fn complete_action(&self, checkout: CheckoutId, answer: BuyerAnswer) -> Result<(), GatewayError>;
}

#[async_trait]
impl Bank for TestGateway {
    async fn complete_action(&self, checkout: CheckoutId, answer: BuyerAnswer) -> Result<(), GatewayError> {
        TestGateway::complete_action(self, checkout, answer)
    }
}
