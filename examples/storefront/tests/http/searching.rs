use hyper::Method;
use serde_json::{Value, json};

use crate::client::Shop;

fn titles(found: &Value) -> Vec<&str> {
    found["hits"].as_array().unwrap().iter().map(|hit| hit["product"]["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_catalogue_is_found_from_the_first_moment() {
    let shop = Shop::open().await;
    let all =
        shop.get("/search?facet=category&facet=attribute:Colour&price_bars=5&limit=5").await.expect(200);
    assert_eq!((&all["total"], titles(&all).len()), (&json!(28), 5));
    assert_eq!(all["facets"][0]["name"], json!("category"));
    assert_eq!(all["prices"]["bars"].as_array().unwrap().len(), 5);
    let next =
        shop.get(&format!("/search?limit=5&after={}", all["next"].as_str().unwrap())).await.expect(200);
    assert!(titles(&next).iter().all(|title| !titles(&all).contains(title)));

    let mugs = shop.get("/search?q=stonware+mug").await.expect(200);
    assert_eq!((titles(&mugs)[0], &mugs["did_you_mean"]), ("Stoneware mug", &json!("stoneware mug")));
    assert_eq!(titles(&shop.get("/search?q=MUG-SLATE").await.expect(200)), ["Stoneware mug"]);
    let slate = shop.get("/search?q=cup&attribute=Colour:Slate&in_stock=true&price_to=20").await.expect(200);
    assert_eq!(titles(&slate), ["Stoneware mug"], "a cup is a mug here");
    let begun = shop.get("/suggest?q=sto").await.expect(200);
    assert!(begun["texts"].as_array().unwrap().contains(&json!("stoneware")), "{begun}");
}

#[tokio::test]
async fn what_is_sold_out_leaves_what_is_in_stock() {
    let shop = Shop::open().await;
    let in_stock = async || {
        let found = shop.get("/search?q=BOOK-TIDE&in_stock=true").await.expect(200);
        found["relaxed"] == json!([]) && titles(&found).len() == 1
    };
    assert!(in_stock().await);
    let units = shop.available("BOOK-TIDE").await;
    shop.order("BOOK-TIDE", u32::try_from(units).unwrap()).await;
    for _ in 0..200 {
        if !in_stock().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it was never sold out");
}

#[tokio::test]
async fn a_search_that_cannot_be_read_is_a_problem() {
    let shop = Shop::open().await;
    for path in
        ["?price_to=much", "?sort=best", "?attribute=x", "?in_stock=1", "?colour=red", "?facet=x", "?seen=1"]
    {
        shop.get(&format!("/search{path}")).await.problem(400, "invalid_query");
    }
    shop.get("/search?limit=101").await.problem(422, "search_refused");
    shop.get("/search?after=nonsense").await.problem(422, "search_refused");
    shop.get(&format!("/search?q={}", "x".repeat(1_001))).await.problem(422, "search_refused");
    shop.get("/suggest?limit=21&q=a").await.problem(422, "search_refused");
    assert_eq!(shop.admin(Method::POST, "/search", None).await.status, 405);
}
