//! A bank with books of its own: what it says happened to money is what happened.

mod books;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use commerce_core::{
    domain::ids::CheckoutId,
    environment::Clock,
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, VoidOutcome, VoidRequest,
    },
    memory::{BookEntry, BuyerAnswer},
};

use super::{fate::Chance, judge::Judge, tap::Witness};
use crate::environment::ManualClock;
use books::{Answer, Books, Request};

/// What a bank does with what it has seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    /// A new key moves money again, whatever was moved before; a known key is answered as things stand now.
    Permissive,
    /// Nothing is moved twice; a known key gets the very answer that it got before.
    Strict,
}

/// A payment gateway for one run. It forgets a key after a day.
pub(super) struct Bank {
    clock: ManualClock,
    judge: Arc<Judge>,
    chance: Arc<Chance>,
    books: Mutex<Books>,
}

impl Bank {
    /// How long a key is remembered.
    pub(super) const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

    pub(super) fn new(clock: ManualClock, temper: Temper, witness: Witness) -> Self {
        let Witness { judge, chance } = witness;
        Self { clock, judge, chance, books: Mutex::new(Books::new(temper)) }
    }

    /// The buyer, or another bank, answers what the latest tender of a checkout waits for; whether one did.
    pub(super) fn complete(&self, checkout: CheckoutId, answer: BuyerAnswer) -> bool {
        let completed = self.lock().complete(checkout, answer, self.clock.now());
        self.judge.money_moved(&self.lock(), checkout);
        completed
    }

    /// Every tender that promised money.
    pub(super) fn entries(&self) -> Vec<BookEntry> {
        self.lock().entries()
    }

    fn ask(&self, key: &IdempotencyKey, request: Request) -> Result<Answer, GatewayError> {
        let mut books = self.lock();
        let now = self.clock.now();
        self.judge.key_sent(&books, key, &request, now);
        let (answer, moved) = books.ask(key, &request, now);
        self.chance.log(|| format!("      bank: {key}: {answer:?}"));
        if let Some(checkout) = moved {
            self.judge.money_asked(&request, checkout);
            self.judge.money_moved(&books, checkout);
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PaymentGateway for Bank {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        match self.ask(&request.key.clone(), Request::Authorize(request))? {
            Answer::Authorize(answer) => Ok(answer),
            _ => Err(GatewayError::uncertain("the books are in disorder")),
        }
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        self.ask(&request.key.clone(), Request::Capture(request)).map(drop)
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        match self.ask(&request.key.clone(), Request::Void(request))? {
            Answer::Void(answer) => Ok(answer),
            _ => Err(GatewayError::uncertain("the books are in disorder")),
        }
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        self.ask(&request.key.clone(), Request::Refund(request)).map(drop)
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        Ok(self.lock().lookup(key, self.clock.now()))
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { key_retention: Self::RETENTION }
    }
}

impl fmt::Debug for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bank({} tenders)", self.entries().len())
    }
}

pub(super) use books::{Books as BankBooks, Request as BankRequest};
