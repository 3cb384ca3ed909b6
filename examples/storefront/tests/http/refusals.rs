use serde_json::json;

use crate::client::{Shop, euro};

#[tokio::test]
async fn a_sold_out_item_is_refused_with_a_typed_problem() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("MUG-MOSS", 5).await;
    let problem = shop.post("/checkouts", shop.wish(&cart, "ok").await).await;
    let problem = problem.problem(422, "insufficient_stock");
    let short = &problem["checkout"]["status"]["why"]["refusal"]["short"][0];
    assert_eq!(short, &json!({ "sku": "MUG-MOSS", "wanted": 5, "available": 4 }));
    assert_eq!((shop.available("MUG-MOSS").await, shop.bank.books().len()), (4, 0));

    let id = problem["checkout"]["id"].as_str().unwrap();
    let read = shop.get(&format!("/checkouts/{id}")).await.expect(200);
    assert_eq!(read["status"]["kind"], "refused", "reading is no failure");
}

#[tokio::test]
async fn a_stale_total_is_refused_without_a_charge() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    for stale in [euro("1.00"), euro("43.89"), json!({ "amount": "43.90", "currency": "USD" })] {
        let mut wish = shop.wish(&cart, "ok").await;
        wish["expected_total"] = stale.clone();
        let problem = shop.post("/checkouts", wish).await.problem(422, "price_changed");
        let why = &problem["checkout"]["status"]["why"];
        assert_eq!((&why["expected"], &why["now"]), (&stale, &euro("43.90")));
    }
    assert_eq!((shop.available("PEN-F").await, shop.bank.calls().authorize), (20, 0));
}

#[tokio::test]
async fn a_cart_that_is_empty_unknown_or_cannot_be_shipped_is_refused() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("DESK-120", 1).await;
    let mut wish = shop.wish(&cart, "ok").await;
    wish["shipping_address"]["country"] = json!("AT");
    shop.post("/checkouts", wish).await.problem(422, "not_shippable");

    let mut wish = shop.wish(&cart, "ok").await;
    wish["shipping"] = json!("by pigeon");
    shop.post("/checkouts", wish).await.problem(422, "no_such_shipping");

    let mut wish = shop.wish(&cart, "ok").await;
    wish["cart"] = json!(uuid::Uuid::now_v7());
    shop.post("/checkouts", wish.clone()).await.problem(422, "no_such_cart");

    let empty = shop.post("/carts", json!({})).await.expect(201);
    (wish["id"], wish["cart"]) = (json!(uuid::Uuid::now_v7()), empty["id"].clone());
    shop.post("/checkouts", wish).await.problem(422, "empty_cart");
}

#[tokio::test]
async fn a_coupon_for_newcomers_is_refused_the_second_time() {
    let shop = Shop::open().await;
    let mut wishes = Vec::new();
    for _ in 0..2 {
        let cart = shop.cart_with("PEN-F", 1).await;
        shop.put(&format!("/carts/{cart}/coupon"), json!({ "code": "WELCOME10" })).await.expect(200);
        wishes.push(shop.wish(&cart, "ok").await);
    }
    let bought = shop.post("/checkouts", wishes[0].clone()).await.expect(201);
    assert_eq!(bought["total"], euro("40.00"));
    shop.post("/checkouts", wishes[1].clone()).await.problem(422, "limit_reached");

    // Whoever says who they are sees it before they press "buy".
    let quote = format!("/carts/{}/quote", wishes[1]["cart"].as_str().unwrap());
    let quote = shop.post(&quote, json!({ "email": wishes[1]["email"] })).await.expect(200);
    assert_eq!(quote["coupon"]["refused"]["why"], "used_by_buyer");
}

#[tokio::test]
async fn a_guest_who_logs_in_keeps_what_they_picked_and_hears_of_changes() {
    let shop = Shop::open().await;
    let (guest, own) = (shop.cart_with("PEN-F", 2).await, shop.cart_with("PEN-F", 9_999).await);
    let wish = json!({ "guest": guest, "policy": "merge" });
    let merged = shop.post(&format!("/carts/{own}/merge"), wish).await.expect(200);
    assert_eq!(merged["cart"]["lines"][0]["quantity"], 10_000);
    assert_eq!(merged["notes"][0]["kind"], "capped");
    let pen = json!({ "sku": "PEN-F", "quantity": 1 });
    shop.post(&format!("/carts/{guest}/lines"), pen).await.problem(409, "cart_merged");
    let warnings = shop.get(&format!("/carts/{own}/warnings")).await.expect(200);
    assert_eq!(warnings["warnings"][0]["kind"], "stock_short");
}

#[tokio::test]
async fn two_tenders_are_refused_by_name() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let mut wish = shop.wish(&cart, "ok").await;
    wish["tenders"] = json!([{ "kind": "card", "token": "ok" }, { "kind": "wallet", "token": "ok" }]);
    shop.post("/checkouts", wish).await.problem(422, "split_payment");
}
