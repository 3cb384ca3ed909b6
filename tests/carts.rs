//! Carts over time: what becomes of a guest's at login, and what a buyer is told.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::{num::NonZeroU32, time::Duration};

use commerce_kit::{
    domain::{
        cart::{CartWarning, MergeNote, MergePolicy, Quantity},
        catalog::{KitPart, Price, PriceList, Product, ProductStatus, Variant},
        customer::{Customer, Email},
        ids::{CartId, CustomerGroup, CustomerId, MarketId, PriceListCode, ProductId},
        money::{Currency, Money},
    },
    service::{NewCart, ReservePolicy},
    storage::Page,
};
use commerce_testkit::shop::{TestShop, sku};
use futures_util::future::join_all;
use uuid::Uuid;

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

async fn own_cart(shop: &TestShop, lines: &[(&str, u32)]) -> CartId {
    let customer = Some(CustomerId::from_uuid(Uuid::from_u128(5)));
    let new = NewCart { customer, ..NewCart::guest(MarketId::main()) };
    let cart = shop.commerce.carts().create(new).await.unwrap().id;
    for (name, pieces) in lines {
        shop.commerce.carts().add(cart, &sku(name), Quantity::new(*pieces).unwrap()).await.unwrap();
    }
    cart
}

async fn picks(shop: &TestShop, cart: CartId) -> Vec<(String, u32)> {
    let cart = shop.commerce.carts().get(cart).await.unwrap();
    cart.lines.iter().map(|line| (line.sku.to_string(), line.quantity.get())).collect()
}

fn named(picks: &[(&str, u32)]) -> Vec<(String, u32)> {
    picks.iter().map(|(sku, pieces)| ((*sku).to_owned(), *pieces)).collect()
}

/// Changes the one product of the shop.
async fn change(shop: &TestShop, change: impl FnOnce(&mut Product)) {
    let read = shop.commerce.catalog().products(Page::first(1)).await.unwrap().remove(0);
    let mut product = Product::clone(&read);
    change(&mut product);
    shop.commerce.catalog().replace_product(&read, product).await.unwrap();
}

#[tokio::test]
async fn a_guest_cart_comes_over_once_and_is_then_over() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 9).await;
    shop.sells("CUP", "5.00", 9).await;
    let (guest, own) =
        (shop.cart_with(&[("MUG", 2), ("CUP", 1)]).await, own_cart(&shop, &[("MUG", 1)]).await);
    let carts = shop.commerce.carts();
    for _ in 0..3 {
        let merged = carts.merge(guest, own, MergePolicy::Merge).await.unwrap();
        assert_eq!(merged.notes, []);
        assert_eq!(picks(&shop, own).await, named(&[("MUG", 3), ("CUP", 1)]));
    }
    assert_eq!(picks(&shop, guest).await, []);
    assert_eq!(carts.add(guest, &sku("MUG"), Quantity::ONE).await.unwrap_err().code(), "cart_merged");

    let line = carts.get(own).await.unwrap().lines[0].id;
    carts.remove(own, line).await.unwrap();
    carts.merge(guest, own, MergePolicy::Merge).await.unwrap();
    assert_eq!(picks(&shop, own).await, named(&[("CUP", 1)]), "what was taken out stays out");
}

#[tokio::test]
async fn a_login_is_never_refused_for_a_cart() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 9).await;
    let carts = shop.commerce.carts();
    let (own, other) = (own_cart(&shop, &[("MUG", 1)]).await, own_cart(&shop, &[]).await);
    let nowhere = CartId::from_uuid(Uuid::from_u128(404));
    let guest = shop.cart_with(&[("MUG", 1)]).await;
    carts.merge(guest, other, MergePolicy::Merge).await.unwrap();
    for (from, notes) in [
        (nowhere, vec![]),
        (own, vec![]),
        (other, vec![MergeNote::NotAGuest]),
        (guest, vec![MergeNote::MergedElsewhere]),
    ] {
        let merged = carts.merge(from, own, MergePolicy::KeepGuest).await.unwrap();
        assert_eq!(merged.notes, notes);
        assert_eq!(picks(&shop, own).await, named(&[("MUG", 1)]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_at_once_take_a_guest_cart_over_once() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 9).await;
    let (guest, own) = (shop.cart_with(&[("MUG", 2)]).await, own_cart(&shop, &[]).await);
    let logins = (0..8).map(|_| {
        let commerce = shop.commerce.clone();
        tokio::spawn(async move { commerce.carts().merge(guest, own, MergePolicy::Merge).await.map(drop) })
    });
    for login in join_all(logins).await {
        login.unwrap().unwrap();
    }
    assert_eq!(picks(&shop, own).await, named(&[("MUG", 2)]));
}

#[tokio::test]
async fn a_login_takes_along_what_the_guest_held_or_says_that_it_cannot() {
    let hold = Duration::from_secs(600);
    let shop = TestShop::with(|parts| parts.reserve(ReservePolicy::OnAddToCart { hold }));
    shop.sells("MUG", "10.00", 5).await;
    let carts = shop.commerce.carts();
    let (guest, own) = (shop.cart_with(&[("MUG", 2)]).await, own_cart(&shop, &[("MUG", 1)]).await);
    let merged = carts.merge(guest, own, MergePolicy::Merge).await.unwrap();
    assert_eq!((merged.notes, shop.available("MUG").await), (vec![], 2));

    let late = shop.cart_with(&[("MUG", 2)]).await;
    shop.clock.advance(hold);
    carts.add(own, &sku("MUG"), Quantity::ONE).await.unwrap();
    shop.cart_with(&[("MUG", 1)]).await;
    let merged = carts.merge(late, own, MergePolicy::Merge).await.unwrap();
    assert_eq!(merged.notes, [MergeNote::NotHeld]);
    assert_eq!(picks(&shop, own).await, named(&[("MUG", 6)]));
    assert_eq!(shop.available("MUG").await, 0, "four are held for this cart as before, one for a stranger");
}

#[tokio::test]
async fn a_cart_says_what_has_changed_since_the_lines_were_added() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 5).await;
    let cart = shop.cart_with(&[("MUG", 2)]).await;
    let carts = shop.commerce.carts();
    assert_eq!(carts.warnings(cart).await.unwrap(), []);
    let line = carts.get(cart).await.unwrap().lines[0].id;
    let price = |minor| Price::new(MarketId::main(), euro(minor));

    change(&shop, |product| product.variants[0].prices = vec![price(1_200)]).await;
    let dearer = CartWarning::PriceChanged { line, then: price(1_000).into(), now: price(1_200).into() };
    assert_eq!(carts.warnings(cart).await.unwrap(), [dearer]);
    carts.set_quantity(cart, line, Quantity::new(6).unwrap()).await.unwrap();
    let short = CartWarning::StockShort { sku: sku("MUG"), wanted: 6, available: 5 };
    assert_eq!(carts.warnings(cart).await.unwrap(), [short], "the new price was seen");

    carts.set_quantity(cart, line, Quantity::new(2).unwrap()).await.unwrap();
    change(&shop, |product| product.variants[0].min_pieces = NonZeroU32::new(3)).await;
    let few = CartWarning::TooFewPieces { sku: sku("MUG"), min: NonZeroU32::new(3).unwrap() };
    assert_eq!(carts.warnings(cart).await.unwrap(), [few]);
    change(&shop, |product| {
        (product.status, product.variants[0].min_pieces) = (ProductStatus::Archived, None);
    })
    .await;
    assert_eq!(carts.warnings(cart).await.unwrap(), [CartWarning::NotSold { line, sku: sku("MUG") }]);
}

