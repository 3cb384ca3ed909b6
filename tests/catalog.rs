//! What a merchant says of goods and prices, and what a shop does with it, through the public API only.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{num::NonZeroU32, time::Duration};

use commerce_kit::{
    checkout::{Buyer, CheckoutRefusal},
    domain::{
        catalog::{CategoryPath, KitPart, Price, Product, ProductStatus, Variant},
        ids::{CartId, MarketId, OrderId, ProductId, ShipmentId},
        money::{Currency, Money},
        order::{OrderStatus, ShipmentLine},
    },
    service::{CheckoutStatus, NewShipment, ReservePolicy},
    storage::{Refusal, Shortage},
};
use commerce_testkit::shop::{TestShop, sku};
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

fn product(n: u128, code: &str, minor: i64, parts: &[(&str, u32)]) -> Product {
    let part =
        |(code, units): &(&str, u32)| KitPart { sku: sku(code), units: NonZeroU32::new(*units).unwrap() };
    let variant = Variant { kit: parts.iter().map(part).collect(), ..Variant::new(sku(code)) };
    let variant = variant.with_price(Price::new(MarketId::main(), euro(minor)));
    Product::new(ProductId::from_uuid(Uuid::from_u128(n)), code, variant)
}

/// A shop that sells mugs, pots, and tea sets of six mugs and a pot, of which nothing lies on the shelf.
async fn tea_shop(shop: TestShop) -> TestShop {
    shop.sells("MUG", "10.00", 20).await;
    shop.sells("POT", "30.00", 5).await;
    shop.commerce.catalog().add_product(product(1, "SET", 7_000, &[("MUG", 6), ("POT", 1)])).await.unwrap();
    shop
}

async fn stock(shop: &TestShop) -> [i64; 2] {
    [shop.available("MUG").await, shop.available("POT").await]
}

async fn buy(shop: &TestShop, cart: CartId) -> OrderId {
    let checkout = shop.buy(cart, "ok").await;
    assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }), "{:?}", checkout.status);
    checkout.id.into()
}

