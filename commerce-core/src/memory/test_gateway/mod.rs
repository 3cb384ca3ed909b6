//! A payment gateway with books of its own, for demos and tests. No money moves.

mod books;

pub use books::{BookEntry, BuyerAnswer, Calls};

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use crate::{
    domain::ids::CheckoutId,
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, VoidOutcome, VoidRequest,
    },
};
use books::Books;

/// Answers by the token of the payment method, and keeps books that a test can compare with the shop's.
///
/// | token | answer |
/// |---|---|
/// | `ok`, and any that is not listed | the money is promised |
/// | `sale` | the money is collected at once |
/// | `action` | the buyer has to act; [`complete_action`](Self::complete_action) is the buyer |
/// | `pending` | the answer takes a while, and a void cannot stop it; `complete_action` brings it |
/// | `decline`, `decline_retry` | no money; try another method, or the same |
/// | `lost` | the money is promised, but the first answer to each checkout is lost on the way |
///
/// The same request under the same key has one effect and gets the answer as it stands now; another request under
/// the same key is rejected. Whatever waits does so for ten minutes by what it answers, but nothing runs out by
/// itself: the gateway has no clock.
#[derive(Default)]
pub struct TestGateway {
    books: Mutex<Books>,
}

impl TestGateway {
    /// A gateway with empty books.
    pub fn new() -> Self {
        Self::default()
    }

    /// The buyer, or the bank, answers what the latest tender of this checkout waits for.
    ///
    /// # Errors
    /// [`GatewayError::Rejected`] when no tender of the checkout waits for anything, because it was answered or
    /// given up.
    pub fn complete_action(&self, checkout: CheckoutId, answer: BuyerAnswer) -> Result<(), GatewayError> {
        Ok(self.lock().complete(checkout, answer)?)
    }

    /// Every tender that promised money, whatever became of it, the oldest first.
    pub fn books(&self) -> Vec<BookEntry> {
        self.lock().entries()
    }

    /// How often each method was called, in vain or not.
    pub fn calls(&self) -> Calls {
        self.lock().calls
    }

    /// The books; every entry is written in a single step, so they are whole even if a thread died.
    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PaymentGateway for TestGateway {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        let mut books = self.lock();
        books.calls.authorize += 1;
        let loses_answer =
            request.method.token.reveal() == "lost" && books.is_first_to_lose(request.checkout);
        let authorization = books.authorize(request)?;
        if loses_answer {
            return Err(GatewayError::uncertain("the answer was lost on the way"));
        }
        Ok(authorization)
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        let mut books = self.lock();
        books.calls.capture += 1;
        Ok(books.capture(request)?)
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        let mut books = self.lock();
        books.calls.void += 1;
        Ok(books.void(request)?)
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        let mut books = self.lock();
        books.calls.refund += 1;
        Ok(books.refund(request)?)
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        let mut books = self.lock();
        books.calls.lookup += 1;
        Ok(books.lookup(key))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { key_retention: Duration::from_secs(24 * 60 * 60) }
    }
}

impl fmt::Debug for TestGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestGateway").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