#[tokio::test]
async fn a_cart_is_warned_by_the_price_for_its_pieces_and_its_buyer() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 50).await;
    let price = |minor| Price::new(MarketId::main(), euro(minor));
    let friends = CustomerGroup::new("friends").unwrap();
    let id = CustomerId::from_uuid(Uuid::from_u128(5));
    let friend = Customer {
        group: Some(friends.clone()),
        ..Customer::new(id, Email::new("ann@example.com").unwrap())
    };
    shop.commerce.customers().add(friend).await.unwrap();
    let list = PriceList { group: Some(friends), ..PriceList::new(PriceListCode::new("friends").unwrap()) };
    change(&shop, |product| {
        let prices = &mut product.variants[0].prices;
        prices.push(price(900).from_pieces(NonZeroU32::new(10).unwrap()));
        prices.push(price(800).on_list(list));
    })
    .await;
    let carts = shop.commerce.carts();
    for (cart, few, many) in
        [(shop.cart_with(&[("MUG", 2)]).await, 1_000, 900), (own_cart(&shop, &[("MUG", 2)]).await, 800, 800)]
    {
        let seen = async || {
            let cart = carts.get(cart).await.unwrap();
            (cart.lines[0].id, cart.lines[0].seen.as_ref().unwrap().amount)
        };
        let (line, price) = seen().await;
        assert_eq!(price, euro(few));
        carts.set_quantity(cart, line, Quantity::new(10).unwrap()).await.unwrap();
        assert_eq!((seen().await.1, carts.warnings(cart).await.unwrap()), (euro(many), vec![]));
    }
}

#[tokio::test]
async fn a_cart_is_warned_of_the_part_of_a_kit_that_is_short() {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 7).await;
    let six = KitPart { sku: sku("MUG"), units: NonZeroU32::new(6).unwrap() };
    let set = Variant { kit: vec![six], ..Variant::new(sku("SET")) };
    let set = set.with_price(Price::new(MarketId::main(), euro(5_000)));
    let set = Product::new(ProductId::from_uuid(Uuid::from_u128(6)), "Set", set);
    shop.commerce.catalog().add_product(set).await.unwrap();
    let warned = async |mugs| {
        let cart = shop.cart_with(&[("SET", 1), ("MUG", mugs)]).await;
        shop.commerce.carts().warnings(cart).await.unwrap()
    };
    assert_eq!(warned(1).await, []);
    let short = CartWarning::StockShort { sku: sku("MUG"), wanted: 8, available: 7 };
    assert_eq!(warned(2).await, [short]);
}

#[tokio::test]
async fn a_cart_takes_as_many_pieces_as_the_variant_is_sold_in() {
    let shop = TestShop::new();
    shop.sells("CUP", "5.00", 100).await;
    change(&shop, |product| {
        let variant = &mut product.variants[0];
        (variant.min_pieces, variant.max_pieces) = (NonZeroU32::new(6), NonZeroU32::new(12));
    })
    .await;
    let carts = shop.commerce.carts();
    let cart = shop.cart_with(&[]).await;
    let pieces = |pieces| Quantity::new(pieces).unwrap();
    let add = async |count| carts.add(cart, &sku("CUP"), pieces(count)).await;
    assert_eq!(add(5).await.unwrap_err().code(), "too_few_pieces");
    let line = add(6).await.unwrap().lines[0].id;
    assert_eq!(add(7).await.unwrap_err().code(), "too_many_pieces");
    let more = carts.set_quantity(cart, line, pieces(13)).await.unwrap_err();
    assert_eq!(more.code(), "too_many_pieces");
    assert_eq!(carts.set_quantity(cart, line, pieces(12)).await.unwrap().lines[0].quantity, pieces(12));
}
