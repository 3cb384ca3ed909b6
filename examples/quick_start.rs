//! A shop in memory: a product goes in, an order comes out.
//!
//! `cargo run --example quick_start`

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::{error::Error, sync::Arc};

use commerce_kit::{
    Commerce,
    checkout::{Buyer, CheckoutRequest},
    domain::{
        cart::Quantity,
        catalog::{Price, Product, Variant},
        customer::{Address, Email},
        ids::{CheckoutId, LocationId, MarketId, ProductId, Sku},
        inventory::StockKey,
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    memory::TestGateway,
    service::NewCart,
};
use uuid::Uuid;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let shop = Commerce::in_memory(Arc::new(TestGateway::new()));

    // A product goes in, and five of it onto the shelf.
    let sku = Sku::new("MUG-BLUE")?;
    let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
    let mug = Product::new(
        ProductId::from_uuid(Uuid::now_v7()),
        "Mug",
        Variant::new(sku.clone()).with_price(price),
    );
    shop.catalog().add_product(mug).await?;
    shop.inventory().receive(StockKey { sku: sku.clone(), location: LocationId::main() }, 5).await?;

    // A buyer picks two and sees the price.
    let cart = shop.carts().create(NewCart::guest(MarketId::main())).await?.id;
    shop.carts().add(cart, &sku, Quantity::new(2)?).await?;
    let quote = shop.carts().quote(cart, Buyer::default()).await?;

    // They press "buy": the same id may be sent again and buys once.
    let id = CheckoutId::from_uuid(Uuid::now_v7());
    let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse()?);
    let request = CheckoutRequest::new(id, cart, Email::new("ann@example.com")?, address, quote.total)
        .with_tender(PaymentMethod::new("card", "ok")?);
    let checkout = shop.checkouts().start(request).await?;

    let order = shop.orders().get(id.into()).await?;
    println!("{:?}: order {} over {}", checkout.status, order.number, order.total());
    Ok(())
}
