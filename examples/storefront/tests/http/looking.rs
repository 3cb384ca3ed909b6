use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Shop, ann, euro};

#[tokio::test]
async fn the_pages_of_the_catalogue_have_every_product_once() {
    let shop = Shop::open().await;
    let (mut seen, mut pages, mut path) = (BTreeSet::new(), 0, "/products?limit=10".to_owned());
    loop {
        let page = shop.get(&path).await.expect(200);
        for product in page["products"].as_array().unwrap() {
            assert!(seen.insert(product["id"].as_str().unwrap().to_owned()));
        }
        pages += 1;
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/products?limit=10&after={next}");
    }
    assert_eq!((seen.len(), pages), (60, 7), "the last page is full, so there is one more to ask for");
    for id in seen {
        assert_eq!(shop.get(&format!("/products/{id}")).await.expect(200)["id"], id);
    }
}

#[tokio::test]
async fn a_cart_changes_line_by_line() {
    let shop = Shop::open().await;
    let cart = format!("/carts/{}", shop.cart_with("MUG-SAND", 1).await);
    let engraved = json!({ "sku": "MUG-SAND", "quantity": 1, "metadata": { "engraving": "Ann" } });
    let two = shop.post(&format!("{cart}/lines"), engraved).await.expect(200);
    assert_eq!(two["lines"].as_array().unwrap().len(), 2);

    let line = format!("{cart}/lines/{}", two["lines"][0]["id"].as_str().unwrap());
    let more = shop.put(&line, json!({ "quantity": 7 })).await.expect(200);
    assert_eq!(more["lines"][0]["quantity"], 7);
    let left = shop.delete(&line).await.expect(200);
    assert_eq!(left["lines"][0]["metadata"]["engraving"], "Ann");
    shop.delete(&line).await.problem(404, "no_such_line");
    assert_eq!(shop.get(&cart).await.expect(200), left);
}

#[tokio::test]
async fn a_coupon_helps_or_the_quote_says_why_not() {
    let shop = Shop::open().await;
    let cart = format!("/carts/{}", shop.cart_with("PEN-F", 1).await);
    let coupon = format!("{cart}/coupon");
    shop.put(&coupon, json!({ "code": "welcome10" })).await.expect(200);
    let helped = quote(&shop, &cart).await;
    assert_eq!(helped["discount"], euro("3.90"));
    shop.put(&coupon, json!({ "code": "NOPE" })).await.expect(200);
    assert_eq!(quote(&shop, &cart).await["coupon"]["refused"]["why"], "unknown_code");
    shop.delete(&coupon).await.expect(200);
    assert_eq!(quote(&shop, &cart).await["coupon"], "none");
}

#[tokio::test]
async fn shipping_is_free_from_75_euro_and_dearer_when_it_is_quick_or_heavy() {
    let shop = Shop::open().await;
    let prices = async |sku: &str, quantity: u32| -> Value {
        let cart = shop.cart_with(sku, quantity).await;
        let to = json!({ "address": ann() });
        let answer = shop.post(&format!("/carts/{cart}/shipping-rates"), to).await.expect(200);
        let rates = answer["rates"].as_array().unwrap().iter();
        rates.map(|rate| json!([rate["name"], rate["price"]["amount"]])).collect()
    };
    let dear = json!([["standard", "4.90"], ["express", "12.90"], ["freight", "39.00"]]);
    assert_eq!(prices("PEN-F", 1).await, dear);
    assert_eq!(prices("PEN-F", 2).await[0], json!(["standard", "0.00"]));
    assert_eq!(prices("DESK-120", 1).await, json!([["freight", "39.00"]]));

    let cart = shop.cart_with("PEN-F", 1).await;
    let express = json!({ "address": ann(), "shipping": "express" });
    let quote = shop.post(&format!("/carts/{cart}/quote"), express).await.expect(200);
    assert_eq!(quote["total"], euro("51.90"));
}

#[tokio::test]
async fn books_are_taxed_less_and_a_large_order_costs_a_tenth_less() {
    let shop = Shop::open().await;
    let cart = format!("/carts/{}", shop.cart_with("BOOK-TIDE", 4).await);
    let quote = quote(&shop, &cart).await;
    assert_eq!(quote["lines"][0]["tax_rate"]["percent"], "7");
    assert_eq!((&quote["goods"], &quote["discount"]), (&euro("112.00"), &euro("11.20")));
    assert_eq!(quote["total"], euro("100.80"));
}

#[tokio::test]
async fn whoever_watches_over_the_process_is_answered() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("//health").await.expect(200)["status"], "live");
    assert_eq!(shop.get("//ready").await.expect(200)["status"], "ready");
}

async fn quote(shop: &Shop, cart: &str) -> Value {
    shop.post(&format!("{cart}/quote"), json!({ "address": ann() })).await.expect(200)
}
