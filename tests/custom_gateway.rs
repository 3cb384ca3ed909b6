//! The gateway of the example keeps the rules for gateways.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::sync::Arc;

use async_trait::async_trait;
use commerce_kit::{
    domain::{
        ids::CheckoutId,
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    gateway::{GatewayError, PaymentGateway},
};
use commerce_testkit::conformance::{Moved, Sandbox};
use custom_gateway::{Bank, BankGateway, State};

#[allow(dead_code, reason = "its main is not run here")]
#[path = "../examples/custom_gateway.rs"]
mod custom_gateway;

commerce_testkit::payment_gateway_conformance!(|| async { Arc::new(BankGateway { bank: Bank::default() }) });

#[async_trait]
impl Sandbox for BankGateway {
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
        PaymentMethod::new("card", "full").unwrap()
    }

    fn declined(&self) -> PaymentMethod {
        PaymentMethod::new("card", "empty").unwrap()
    }

    fn sale(&self) -> Option<PaymentMethod> {
        Some(PaymentMethod::new("wallet", "sale").unwrap())
    }

    async fn moved(&self, checkout: CheckoutId) -> Result<Moved, GatewayError> {
        let (mut promised, mut captured, mut refunded) = (0, 0, 0);
        for hold in self.bank.holds().iter().filter(|hold| hold.checkout == checkout.to_string()) {
            promised += if matches!(hold.state, State::Held | State::Taken) { hold.cents } else { 0 };
            captured += if hold.state == State::Taken { hold.cents } else { 0 };
            refunded += hold.returned;
        }
        let euro = |cents| Money::from_minor(cents, Currency::EUR);
        Ok(Moved { promised: euro(promised), captured: euro(captured), refunded: euro(refunded) })
    }
}
