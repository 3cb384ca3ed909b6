use std::{env, fs, sync::Arc};

use commerce_kit::memory::TestGateway;
use serde_json::json;
use storefront::database::Database;
use uuid::Uuid;

use crate::client::Shop;

#[tokio::test]
async fn a_shop_opened_again_goes_on_where_it_was() {
    let folder = env::temp_dir().join(format!("storefront-{}", Uuid::new_v4()));
    fs::create_dir_all(&folder).unwrap();
    let database = Database::Sqlite(folder.join("shop.db"));
    // The bank is in another house: it stays open.
    let bank = Arc::new(TestGateway::new());

    let shop = Shop::open_on(&database, &bank).await;
    let order = shop.order("MUG-SLATE", 2).await;
    let picked = shop.cart_with("MUG-SLATE", 1).await;
    let cart = shop.cart_with("PEN-F", 1).await;
    let waiting = shop.post("/checkouts", shop.wish(&cart, "decline").await).await.expect(202);
    let before = [shop.available("MUG-SLATE").await, shop.available("PEN-F").await];
    shop.close().await;

    let shop = Shop::open_on(&database, &bank).await;
    assert_eq!([shop.available("MUG-SLATE").await, shop.available("PEN-F").await], before);
    shop.order_once_paid(&order, "captured").await;
    let found = shop.get(&format!("/carts/{picked}")).await.expect(200);
    assert_eq!(found["lines"][0]["sku"], json!("MUG-SLATE"));
    let tenders = format!("/checkouts/{}/tenders", waiting["id"].as_str().unwrap());
    let placed = shop.post(&tenders, json!({ "kind": "wallet", "token": "ok" })).await.expect(201);
    assert_eq!(placed["status"]["kind"], "placed");
    assert_eq!(shop.available("PEN-F").await, before[1]);
    shop.close().await;
    fs::remove_dir_all(&folder).unwrap();
}
