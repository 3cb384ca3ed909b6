//! What happens to those who ask again when the shop has forgotten all but its orders and payments.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use commerce_core::{
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, VoidOutcome, VoidRequest,
    },
    service::Retention,
};
use commerce_testkit::world::{Planted, World};

use super::{Stock, buyer, checkout_id, merchant};
use crate::{client::Client, run::expect};

/// How long this shop and its gateway remember.
const MEMORY: Duration = Duration::from_secs(600);

pub(super) fn world(world: &mut World) {
    world.retention = Retention { sagas: MEMORY, events: MEMORY, carts: MEMORY, reservations: MEMORY };
    world.planted = Planted { payments: |gateway| Arc::new(Forgetful(gateway)), ..Planted::default() };
}

pub(super) async fn asked_again(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let request = buyer::request(client, checkout_id(), stock.cart, Some("ok")).await;
    buyer::is_placed(&buyer::send(client, &request).await)?;
    merchant::give_back(client).await?;
    all_is_forgotten(client, stock).await;
    buyer::is_placed(&buyer::send(client, &request).await)?;
    merchant::give_back(client).await?;
    client.work().await;
    Ok(())
}

pub(super) async fn called_off_again(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    merchant::cancelled(client, stock).await?;
    all_is_forgotten(client, stock).await;
    merchant::cancel_order(client).await
}

/// One order was paid once, and five euros of it were given back once.
pub(super) fn bought_once(world: &World, _: &Stock) -> Result<(), String> {
    let books = world.gateway.books();
    expect("payments", books.len(), 1)?;
    expect("given back", books[0].refunded.minor(), 500)?;
    expect("kept", books[0].captured.minor(), books[0].amount.minor())
}

/// Waits until nothing is known of the checkout but what came of it.
async fn all_is_forgotten(client: &Client<'_>, stock: &Stock) {
    client.wait(MEMORY + Duration::from_secs(90)).await;
    client.work().await;
    let (saga, cart) = (checkout_id().into(), stock.cart);
    while client.ask(move |shop| async move { shop.sagas().get(saga).await }).await.is_ok()
        || client.ask(move |shop| async move { shop.carts().get(cart).await }).await.is_ok()
    {
        client.wait(Duration::from_secs(60)).await;
    }
}

/// A gateway that remembers its keys for minutes only.
#[derive(Debug)]
struct Forgetful(Arc<dyn PaymentGateway>);

#[async_trait]
impl PaymentGateway for Forgetful {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        self.0.authorize(request).await
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        self.0.capture(request).await
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        self.0.void(request).await
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        self.0.refund(request).await
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        self.0.lookup(key).await
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { key_retention: MEMORY }
    }
}
