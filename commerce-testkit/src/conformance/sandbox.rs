use async_trait::async_trait;
use commerce_core::{
    domain::{
        ids::CheckoutId,
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    gateway::{
        Authorization, AuthorizeRequest, CaptureRequest, GatewayError, IdempotencyKey, PaymentGateway,
        RefundRequest, VoidRequest,
    },
    memory::TestGateway,
};
use rust_decimal::Decimal;

use crate::fixtures::{NOON, checkout_id, email, saga_id};

/// A gateway at which nobody's money moves, and what its rules need to know of it.
///
/// The gateway may keep what earlier rules left: each rule draws its checkouts and keys from
/// [`first_checkout`](Self::first_checkout) on.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// The gateway.
    fn gateway(&self) -> &dyn PaymentGateway;

    /// The currency it takes; amounts are between 1 and 100 of it.
    fn currency(&self) -> Currency;

    /// The number of the first checkout that was never used here, with a thousand behind it.
    fn first_checkout(&self) -> u128;

    /// A method whose money is promised, to be collected later.
    fn approved(&self) -> PaymentMethod;

    /// A method that is declined.
    fn declined(&self) -> PaymentMethod;

    /// A method that only knows sales, if it has one.
    fn sale(&self) -> Option<PaymentMethod>;

    /// What has really been moved for this checkout, by the other side's own books: without them a kit would have to
    /// take the gateway's word for it.
    async fn moved(&self, checkout: CheckoutId) -> Result<Moved, GatewayError>;
}

/// The sums of everything that was moved for one checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Promised and not given up, whether it was collected or not.
    pub promised: Money,
    /// Collected.
    pub captured: Money,
    /// Given back of that.
    pub refunded: Money,
}

#[async_trait]
impl Sandbox for TestGateway {
    fn gateway(&self) -> &dyn PaymentGateway {
        self
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }

    fn first_checkout(&self) -> u128 {
        1
    }

    fn approved(&self) -> PaymentMethod {
        method("ok")
    }

    fn declined(&self) -> PaymentMethod {
        method("decline")
    }

    fn sale(&self) -> Option<PaymentMethod> {
        Some(method("sale"))
    }

    async fn moved(&self, checkout: CheckoutId) -> Result<Moved, GatewayError> {
        let books = self.books();
        let entries = || books.iter().filter(|entry| entry.checkout == checkout);
        let sum = |amounts: &mut dyn Iterator<Item = Money>| {
            Money::from_minor(amounts.map(Money::minor).sum(), Currency::EUR)
        };
        Ok(Moved {
            promised: sum(&mut entries().filter(|entry| !entry.voided).map(|entry| entry.authorized)),
            captured: sum(&mut entries().map(|entry| entry.captured)),
            refunded: sum(&mut entries().map(|entry| entry.refunded)),
        })
    }
}

fn method(token: &str) -> PaymentMethod {
    PaymentMethod::new("card", token).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// One checkout of a rule, and the requests that are sent for it.
pub(super) struct Trial<'a> {
    pub(super) sandbox: &'a dyn Sandbox,
    pub(super) checkout: CheckoutId,
}

impl<'a> Trial<'a> {
    /// The checkout with this number among those of the rule.
    pub(super) fn number(sandbox: &'a dyn Sandbox, number: u128) -> Self {
        Self { sandbox, checkout: checkout_id(sandbox.first_checkout() + number) }
    }

    pub(super) fn gateway(&self) -> &'a dyn PaymentGateway {
        self.sandbox.gateway()
    }

    /// So many units of the sandbox's currency.
    pub(super) fn amount(&self, units: i64) -> Money {
        let amount = Money::new(Decimal::from(units), self.sandbox.currency());
        amount.unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    pub(super) fn key(&self, attempt: u32, purpose: &str) -> IdempotencyKey {
        IdempotencyKey::new(saga_id(self.checkout.uuid().as_u128()), "conformance", attempt, purpose)
    }

    /// Asks for 20 from this method.
    pub(super) fn ask(&self, attempt: u32, method: PaymentMethod) -> AuthorizeRequest {
        AuthorizeRequest {
            key: self.key(attempt, "authorize"),
            checkout: self.checkout,
            amount: self.amount(20),
            method,
            email: email("ann"),
            at: NOON,
        }
    }

    pub(super) fn collect(&self, attempt: u32, reference: &str, units: i64) -> CaptureRequest {
        let amount = self.amount(units);
        CaptureRequest { key: self.key(attempt, "capture"), reference: reference.into(), amount }
    }

    pub(super) fn give_up(&self, attempt: u32, reference: &str) -> VoidRequest {
        VoidRequest { key: self.key(attempt, "void"), reference: reference.into() }
    }

    pub(super) fn give_back(&self, attempt: u32, reference: &str, units: i64) -> RefundRequest {
        let amount = self.amount(units);
        RefundRequest { key: self.key(attempt, "refund"), reference: reference.into(), amount }
    }

    /// A promise of 20, by the gateway's name for it.
    pub(super) async fn promise(&self) -> Result<String, GatewayError> {
        let answer = self.gateway().authorize(self.ask(1, self.sandbox.approved())).await?;
        Ok(promised(&answer))
    }

    /// A collected payment of 20.
    pub(super) async fn payment(&self) -> Result<String, GatewayError> {
        let reference = self.promise().await?;
        self.gateway().capture(self.collect(1, &reference, 20)).await?;
        Ok(reference)
    }

    /// The other side's books say that so much was promised, collected and given back.
    #[track_caller]
    pub(super) fn expect(&self, moved: Moved, [promised, captured, refunded]: [i64; 3]) {
        let expected = Moved {
            promised: self.amount(promised),
            captured: self.amount(captured),
            refunded: self.amount(refunded),
        };
        assert_eq!(moved, expected, "what the other side's books say of checkout {}", self.checkout);
    }

    pub(super) async fn moved(&self) -> Result<Moved, GatewayError> {
        self.sandbox.moved(self.checkout).await
    }
}

/// The reference of money that is promised.
#[track_caller]
pub(super) fn promised(answer: &Authorization) -> String {
    match answer {
        Authorization::Authorized { reference } => reference.clone(),
        other => panic!("the money was to be promised, but the answer is {other:?}"),
    }
}

/// A rejection: anything else is a broken rule.
#[track_caller]
pub(super) fn rejected<T: std::fmt::Debug>(answer: Result<T, GatewayError>) {
    assert!(
        matches!(answer, Err(GatewayError::Rejected { .. })),
        "to be rejected, but the answer is {answer:?}"
    );
}
