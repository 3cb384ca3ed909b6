//! A buyer with one mug in the cart, in a shop whose time and processes a test owns.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::time::Duration;

use commerce_kit::{
    checkout::{Buyer, CheckoutRequest},
    domain::{
        cart::Quantity,
        catalog::{Price, Product, Variant},
        customer::{Address, Email},
        ids::{CheckoutId, LocationId, MarketId, ProductId},
        inventory::StockKey,
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    environment::Clock,
    service::{CheckoutStatus, NewCart},
};
use commerce_testkit::{faults::FaultPlan, shop::sku, stage::Process, world::World};
use uuid::Uuid;

pub(crate) const FIRST: Process = Process(1);
pub(crate) const SECOND: Process = Process(2);

/// Fills the shelf with three mugs and a cart with one; answers what its buyer sends.
pub(crate) fn a_mug_in_the_cart(world: &World, token: &str) -> CheckoutRequest {
    let shop = world.process(Process(9)).unwrap();
    let fill = async {
        let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
        let mug = Variant::new(sku("MUG")).with_price(price);
        let product = Product::new(ProductId::from_uuid(Uuid::from_u128(1)), "Mug", mug);
        shop.catalog().add_product(product).await.unwrap();
        let shelf = StockKey { sku: sku("MUG"), location: LocationId::main() };
        shop.inventory().receive(shelf, 3).await.unwrap();
        let cart = shop.carts().create(NewCart::guest(MarketId::main())).await.unwrap().id;
        shop.carts().add(cart, &sku("MUG"), Quantity::ONE).await.unwrap();
        let total = shop.carts().quote(cart, Buyer::default()).await.unwrap().total;
        let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse().unwrap());
        let email = Email::new("ann@example.com").unwrap();
        CheckoutRequest::new(CheckoutId::from_uuid(Uuid::from_u128(100)), cart, email, address, total)
            .with_tender(PaymentMethod::new("card", token).unwrap())
    };
    world.stage.run(world.clock.now(), fill).unwrap()
}

/// The port calls of a checkout without faults, from "buy" to the closed cart.
pub(crate) fn rehearse(token: &str) -> FaultPlan {
    let world = World::default();
    let request = a_mug_in_the_cart(&world, token);
    let plan = world.plan(FIRST);
    let shop = world.faulty_process(FIRST, &plan).unwrap();
    let bought =
        world.ask(FIRST, &shop, |shop| async move { shop.checkouts().start(request).await.unwrap() });
    let checkout = world.stage.run(world.clock.now(), bought).unwrap().unwrap();
    assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }), "{checkout:?}");
    world.stage.run_until(world.clock.now() + Duration::from_millis(1));
    plan
}
