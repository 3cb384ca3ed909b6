use hyper::Method;
use serde_json::{Value, json};
use storefront::routes::BODY_LIMIT;
use uuid::Uuid;

use crate::client::{As, Shop, ann};

#[tokio::test]
async fn unknown_fields_are_refused() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let mut wish = shop.wish(&cart, "ok").await;
    wish["discount"] = json!("100%");
    let mut address = shop.wish(&cart, "ok").await;
    address["shipping_address"]["planet"] = json!("Mars");
    let mut tender = shop.wish(&cart, "ok").await;
    tender["tenders"][0]["cvc"] = json!("123");
    for body in [wish, address, tender] {
        shop.post("/checkouts", body).await.problem(422, "invalid_body");
    }
    let line = json!({ "sku": "PEN-F", "quantity": 1, "price": "0.01" });
    let problem = shop.post(&format!("/carts/{cart}/lines"), line).await.problem(422, "invalid_body");
    assert!(problem["detail"].as_str().unwrap().contains("price"), "{problem:#}");
    shop.get("/products?offset=3").await.problem(400, "invalid_query");
}

#[tokio::test]
async fn quantity_zero_negative_and_huge_are_refused() {
    let shop = Shop::open().await;
    let lines = format!("/carts/{}/lines", shop.cart_with("PEN-F", 1).await);
    for quantity in ["0", "-1", "10001", "4294967297", "99999999999999999999", "1.5", "\"1\"", "null"] {
        let body = format!(r#"{{"sku":"PEN-F","quantity":{quantity}}}"#);
        let answer = shop.send(As::Guest, Method::POST, &lines, body, "application/json").await;
        answer.problem(422, "invalid_body");
    }
    let most = json!({ "sku": "PEN-F", "quantity": 10_000 });
    shop.post(&lines, most).await.problem(422, "invalid_quantity");
}

#[tokio::test]
async fn amounts_that_do_not_exist_are_refused() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let amounts = [
        json!({ "amount": "43.901", "currency": "EUR" }),
        json!({ "amount": "99999999999999999999", "currency": "EUR" }),
        json!({ "amount": "1e400", "currency": "EUR" }),
        json!({ "amount": 43.9, "currency": "EUR" }),
        json!({ "amount": "43.90", "currency": "XXX" }),
        json!({ "amount": "43.90" }),
        json!("43.90"),
    ];
    for amount in amounts {
        let mut wish = shop.wish(&cart, "ok").await;
        wish["expected_total"] = amount;
        shop.post("/checkouts", wish).await.problem(422, "invalid_body");
    }
    let mut wish = shop.wish(&cart, "ok").await;
    wish["expected_total"]["amount"] = json!("-1.00");
    shop.post("/checkouts", wish).await.problem(422, "negative_total");
}

#[tokio::test]
async fn a_card_number_is_no_token_and_is_not_repeated() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    for card in ["4111111111111111", "4111 1111 1111 1111"] {
        let problem = shop.post("/checkouts", shop.wish(&cart, card).await).await;
        let problem = problem.problem(422, "invalid_body");
        assert!(!problem.to_string().contains("1111"), "{problem:#}");
    }
}

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let shop = Shop::open().await;
    let lines = format!("/carts/{}/lines", shop.cart_with("PEN-F", 1).await);
    let body = format!(r#"{{"sku":"PEN-F","quantity":1}}{}"#, " ".repeat(BODY_LIMIT));
    let fits = body[..BODY_LIMIT].to_owned();
    shop.send(As::Guest, Method::POST, &lines, fits, "application/json").await.expect(200);
    let answer = shop.send(As::Guest, Method::POST, &lines, body, "application/json").await;
    answer.problem(413, "body_too_large");
}

#[tokio::test]
async fn what_is_not_json_is_refused() {
    let shop = Shop::open().await;
    let lines = format!("/carts/{}/lines", shop.cart_with("PEN-F", 1).await);
    for broken in ["{", "sku=PEN-F", "{\"sku\":\"PEN-F\",}", "\u{feff}{}", "NaN"] {
        let answer = shop.send(As::Guest, Method::POST, &lines, broken, "application/json").await;
        answer.problem(400, "malformed_json");
    }
    let form = shop.send(As::Guest, Method::POST, &lines, "{}", "text/plain").await;
    form.problem(415, "not_json");
    shop.ask(As::Guest, Method::POST, &lines, None).await.problem(415, "not_json");
}

#[tokio::test]
async fn problems_have_stable_codes() {
    let shop = Shop::open().await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let (lines, quote) = (format!("/carts/{cart}/lines"), format!("/carts/{cart}/quote"));
    let nowhere = Uuid::now_v7();
    let unnamed = {
        let mut address = ann();
        address["name"] = json!(" ");
        json!({ "address": address })
    };
    let atlantis = json!({ "address": { "country": "ZZ" } });
    let get = |path: String| (Method::GET, path, None);
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), Some(body));
    let cases = [
        (get("/carts/not-a-uuid".into()), 400, "invalid_path"),
        (get("/products?after=not-a-uuid".into()), 400, "invalid_query"),
        (get("/products?limit=0".into()), 400, "invalid_query"),
        (get("/products?limit=101".into()), 400, "invalid_query"),
        (get("/products?limit=-1".into()), 400, "invalid_query"),
        (get(format!("/carts/{nowhere}")), 404, "not_found"),
        (get(format!("/products/{nowhere}")), 404, "not_found"),
        (get(format!("/checkouts/{nowhere}")), 404, "not_found"),
        (get(format!("/orders/{nowhere}")), 404, "not_found"),
        (get("/stock/NOPE".into()), 404, "not_found"),
        (get("/nothing/here".into()), 404, "no_such_route"),
        (get("//".into()), 404, "no_such_route"),
        (get("/checkouts".into()), 405, "method_not_allowed"),
        ((Method::DELETE, "/products".into(), None), 405, "method_not_allowed"),
        (post(&lines, json!({ "sku": "NOPE", "quantity": 1 })), 404, "not_found"),
        (post(&lines, json!({ "sku": " ", "quantity": 1 })), 422, "invalid_body"),
        (post(&quote, atlantis), 422, "invalid_body"),
        (post(&quote, unnamed), 422, "invalid_address"),
        (post(&quote, json!({ "shipping": "by pigeon" })), 422, "no_such_shipping"),
        (post(&format!("/demo/actions/{nowhere}"), json!({ "answer": "maybe" })), 422, "invalid_body"),
    ];
    for ((method, path, body), status, code) in cases {
        shop.ask(As::Guest, method, &path, body).await.problem(status, code);
    }
    let wrong = shop.get("/checkouts").await;
    assert_eq!(wrong.headers["allow"], "POST");
}

#[tokio::test]
async fn a_problem_of_a_body_names_what_was_not_found() {
    let shop = Shop::open().await;
    let lines = format!("/carts/{}/lines", shop.cart_with("PEN-F", 1).await);
    let problem = shop.post(&lines, json!({ "sku": "NOPE", "quantity": 1 })).await.problem(404, "not_found");
    assert_eq!((&problem["what"], &problem["id"]), (&json!("variant"), &json!("NOPE")));
}
