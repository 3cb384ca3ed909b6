//! What a shop gives away, through the public API only: to whom, how often, and while there is any.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

use std::num::NonZeroU32;

use commerce_kit::{
    checkout::{Buyer, CheckoutRefusal, CheckoutRequest},
    domain::{
        cart::Quantity,
        catalog::{KitPart, Price, Product, Variant},
        customer::{Address, Customer, Email},
        ids::{CartId, CheckoutId, CouponCode, CustomerId, MarketId, ProductId, PromotionId},
        money::{Currency, Money},
        payment::PaymentMethod,
        pricing::{
            BatchSecret, Benefit, CodeBatch, Conditions, CouponOutcome, NotApplied, Outcome, Promotion,
            Quote, Target,
        },
    },
    service::{Checkout, CheckoutStatus, CodeState, NewCart},
    storage::Page,
};
use commerce_testkit::{
    invariants::{Moment, check},
    shop::{TestShop, sku},
};
use futures_util::future::join_all;
use rust_decimal::dec;
use uuid::Uuid;

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

fn code(text: &str) -> CouponCode {
    CouponCode::new(text).unwrap()
}

/// Ten per cent off the order.
fn tenth(n: u128) -> Promotion {
    let id = PromotionId::from_uuid(Uuid::from_u128(n));
    Promotion::new(id, "A tenth", Benefit::Percent(dec!(10)), Target::Order)
}

async fn shop_with(promotion: Promotion) -> TestShop {
    let shop = TestShop::new();
    shop.sells("MUG", "10.00", 100).await;
    shop.commerce.catalog().add_promotion(promotion).await.unwrap();
    shop
}

async fn quote(shop: &TestShop, cart: CartId, email: &Email) -> Quote {
    let buyer = Buyer { email: Some(email), ..Buyer::default() };
    shop.commerce.carts().quote(cart, buyer).await.unwrap()
}

fn why(quote: &Quote) -> Option<NotApplied> {
    match &quote.explanation[0].outcome {
        Outcome::NotApplied(why) => Some(why.clone()),
        Outcome::Applied { .. } => None,
    }
}

/// A buyer who saw this total presses "buy".
async fn buy(shop: &TestShop, cart: CartId, email: &Email, total: Money, token: &str) -> Checkout {
    let id = CheckoutId::from_uuid(Uuid::now_v7());
    let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse().unwrap());
    let request = CheckoutRequest::new(id, cart, email.clone(), address, total)
        .with_tender(PaymentMethod::new("card", token).unwrap());
    shop.commerce.checkouts().start(request).await.unwrap()
}

fn is_placed(checkout: &Checkout) -> bool {
    matches!(checkout.status, CheckoutStatus::Placed { .. })
}

fn refusal(checkout: &Checkout) -> &CheckoutRefusal {
    let CheckoutStatus::Refused { why, .. } = &checkout.status else { panic!("{checkout:?}") };
    why
}

async fn assert_whole(shop: &TestShop) {
    let violations = check(&*shop.store, Some(&shop.gateway.books()), Moment::Anytime).await.unwrap();
    assert_eq!(violations, []);
}

fn for_order(n: u32) -> Promotion {
    let conditions = Conditions { nth_order: NonZeroU32::new(n), ..Conditions::default() };
    Promotion { conditions, ..tenth(1) }
}

