use hyper::Method;
use serde_json::json;
use uuid::Uuid;

use crate::client::{As, Shop, euro};

#[tokio::test]
async fn only_the_admin_ships() {
    let shop = Shop::open().await;
    let order = format!("/orders/{}", shop.order("PEN-F", 2).await);
    let shipments = format!("{order}/shipments");
    shop.admin(Method::POST, &format!("{order}/release"), None).await.problem(409, "illegal_move");
    let parcel = json!({ "id": Uuid::now_v7(), "tracking": "HP-1" });
    for who in [As::Guest, As::Bearer(""), As::Bearer("a wrong token")] {
        let answer = shop.ask(who, Method::POST, &shipments, Some(parcel.clone())).await;
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        answer.problem(401, "unauthorized");
    }
    for _ in 0..2 {
        let shipped = shop.admin(Method::POST, &shipments, Some(parcel.clone())).await.expect(201);
        assert_eq!(
            (&shipped["status"], &shipped["shipments"][0]["tracking"]),
            (&json!("shipped"), &json!("HP-1"))
        );
    }
    let delivery = format!("{shipments}/{}/delivery", parcel["id"].as_str().unwrap());
    let delivered = shop.admin(Method::POST, &delivery, None).await.expect(200);
    assert_eq!(delivered["status"], "delivered");

    let unknown = format!("{shipments}/{}/delivery", Uuid::now_v7());
    shop.admin(Method::POST, &unknown, None).await.problem(404, "no_such_shipment");
    let reason = json!({ "reason": "too late" });
    shop.admin(Method::POST, &format!("{order}/cancel"), Some(reason)).await.problem(409, "illegal_move");
}

#[tokio::test]
async fn every_door_of_the_shops_people_is_locked() {
    let shop = Shop::open().await;
    let id = Uuid::now_v7();
    let doors = [
        (Method::GET, "/orders".to_owned()),
        (Method::POST, format!("/orders/{id}/release")),
        (Method::POST, format!("/orders/{id}/shipments")),
        (Method::POST, format!("/orders/{id}/shipments/{id}/delivery")),
        (Method::POST, format!("/payments/{id}/refunds")),
        (Method::POST, "/stock/PEN-F/receipts".to_owned()),
    ];
    for (method, door) in doors {
        shop.ask(As::Guest, method, &door, Some(json!({}))).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_parcel_may_hold_a_part_of_the_order() {
    let shop = Shop::open().await;
    let order = format!("/orders/{}", shop.order("PEN-F", 3).await);
    let line = shop.get(&order).await.expect(200)["quote"]["lines"][0]["line"].clone();
    let parcel =
        |quantity: u32| json!({ "id": Uuid::now_v7(), "lines": [{ "line": line, "quantity": quantity }] });
    let shipments = format!("{order}/shipments");
    let first = shop.admin(Method::POST, &shipments, Some(parcel(2))).await.expect(201);
    assert_eq!((&first["status"], &first["fulfilment"]), (&json!("confirmed"), &json!("partial")));
    shop.admin(Method::POST, &shipments, Some(parcel(2))).await.problem(422, "nothing_to_ship");
    shop.admin(Method::POST, &shipments, Some(parcel(1))).await.expect(201);
    assert_eq!(shop.available("PEN-F").await, 17);
}

#[tokio::test]
async fn a_cancelled_order_gives_stock_and_money_back() {
    let shop = Shop::open().await;
    let order = shop.order("PEN-F", 2).await;
    shop.order_once_paid(&order, "captured").await;
    assert_eq!(shop.available("PEN-F").await, 18);

    let cancel = format!("/orders/{order}/cancel");
    let stranger = json!({ "email": "bob@example.com", "reason": "envy" });
    shop.post(&cancel, stranger).await.problem(403, "not_the_buyer");
    shop.post(&cancel, json!({ "reason": "no proof" })).await.problem(403, "not_the_buyer");

    let buyer = json!({ "email": "Ann@example.com", "reason": "changed my mind" });
    let cancelled = shop.post(&cancel, buyer.clone()).await.expect(200);
    assert_eq!(
        (&cancelled["status"], &cancelled["cancelled"]["reason"]),
        (&json!("cancelled"), &buyer["reason"])
    );
    shop.order_once_paid(&order, "refunded").await;
    shop.post(&cancel, buyer).await.expect(200);
    assert_eq!((shop.available("PEN-F").await, shop.bank.books()[0].refunded.minor()), (20, 7_800));
}

#[tokio::test]
async fn a_refund_gives_back_no_more_than_was_paid_and_only_once() {
    let shop = Shop::open().await;
    let order = shop.order("PEN-F", 1).await;
    let order = shop.order_once_paid(&order, "captured").await;
    let payment = order["payments"][0]["id"].as_str().unwrap();
    let refunds = format!("/payments/{payment}/refunds");
    let refund =
        |amount: &str| json!({ "id": Uuid::now_v7(), "amount": euro(amount), "reason": "a scratch" });
    let part = refund("40.00");
    for _ in 0..2 {
        shop.admin(Method::POST, &refunds, Some(part.clone())).await.expect(201);
    }
    for (wrong, code) in
        [("3.91", "refund_too_much"), ("0.00", "nothing_to_refund"), ("-1.00", "nothing_to_refund")]
    {
        shop.admin(Method::POST, &refunds, Some(refund(wrong))).await.problem(422, code);
    }
    let mut other = part;
    other["amount"] = euro("1.00");
    let answer = shop.admin(Method::POST, &refunds, Some(other)).await;
    assert_eq!(answer.status, 409, "{:#}", answer.body);
    shop.order_once_paid(order["id"].as_str().unwrap(), "partly_refunded").await;
    assert_eq!(shop.bank.books()[0].refunded.minor(), 4_000);
}

#[tokio::test]
async fn who_bought_and_where_it_goes_only_the_shops_people_read() {
    let shop = Shop::open().await;
    let id = shop.order("PEN-F", 1).await;
    let path = format!("/orders/{id}");
    let seen = shop.get(&path).await.expect(200).to_string();
    assert!(!seen.contains("ann@example.com") && !seen.contains("1 Main Street"), "{seen}");
    let seen = shop.admin(Method::GET, &path, None).await.expect(200);
    assert_eq!(seen["email"], "ann@example.com");
    shop.ask(As::Bearer("a wrong token"), Method::GET, &path, None).await.problem(401, "unauthorized");

    let all = shop.admin(Method::GET, "/orders?limit=1", None).await.expect(200);
    assert_eq!((&all["orders"][0]["id"], &all["next"]), (&json!(id), &json!(id)));
}

#[tokio::test]
async fn a_delivery_can_be_sold() {
    let shop = Shop::open().await;
    let receipts = "/stock/MUG-MOSS/receipts";
    let units = |units: i64| Some(json!({ "location": "harbour", "units": units }));
    shop.admin(Method::POST, receipts, units(10)).await.expect(201);
    assert_eq!(shop.available("MUG-MOSS").await, 14);
    for wrong in [0, -1, i64::MAX] {
        shop.admin(Method::POST, receipts, units(wrong)).await.problem(422, "stock_refused");
    }
    shop.admin(Method::POST, "/stock/NOPE/receipts", units(1)).await.problem(404, "not_found");
}
