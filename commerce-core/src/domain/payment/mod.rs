//! Money that a gateway moved for one checkout, as our books have it.

mod method;
mod refund;

pub use method::{InvalidMethod, InvalidToken, PaymentMethod, PaymentToken};
pub use refund::{Refund, RefundState};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    ids::{CheckoutId, MethodKind, PaymentId, RefundId},
    money::{Money, MoneyError},
};

/// One tender that the gateway accepted: `0 ≤ refunded ≤ captured ≤ authorized`, all in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// The checkout it pays for; the order has the same number.
    pub checkout: CheckoutId,
    /// What kind of method paid, such as `card`.
    pub method: MethodKind,
    /// The gateway's own name for it.
    pub reference: String,
    /// The key under which it was authorised: the gateway answers lookups by it.
    pub key: String,
    /// What the gateway promised.
    pub authorized: Money,
    /// What was collected.
    pub captured: Money,
    /// What was given back, and what is on its way back.
    pub refunds: Vec<Refund>,
    /// When the promise was given up, if it was.
    pub voided_at: Option<DateTime<Utc>>,
    /// When the gateway accepted it.
    pub authorized_at: DateTime<Utc>,
    /// When it was collected.
    pub captured_at: Option<DateTime<Utc>>,
}

/// What has become of a payment; derived from its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Promised, not collected.
    Authorized,
    /// Given up before it was collected.
    Voided,
    /// Collected.
    Captured,
    /// Collected and partly given back.
    PartlyRefunded,
    /// Collected and all given back.
    Refunded,
}

/// Why a payment cannot change like that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentProblem {
    /// It was given up.
    #[error("the payment was voided")]
    Voided,
    /// Nothing was collected yet, so there is nothing to give back: cancel instead.
    #[error("nothing was captured yet: cancel the order instead of refunding it")]
    NotCaptured,
    /// It was collected, so it cannot be given up: refund it.
    #[error("the payment was captured: refund it instead of voiding it")]
    Captured,
    /// A refund is more than nothing.
    #[error("a refund must be more than zero")]
    NothingToRefund,
    /// More would be given back than was collected.
    #[error("only {left} can still be refunded")]
    TooMuch {
        /// What is left.
        left: Money,
    },
    /// The refund's id was used for another amount.
    #[error("refund {id} was asked for with another amount")]
    RefundReused {
        /// The refund.
        id: RefundId,
    },
    /// The amounts do not compute.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl PaymentProblem {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Voided => "payment_voided",
            Self::NotCaptured => "payment_not_captured",
            Self::Captured => "payment_captured",
            Self::NothingToRefund => "nothing_to_refund",
            Self::TooMuch { .. } => "refund_too_much",
            Self::RefundReused { .. } => "id_reused",
            Self::Money(_) => "invalid_amount",
        }
    }
}

impl Payment {
    /// What has become of it.
    pub fn status(&self) -> PaymentStatus {
        let refunded = self.refunded();
        match () {
            () if self.voided_at.is_some() => PaymentStatus::Voided,
            () if self.captured.is_zero() => PaymentStatus::Authorized,
            () if refunded.is_zero() => PaymentStatus::Captured,
            () if refunded == self.captured => PaymentStatus::Refunded,
            () => PaymentStatus::PartlyRefunded,
        }
    }

    /// What the gateway has given back.
    pub fn refunded(&self) -> Money {
        self.sum(|refund| matches!(refund.state, RefundState::Done { .. }))
    }

    /// What can still be given back: collected, and neither given back nor on its way.
    pub fn refundable(&self) -> Money {
        self.captured.minus(self.sum(|_| true)).unwrap_or(Money::zero(self.captured.currency()))
    }

    /// Notes that all of it was collected; twice is once.
    pub fn capture(&mut self, at: DateTime<Utc>) -> Result<(), PaymentProblem> {
        if self.voided_at.is_some() {
            return Err(PaymentProblem::Voided);
        }
        self.captured = self.authorized;
        self.captured_at.get_or_insert(at);
        Ok(())
    }

    /// Notes that the promise was given up; twice is once.
    pub fn void(&mut self, at: DateTime<Utc>) -> Result<(), PaymentProblem> {
        if !self.captured.is_zero() {
            return Err(PaymentProblem::Captured);
        }
        self.voided_at.get_or_insert(at);
        Ok(())
    }

