//! What merchants do with an order: they call it off, give money back, ship it, let it go on.

use std::time::Duration;

use commerce_core::{
    Commerce, Error,
    domain::{
        cart::Quantity,
        ids::{PaymentId, RefundId, ShipmentId},
        money::{Currency, Money},
        order::{OrderStatus, ShipmentLine},
    },
    refund::RefundOrder,
    service::NewShipment,
};

use super::{Stock, buyer::happy, checkout_id, id};
use crate::{client::Client, run::expect};

pub(super) async fn cancelled(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    cancel_order(client).await
}

pub(super) async fn cancel_order(client: &Client<'_>) -> Result<(), String> {
    loop {
        let order = client.ask(move |shop| async move {
            shop.orders().cancel(checkout_id().into(), "changed my mind").await
        });
        let order = order.await.map_err(|error| error.to_string())?;
        client.work().await;
        if order.status() == OrderStatus::Cancelled {
            return Ok(());
        }
        client.wait(Duration::from_secs(5)).await;
    }
}

pub(super) async fn rest_cancelled(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    let cart = stock.cart;
    let line = client.ask(move |shop| async move { shop.carts().get(cart).await }).await.unwrap().lines[0].id;
    let three = Quantity::new(3).unwrap();
    client.ask(move |shop| async move { shop.carts().set_quantity(cart, line, three).await }).await.unwrap();
    happy(client, stock).await?;
    let ship = move |shop: Commerce| async move {
        let lines = Some(vec![ShipmentLine { line, quantity: Quantity::ONE }]);
        let shipment = NewShipment { id: ShipmentId::from_uuid(id(300)), lines, tracking: None };
        shop.orders().fulfil(checkout_id().into(), shipment).await
    };
    client.ask(ship).await.map_err(|error| error.to_string())?;
    loop {
        let cancel = |shop: Commerce| async move {
            shop.orders().cancel(checkout_id().into(), "two are enough").await
        };
        let order = client.ask(cancel).await.map_err(|error| error.to_string())?;
        client.work().await;
        if let Some(cancelled) = &order.cancelled {
            expect("pieces called off", cancelled.lines[0].quantity.get(), 2)?;
            expect("called off", order.called_off().map(Money::minor).ok(), Some(2 * 1_290))?;
            return expect("status", order.status(), OrderStatus::Shipped);
        }
        client.wait(Duration::from_secs(5)).await;
    }
}

pub(super) async fn refunded(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    for _ in 0..2 {
        give_back(client).await?;
    }
    client.work().await;
    Ok(())
}

/// Waits until the money of the order is collected.
async fn collected(client: &Client<'_>) -> PaymentId {
    let order = checkout_id().into();
    loop {
        let payments =
            client.ask(move |shop| async move { shop.payments().of_order(order).await }).await.unwrap();
        if !payments[0].captured.is_zero() {
            return payments[0].id;
        }
        client.wait(Duration::from_secs(5)).await;
    }
}

/// Gives five euros back, each time under the same id.
pub(super) async fn give_back(client: &Client<'_>) -> Result<(), String> {
    let payment = collected(client).await;
    let refund = move |shop: Commerce| async move {
        let amount = Money::from_minor(500, Currency::EUR);
        let id = RefundId::from_uuid(id(200));
        shop.payments().refund(RefundOrder { id, payment, amount, reason: "a scratch".into() }).await
    };
    client.ask(refund).await.map(drop).map_err(|error| error.to_string())
}

pub(super) async fn shipped(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    for _ in 0..2 {
        let ship = move |shop: Commerce| async move {
            let shipment = NewShipment { id: ShipmentId::from_uuid(id(300)), lines: None, tracking: None };
            shop.orders().fulfil(checkout_id().into(), shipment).await
        };
        let order = client.ask(ship).await.map_err(|error| error.to_string())?;
        expect("shipped", order.status(), OrderStatus::Shipped)?;
    }
    client.work().await;
    Ok(())
}

pub(super) async fn released(client: &Client<'_>, stock: &Stock) -> Result<(), String> {
    happy(client, stock).await?;
    let release = |shop: Commerce| async move { shop.orders().release_hold(checkout_id().into()).await };
    match client.ask(release).await {
        // The first answer may have been lost: then it is released already.
        Ok(_) | Err(Error::Order(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    client.work().await;
    Ok(())
}