#[tokio::test]
async fn a_guest_is_new_until_their_address_has_bought() {
    let shop = shop_with(for_order(1)).await;
    let ann = email("ann@example.com");
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let unknown = shop.commerce.carts().quote(cart, Buyer::default()).await.unwrap();
    assert_eq!((why(&unknown), unknown.total), (Some(NotApplied::BuyerUnknown), euro(1_000)));
    let total = quote(&shop, cart, &ann).await.total;
    assert_eq!(total, euro(900));
    assert!(is_placed(&buy(&shop, cart, &ann, total, "ok").await));

    let again = shop.cart_with(&[("MUG", 1)]).await;
    let known = quote(&shop, again, &email(" ANN@Example.com")).await;
    assert_eq!(why(&known), Some(NotApplied::OtherOrder { wanted: 1, this: 2 }));
    assert_eq!(quote(&shop, again, &email("bob@example.com")).await.total, euro(900));
    let greedy = buy(&shop, again, &ann, total, "ok").await;
    assert_eq!(*refusal(&greedy), CheckoutRefusal::PriceChanged { expected: total, now: euro(1_000) });
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_customer_gets_the_third_order_cheaper_whatever_address_they_leave() {
    let shop = shop_with(for_order(3)).await;
    let customer = CustomerId::from_uuid(Uuid::from_u128(5));
    let account = Customer::new(customer, email("ann@example.com"));
    shop.commerce.customers().add(account).await.unwrap();
    let mut totals = Vec::new();
    for n in 0..4 {
        let new = NewCart { customer: Some(customer), ..NewCart::guest(MarketId::main()) };
        let cart = shop.commerce.carts().create(new).await.unwrap().id;
        shop.commerce.carts().add(cart, &sku("MUG"), Quantity::ONE).await.unwrap();
        let mail = email(&format!("ann+{n}@example.com"));
        let total = quote(&shop, cart, &mail).await.total;
        assert!(is_placed(&buy(&shop, cart, &mail, total, "ok").await));
        totals.push(total.minor());
    }
    assert_eq!(totals, [1_000, 1_000, 900, 1_000]);
    assert_whole(&shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_first_orders_at_once_one_is_the_first() {
    let shop = shop_with(for_order(1)).await;
    let ann = email("ann@example.com");
    let carts = join_all((0..16).map(|_| shop.cart_with(&[("MUG", 1)]))).await;
    let bought = join_all(carts.iter().map(|cart| buy(&shop, *cart, &ann, euro(900), "ok"))).await;
    assert_eq!(bought.iter().filter(|checkout| is_placed(checkout)).count(), 1);
    for late in bought.iter().filter(|checkout| !is_placed(checkout)) {
        assert!(["price_changed", "limit_reached"].contains(&refusal(late).code()), "{late:?}");
    }
    assert_whole(&shop).await;
}

#[tokio::test]
async fn an_order_under_way_keeps_the_place_of_the_first_until_it_is_given_up() {
    let shop = shop_with(for_order(1)).await;
    let ann = email("ann@example.com");
    let (one, other) = (shop.cart_with(&[("MUG", 1)]).await, shop.cart_with(&[("MUG", 1)]).await);
    let waiting = buy(&shop, one, &ann, euro(900), "decline").await;
    assert_eq!(waiting.status, CheckoutStatus::AwaitingTender);
    assert_eq!(why(&quote(&shop, other, &ann).await), Some(NotApplied::OrderUnderWay));
    shop.commerce.checkouts().cancel(waiting.id).await.unwrap();
    assert_eq!(quote(&shop, other, &ann).await.total, euro(900));
    assert!(is_placed(&buy(&shop, other, &ann, euro(900), "ok").await));
    assert_whole(&shop).await;
}

fn batch(count: u32) -> (CodeBatch, Promotion) {
    let batch = CodeBatch { secret: BatchSecret::new(Uuid::from_u128(0xC0DE)), count };
    let promotion = Promotion { batch: Some(batch.clone()), ..tenth(1) }.with_code(code("THANKS"));
    (batch, promotion)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_code_of_a_batch_is_good_for_one_order_however_many_try_it() {
    let (batch, promotion) = batch(100_000);
    let id = promotion.id;
    let shop = shop_with(promotion).await;
    let last = batch.code(&code("THANKS"), 99_999).unwrap();
    let mut carts = Vec::new();
    for _ in 0..8 {
        let cart = shop.cart_with(&[("MUG", 1)]).await;
        shop.commerce.carts().set_coupon(cart, Some(last.clone())).await.unwrap();
        carts.push(cart);
    }
    let buyers: Vec<Email> = (0..8).map(|n| email(&format!("buyer-{n}@example.com"))).collect();
    let each = carts.iter().zip(&buyers).map(|(cart, buyer)| buy(&shop, *cart, buyer, euro(900), "ok"));
    let bought = join_all(each).await;
    assert_eq!(bought.iter().filter(|checkout| is_placed(checkout)).count(), 1);
    for late in bought.iter().filter(|checkout| !is_placed(checkout)) {
        assert_eq!(refusal(late).code(), "limit_reached");
    }
    let another = shop.cart_with(&[("MUG", 1)]).await;
    shop.commerce.carts().set_coupon(another, Some(last.clone())).await.unwrap();
    let late = quote(&shop, another, &buyers[0]).await;
    let why = NotApplied::CodeUsed { number: 99_999 };
    assert_eq!(late.coupon, CouponOutcome::Refused { code: last.clone(), why });

    let codes = shop.commerce.catalog().codes(id, Page::after(99_997, 10)).await.unwrap();
    assert_eq!(
        codes.iter().map(|it| (it.number, it.state)).collect::<Vec<_>>(),
        [(99_998, CodeState::Unused), (99_999, CodeState::Used),]
    );
    assert_eq!(codes[1].code, last);
    assert_whole(&shop).await;
}

#[tokio::test]
async fn the_codes_of_a_batch_are_listed_page_by_page() {
    let (batch, promotion) = batch(2_500);
    let id = promotion.id;
    let shop = shop_with(promotion).await;
    let (mut listed, mut page) = (Vec::new(), Page::first(1_000));
    loop {
        let codes = shop.commerce.catalog().codes(id, page).await.unwrap();
        let Some(last) = codes.last() else { break };
        page = Page::after(last.number, 1_000);
        listed.extend(codes.into_iter().map(|it| it.code));
    }
    assert!(listed.into_iter().eq(batch.codes(&code("THANKS"))));
    let unlimited = tenth(2);
    shop.commerce.catalog().add_promotion(unlimited.clone()).await.unwrap();
    assert_eq!(shop.commerce.catalog().codes(unlimited.id, Page::first(10)).await.unwrap(), []);
}

#[tokio::test]
async fn a_code_that_is_used_up_says_so_and_the_order_can_be_bought_without_it() {
    let once = Promotion { limit: Some(1), ..tenth(1) }.with_code(code("ONCE"));
    let shop = shop_with(once).await;
    let mut carts = Vec::new();
    for _ in 0..2 {
        let cart = shop.cart_with(&[("MUG", 1)]).await;
        shop.commerce.carts().set_coupon(cart, Some(code("ONCE"))).await.unwrap();
        carts.push(cart);
    }
    let (ann, bob) = (email("ann@example.com"), email("bob@example.com"));
    assert!(is_placed(&buy(&shop, carts[0], &ann, euro(900), "ok").await));
    let known = quote(&shop, carts[1], &bob).await;
    assert_eq!(known.coupon, CouponOutcome::Refused { code: code("ONCE"), why: NotApplied::UsedUp });
    assert!(is_placed(&buy(&shop, carts[1], &bob, known.total, "ok").await));
    assert_whole(&shop).await;
}

#[tokio::test]
async fn an_automatic_promotion_that_is_used_up_stops_no_order() {
    let shop = shop_with(Promotion { limit_per_customer: Some(1), ..tenth(1) }).await;
    let ann = email("ann@example.com");
    for expected in [900, 1_000] {
        let cart = shop.cart_with(&[("MUG", 1)]).await;
        let total = quote(&shop, cart, &ann).await.total;
        assert_eq!(total, euro(expected));
        assert!(is_placed(&buy(&shop, cart, &ann, total, "ok").await));
    }
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_gift_is_given_while_there_is_any_and_leaves_the_shelf() {
    let gift = Benefit::Gift { sku: sku("SPOON"), quantity: Quantity::ONE };
    let shop = shop_with(Promotion { benefit: gift, ..tenth(1) }).await;
    shop.sells("SPOON", "2.50", 2).await;
    let ann = email("ann@example.com");
    let order_of = async |lines: &[(&str, u32)]| {
        let cart = shop.cart_with(lines).await;
        let total = quote(&shop, cart, &ann).await.total;
        let checkout = buy(&shop, cart, &ann, total, "ok").await;
        assert!(is_placed(&checkout));
        let order = shop.commerce.orders().get(checkout.id.into()).await.unwrap();
        (order.total().minor(), order.quote.lines.len())
    };
    assert_eq!(order_of(&[("MUG", 1)]).await, (1_000, 2));
    assert_eq!(shop.available("SPOON").await, 1);
    assert_eq!(order_of(&[("MUG", 1), ("SPOON", 1)]).await, (1_250, 2), "the last one is bought, not given");
    assert_eq!(order_of(&[("MUG", 1)]).await, (1_000, 1));
    assert_eq!(shop.available("SPOON").await, 0);
    assert_whole(&shop).await;
}

#[tokio::test]
async fn a_kit_is_given_while_its_parts_are_there() {
    let gift = Benefit::Gift { sku: sku("SET"), quantity: Quantity::ONE };
    let shop = shop_with(Promotion { benefit: gift, ..tenth(1) }).await;
    let mugs = KitPart { sku: sku("MUG"), units: NonZeroU32::new(3).unwrap() };
    let set = Variant { kit: vec![mugs], ..Variant::new(sku("SET")) };
    let set = set.with_price(Price::new(MarketId::main(), euro(2_500)));
    let set = Product::new(ProductId::from_uuid(Uuid::from_u128(77)), "Set", set);
    shop.commerce.catalog().add_product(set).await.unwrap();
    let ann = email("ann@example.com");
    let there = shop.available("MUG").await;
    let lines = async |mugs| {
        let cart = shop.cart_with(&[("MUG", mugs)]).await;
        quote(&shop, cart, &ann).await.lines.len()
    };
    let most = u32::try_from(there).unwrap();
    assert_eq!([lines(most - 3).await, lines(most - 2).await], [2, 1], "the cart's own mugs come first");
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    let total = quote(&shop, cart, &ann).await.total;
    assert!(is_placed(&buy(&shop, cart, &ann, total, "ok").await));
    assert_eq!(shop.available("MUG").await, there - 4);
    assert_whole(&shop).await;
}

#[tokio::test]
async fn the_cap_of_the_shop_holds_for_all_promotions_together() {
    let shop = TestShop::with(|parts| parts.discount_cap(dec!(15)));
    shop.sells("MUG", "10.00", 5).await;
    for n in 1..=3 {
        shop.commerce.catalog().add_promotion(tenth(n)).await.unwrap();
    }
    let cart = shop.cart_with(&[("MUG", 1)]).await;
    assert_eq!(quote(&shop, cart, &email("ann@example.com")).await.total, euro(850));
}