    /// Promises to give money back, before the gateway is asked; the same refund twice is one.
    pub fn promise_refund(
        &mut self,
        id: RefundId,
        amount: Money,
        reason: &str,
    ) -> Result<(), PaymentProblem> {
        if let Some(known) = self.refunds.iter().find(|refund| refund.id == id) {
            return if known.amount == amount { Ok(()) } else { Err(PaymentProblem::RefundReused { id }) };
        }
        if self.captured.is_zero() {
            return Err(PaymentProblem::NotCaptured);
        }
        if amount.is_zero() || amount.is_negative() {
            return Err(PaymentProblem::NothingToRefund);
        }
        let left = self.refundable();
        if left.minus(amount)?.is_negative() {
            return Err(PaymentProblem::TooMuch { left });
        }
        self.refunds.push(Refund { id, amount, reason: reason.into(), state: RefundState::Promised });
        Ok(())
    }

    /// Notes that the gateway gave the promised money back; twice is once.
    pub fn settle_refund(&mut self, id: RefundId, at: DateTime<Utc>) {
        let promised = |refund: &&mut Refund| refund.id == id && refund.state == RefundState::Promised;
        if let Some(refund) = self.refunds.iter_mut().find(promised) {
            refund.state = RefundState::Done { at };
        }
    }

    fn sum(&self, counted: impl Fn(&Refund) -> bool) -> Money {
        let amounts = self.refunds.iter().filter(|refund| counted(refund)).map(|refund| refund.amount);
        Money::sum(self.captured.currency(), amounts).unwrap_or(self.captured)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::money::Currency;

    fn euro(minor: i64) -> Money {
        Money::from_minor(minor, Currency::EUR)
    }

    fn refund(n: u128) -> RefundId {
        RefundId::from_uuid(Uuid::from_u128(n))
    }

    fn payment() -> Payment {
        Payment {
            id: PaymentId::from_uuid(Uuid::nil()),
            checkout: CheckoutId::from_uuid(Uuid::nil()),
            method: MethodKind::new("card").unwrap(),
            reference: "r".into(),
            key: "k".into(),
            authorized: euro(1_000),
            captured: euro(0),
            refunds: Vec::new(),
            voided_at: None,
            authorized_at: DateTime::UNIX_EPOCH,
            captured_at: None,
        }
    }

    #[test]
    fn refunds_never_exceed_what_was_captured() {
        let mut payment = payment();
        assert_eq!(payment.promise_refund(refund(1), euro(1), ""), Err(PaymentProblem::NotCaptured));
        payment.capture(DateTime::UNIX_EPOCH).unwrap();
        payment.promise_refund(refund(1), euro(600), "").unwrap();
        payment.promise_refund(refund(1), euro(600), "").unwrap();
        assert_eq!(
            payment.promise_refund(refund(2), euro(401), ""),
            Err(PaymentProblem::TooMuch { left: euro(400) })
        );
        assert_eq!(
            payment.promise_refund(refund(1), euro(1), ""),
            Err(PaymentProblem::RefundReused { id: refund(1) })
        );
        payment.settle_refund(refund(1), DateTime::UNIX_EPOCH);
        assert_eq!(payment.status(), PaymentStatus::PartlyRefunded);
        payment.promise_refund(refund(2), euro(400), "").unwrap();
        payment.settle_refund(refund(2), DateTime::UNIX_EPOCH);
        assert_eq!(payment.status(), PaymentStatus::Refunded);
    }

    #[test]
    fn a_refund_of_nothing_or_less_is_refused() {
        let mut payment = payment();
        payment.capture(DateTime::UNIX_EPOCH).unwrap();
        for minor in [0, -1] {
            let refused = payment.promise_refund(refund(1), euro(minor), "");
            assert_eq!(refused, Err(PaymentProblem::NothingToRefund));
        }
        let dollars = Money::from_minor(1, Currency::USD);
        assert!(matches!(payment.promise_refund(refund(1), dollars, ""), Err(PaymentProblem::Money(_))));
    }

    #[test]
    fn a_voided_payment_is_never_captured_and_a_captured_one_never_voided() {
        let mut voided = payment();
        voided.void(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(voided.capture(DateTime::UNIX_EPOCH), Err(PaymentProblem::Voided));
        let mut captured = payment();
        captured.capture(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(captured.void(DateTime::UNIX_EPOCH), Err(PaymentProblem::Captured));
    }
}
