//! A process dies after the bank has promised the money and before the order is placed; another one finishes.
//!
//! `cargo run --example resume_after_crash`. Time is virtual: the lease of the dead process ends at once.

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::{error::Error, time::Duration};

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
    environment::Clock,
    service::NewCart,
};
use commerce_testkit::{faults::Fault, invariants::Moment, stage::Process, world::World};
use uuid::Uuid;

/// The checkout's calls before this one are listed in docs/checkout.md.
const AUTHORIZE: usize = 11;

fn main() -> Result<(), Box<dyn Error>> {
    let world = World::default();
    let noon = world.clock.now();
    let stopped = || "nobody had anything left to do";
    let request = world.stage.run(noon, sell_a_mug(world.process(Process(0))?)).ok_or_else(stopped)??;
    let id = request.id;

    // The first process dies with the bank's answer in its hands.
    let first = Process(1);
    let plan = world.plan(first);
    plan.at(AUTHORIZE, Fault::CrashAfter);
    let shop = world.faulty_process(first, &plan)?;
    let bought = world.ask(first, &shop, |shop| async move { shop.checkouts().start(request).await });
    assert!(world.stage.run(noon, bought).ok_or_else(stopped)?.is_err(), "nobody is left to answer");
    assert_eq!(plan.calls().last().map(|call| call.name), Some("authorize"));
    println!("the first process died; promises at the bank: {}", world.gateway.books().len());

    // The second waits until the lease of the first has ended, then goes on from the last commit.
    let shop = world.process(Process(2))?;
    world.start_worker(Process(2), &shop);
    world.stage.run_until(noon + World::LEASE + Duration::from_secs(5));
    let orders = async { (shop.checkouts().get(id).await, shop.orders().get(id.into()).await) };
    let (checkout, order) = world.stage.run(world.clock.now(), orders).ok_or_else(stopped)?;
    println!("the second process: {:?}", checkout?.status);

    let books = world.gateway.books();
    println!("promises at the bank: {}, collected: {} of {}", books.len(), books[0].captured, order?.total());
    assert_eq!((books.len(), books[0].captured), (1, books[0].amount), "charged once, and all of it");
    assert_eq!(world.check(Moment::AtRest), []);
    Ok(())
}

/// One mug on the shelf, and a buyer who is about to press "buy".
async fn sell_a_mug(shop: Commerce) -> Result<CheckoutRequest, Box<dyn Error>> {
    let sku = Sku::new("MUG-BLUE")?;
    let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
    let mug = Variant::new(sku.clone()).with_price(price);
    shop.catalog().add_product(Product::new(ProductId::from_uuid(Uuid::now_v7()), "Mug", mug)).await?;
    shop.inventory().receive(StockKey { sku: sku.clone(), location: LocationId::main() }, 1).await?;
    let cart = shop.carts().create(NewCart::guest(MarketId::main())).await?.id;
    shop.carts().add(cart, &sku, Quantity::ONE).await?;
    let total = shop.carts().quote(cart, Buyer::default()).await?.total;
    let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse()?);
    let id = CheckoutId::from_uuid(Uuid::now_v7());
    Ok(CheckoutRequest::new(id, cart, Email::new("ann@example.com")?, address, total)
        .with_tender(PaymentMethod::new("card", "ok")?))
}
