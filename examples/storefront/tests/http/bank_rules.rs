//! A gateway over HTTP keeps the rules for gateways, also when its callers hang up.

use std::sync::Arc;

use async_trait::async_trait;
use commerce_kit::{
    domain::{ids::CheckoutId, money::Currency, payment::PaymentMethod},
    gateway::{GatewayError, PaymentGateway},
    memory::TestGateway,
};
use commerce_testkit::conformance::{Moved, Sandbox};
use storefront::bank::RemoteBank;

use crate::banks::open_bank;

fn on_a_runtime(rule: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(rule);
}

async fn house() -> Arc<House> {
    let (books, remote) = open_bank().await;
    Arc::new(House { books, remote })
}

commerce_testkit::payment_gateway_conformance!(house, on_a_runtime);

/// The bank, seen from both ends of the line.
struct House {
    books: Arc<TestGateway>,
    remote: RemoteBank,
}

#[async_trait]
impl Sandbox for House {
    fn gateway(&self) -> &dyn PaymentGateway {
        &self.remote
    }

    fn currency(&self) -> Currency {
        self.books.currency()
    }

    fn first_checkout(&self) -> u128 {
        self.books.first_checkout()
    }

    fn approved(&self) -> PaymentMethod {
        self.books.approved()
    }

    fn declined(&self) -> PaymentMethod {
        self.books.declined()
    }

    fn sale(&self) -> Option<PaymentMethod> {
        self.books.sale()
    }

    async fn moved(&self, checkout: CheckoutId) -> Result<Moved, GatewayError> {
        self.books.moved(checkout).await
    }
}
