use commerce_kit::memory::Calls;
use hyper::header::LOCATION;
use serde_json::json;

use crate::client::{Shop, ann, euro};

#[tokio::test]
async fn a_product_becomes_an_order_over_http() {
    let shop = Shop::open().await;
    let found = shop.get("/search?q=stoneware+mug&limit=1").await.expect(200);
    let variant = &found["hits"][0]["product"]["variants"][0];
    assert_eq!((&variant["sku"], &variant["price"]["amount"]), (&json!("MUG-SLATE"), &euro("14.90")));

    let cart = shop.cart_with("MUG-SLATE", 2).await;
    let quote = shop.post(&format!("/carts/{cart}/quote"), json!({ "address": ann() })).await.expect(200);
    assert_eq!((&quote["goods"], &quote["shipping"]["price"]), (&euro("29.80"), &euro("4.90")));
    assert_eq!((&quote["tax"], &quote["total"]), (&euro("5.54"), &euro("34.70")));

    let wish = shop.wish(&cart, "ok").await;
    let placed = shop.post("/checkouts", wish.clone()).await;
    let path = placed.headers[LOCATION].to_str().unwrap().to_owned();
    let placed = placed.expect(201);
    assert_eq!((&placed["id"], &placed["status"]["kind"]), (&wish["id"], &json!("placed")));

    let order = shop.get(path.strip_prefix("/api/v1").unwrap()).await.expect(200);
    assert_eq!((&order["number"], &order["total"]), (&placed["status"]["number"], &euro("34.70")));
    shop.order_once_paid(order["id"].as_str().unwrap(), "captured").await;
    assert_eq!(shop.available("MUG-SLATE").await, 82);
    shop.close().await;
}

#[tokio::test]
async fn the_same_checkout_sent_twice_buys_once() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let wish = shop.wish(&cart, "ok").await;
    let (first, second) =
        tokio::join!(shop.post("/checkouts", wish.clone()), shop.post("/checkouts", wish.clone()));
    let third = shop.post("/checkouts", wish.clone()).await.expect(201);
    for answer in [first, second] {
        assert!(answer.status == 201 || answer.body["status"]["kind"] == "processing", "{answer:?}");
    }
    assert_eq!(third["status"]["kind"], "placed");
    assert_eq!((shop.available("PEN-F").await, shop.bank.books().len()), (19, 1));

    let mut other = wish;
    other["email"] = json!("bob@example.com");
    shop.post("/checkouts", other).await.problem(409, "id_reused");
}

#[tokio::test]
async fn a_declined_card_waits_for_another_tender() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let waiting = shop.post("/checkouts", shop.wish(&cart, "decline").await).await.expect(202);
    assert_eq!(waiting["status"]["kind"], "awaiting_tender");
    assert_eq!(waiting["declined"][0]["retry"], "other_method");
    assert_eq!(shop.available("PEN-F").await, 19, "its stock stays held");

    let checkout = format!("/checkouts/{}", waiting["id"].as_str().unwrap());
    let tender = json!({ "kind": "wallet", "token": "ok" });
    let placed = shop.post(&format!("{checkout}/tenders"), tender.clone()).await.expect(201);
    assert_eq!(placed["status"]["kind"], "placed");
    shop.post(&format!("{checkout}/tenders"), tender).await.problem(409, "not_waiting");
}

#[tokio::test]
async fn an_action_is_finished_and_the_order_placed() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let waiting = shop.post("/checkouts", shop.wish(&cart, "action").await).await.expect(202);
    assert_eq!(waiting["status"]["kind"], "awaiting_action");
    assert_eq!(waiting["status"]["action"]["kind"], "redirect");

    let id = waiting["id"].as_str().unwrap();
    let notice = format!("/checkouts/{id}/notice");
    let early = shop.post(&notice, json!({})).await.expect(202);
    assert_eq!(early["status"]["kind"], "awaiting_action", "a notice says nothing, the bank does");

    let bank = format!("/demo/actions/{id}");
    shop.post(&bank, json!({ "answer": "approve" })).await.expect(204);
    let placed = shop.post(&notice, json!({})).await.expect(201);
    assert_eq!(placed["status"]["kind"], "placed");
    shop.post(&bank, json!({ "answer": "approve" })).await.problem(409, "nothing_waits");
}

#[tokio::test]
async fn an_action_the_buyer_declines_waits_for_another_tender() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let waiting = shop.post("/checkouts", shop.wish(&cart, "action").await).await.expect(202);
    let id = waiting["id"].as_str().unwrap();
    shop.post(&format!("/demo/actions/{id}"), json!({ "answer": "decline" })).await.expect(204);
    let declined = shop.post(&format!("/checkouts/{id}/notice"), json!({})).await.expect(202);
    assert_eq!(declined["status"]["kind"], "awaiting_tender");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_and_paid_once() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let wish = shop.wish(&cart, "lost").await;
    let id = wish["id"].as_str().unwrap().to_owned();
    shop.post("/checkouts", wish).await;
    let order = shop.order_once_placed(&id).await;
    shop.order_once_paid(&order, "captured").await;
    let Calls { capture, .. } = shop.bank.calls();
    assert_eq!((shop.bank.books().len(), capture), (1, 1));
}

#[tokio::test]
async fn a_checkout_called_off_gives_its_stock_back() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 2).await;
    let waiting = shop.post("/checkouts", shop.wish(&cart, "decline").await).await.expect(202);
    let checkout = format!("/checkouts/{}", waiting["id"].as_str().unwrap());
    assert_eq!(shop.available("PEN-F").await, 18);
    let gone = shop.delete(&checkout).await.expect(200);
    assert_eq!(gone["status"]["why"]["kind"], "cancelled");
    assert_eq!(shop.available("PEN-F").await, 20);

    let placed = shop.order("PEN-F", 1).await;
    shop.delete(&format!("/checkouts/{placed}")).await.problem(409, "already_placed");
}

#[tokio::test]
async fn the_last_units_are_sold_once_however_many_ask() {
    let shop = Shop::open().await;
    let mut wishes = Vec::new();
    for _ in 0..12 {
        let cart = shop.cart_with("OVEN-6L", 1).await;
        wishes.push(shop.wish(&cart, "ok").await);
    }
    let asked = wishes.into_iter().map(|wish| shop.post("/checkouts", wish));
    let answers = futures_util::future::join_all(asked).await;
    let placed = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| answer.body["code"] == "insufficient_stock").count();
    assert_eq!((placed, refused, shop.available("OVEN-6L").await), (5, 7, 0));
}

#[tokio::test]
async fn what_nobody_counts_and_what_can_be_ordered_ahead_never_runs_out() {
    let shop = Shop::open().await;
    assert_eq!(shop.get("/stock/WRAP").await.expect(200)["stock"], "untracked");
    assert_eq!(shop.get("/stock/SWEATER-ECR-L").await.expect(200)["backorder"], "allowed");
    shop.order("WRAP", 500).await;
    shop.order("SWEATER-ECR-L", 3).await;
    assert_eq!(shop.available("SWEATER-ECR-L").await, 0);
}