#[tokio::test]
async fn a_kit_is_sold_out_of_its_parts() {
    let shop = tea_shop(TestShop::new()).await;
    let cart = shop.cart_with(&[("SET", 2), ("MUG", 1)]).await;
    let order = buy(&shop, cart).await;
    assert_eq!(stock(&shop).await, [20 - 2 * 6 - 1, 5 - 2]);
    assert_eq!(shop.commerce.orders().get(order).await.unwrap().total(), euro(2 * 7_000 + 1_000));
    assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_kit_is_short_of_what_its_parts_are_short_of() {
    let shop = tea_shop(TestShop::new()).await;
    let cart = shop.cart_with(&[("SET", 3), ("MUG", 3)]).await;
    let short = Shortage { sku: sku("MUG"), wanted: 21, available: 20 };
    let refusal = CheckoutRefusal::Store { refusal: Refusal::InsufficientStock { short: vec![short] } };
    let CheckoutStatus::Refused { why, .. } = shop.buy(cart, "ok").await.status else {
        panic!("20 mugs are no 21");
    };
    assert_eq!(why, refusal);
    assert_eq!(stock(&shop).await, [20, 5]);
}

#[tokio::test]
async fn what_a_cart_holds_of_a_kit_is_what_its_checkout_takes() {
    let hold = 10 * DAY;
    let shop = tea_shop(TestShop::with(|parts| parts.reserve(ReservePolicy::OnAddToCart { hold }))).await;
    let cart = shop.cart_with(&[("SET", 1), ("POT", 1)]).await;
    assert_eq!(stock(&shop).await, [14, 3]);
    buy(&shop, cart).await;
    assert_eq!(stock(&shop).await, [14, 3]);
    assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_parcel_takes_the_parts_of_the_kits_in_it_and_the_rest_comes_back() {
    let shop = tea_shop(TestShop::new()).await;
    let cart = shop.cart_with(&[("SET", 2)]).await;
    let order = buy(&shop, cart).await;
    let read = shop.commerce.catalog().product(ProductId::from_uuid(Uuid::from_u128(1))).await.unwrap();
    let other = product(1, "SET", 7_000, &[("MUG", 1)]);
    shop.commerce.catalog().replace_product(&read, other).await.unwrap();

    let line = shop.commerce.orders().get(order).await.unwrap().quote.lines[0].line;
    let one = vec![ShipmentLine { line, quantity: 1.try_into().unwrap() }];
    let parcel =
        NewShipment { id: ShipmentId::from_uuid(Uuid::from_u128(1)), lines: Some(one), tracking: None };
    shop.commerce.orders().fulfil(order, parcel).await.unwrap();
    assert_eq!(on_hand(&shop).await, [14, 4], "one set, as it was when it was bought");

    let left = shop.commerce.orders().cancel(order, "one is enough").await.unwrap();
    assert_eq!(left.status(), OrderStatus::Shipped);
    assert_eq!((on_hand(&shop).await, stock(&shop).await), ([14, 4], [14, 4]));
    assert!(shop.commerce.inventory().audit().await.unwrap().is_empty());
}

async fn on_hand(shop: &TestShop) -> [i64; 2] {
    let mut units = [0; 2];
    for (units, code) in units.iter_mut().zip(["MUG", "POT"]) {
        *units = shop.commerce.inventory().levels(&sku(code)).await.unwrap()[0].on_hand;
    }
    units
}

#[tokio::test]
async fn several_variants_are_sold_off_one_shelf() {
    let shop = TestShop::new();
    shop.sells("EGG", "0.50", 20).await;
    shop.commerce.catalog().add_product(product(1, "DOZEN", 500, &[("EGG", 12)])).await.unwrap();
    let cart = shop.cart_with(&[("DOZEN", 1), ("EGG", 8)]).await;
    buy(&shop, cart).await;
    assert_eq!(shop.available("EGG").await, 0);
    let late = shop.cart_with(&[("DOZEN", 1)]).await;
    assert!(matches!(shop.buy(late, "ok").await.status, CheckoutStatus::Refused { .. }));
}

#[tokio::test]
async fn a_reduced_price_is_shown_with_the_lowest_of_thirty_days() {
    let shop = TestShop::new();
    let (catalog, market) = (shop.commerce.catalog(), MarketId::main());
    let now = || commerce_kit::environment::Clock::now(&shop.clock);
    catalog.add_product(product(1, "MUG", 1_000, &[])).await.unwrap();
    for minor in [1_200, 900] {
        shop.clock.advance(DAY);
        let read = catalog.product(ProductId::from_uuid(Uuid::from_u128(1))).await.unwrap();
        catalog.replace_product(&read, product(1, "MUG", minor, &[])).await.unwrap();
    }
    let mug = catalog.listing(&sku("MUG")).await.unwrap();
    let reduction = mug.reduction(&market, now()).unwrap();
    assert_eq!((reduction.price.amount, reduction.prior.amount), (euro(900), euro(1_000)));
    let lowest = |after| mug.lowest_price(&market, now() + after).map(|price| price.amount);
    assert_eq!([lowest(Duration::ZERO), lowest(DAY)], [Some(euro(1_000)), Some(euro(900))]);
}

#[tokio::test]
async fn the_category_tree_is_what_products_on_sale_say() {
    let shop = TestShop::new();
    let catalog = shop.commerce.catalog();
    let path = |path: &str| CategoryPath::new(path).unwrap();
    for (n, categories, status) in [
        (1, "kitchen/mugs", ProductStatus::Active),
        (2, "kitchen/pots", ProductStatus::Active),
        (3, "kitchen/pots", ProductStatus::Draft),
    ] {
        let thing = product(n, &format!("SKU-{n}"), 100, &[]);
        catalog.add_product(Product { categories: vec![path(categories)], status, ..thing }).await.unwrap();
    }
    let tree = catalog.categories().await.unwrap();
    assert_eq!([tree.products(&path("kitchen")), tree.products(&path("kitchen/pots"))], [2, 1]);
}

#[tokio::test]
async fn what_costs_something_only_from_six_pieces_on_can_be_picked_piece_by_piece() {
    let shop = TestShop::new();
    let mut beer = product(1, "BEER", 100, &[]);
    beer.variants[0].prices[0].from_quantity = NonZeroU32::new(6).unwrap();
    beer.variants[0].stock = commerce_kit::domain::catalog::StockTracking::Untracked;
    shop.commerce.catalog().add_product(beer).await.unwrap();
    let cart = shop.cart_with(&[("BEER", 5)]).await;
    assert_eq!(shop.commerce.carts().quote(cart, Buyer::default()).await.unwrap_err().code(), "no_price");
    shop.commerce.carts().add(cart, &sku("BEER"), 1.try_into().unwrap()).await.unwrap();
    assert_eq!(shop.commerce.carts().quote(cart, Buyer::default()).await.unwrap().total, euro(600));
}
