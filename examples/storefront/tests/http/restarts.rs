use std::sync::Arc;

use commerce_kit::{
    Commerce,
    domain::{
        catalog::{Product, ProductStatus},
        ids::{LocationId, Sku},
        inventory::{StockKey, StockLevel},
        money::{Currency, Money},
        pricing::{Promotion, PromotionStatus},
    },
    memory::TestGateway,
    storage::{Page, Versioned},
};
use commerce_testkit::folder::Folder;
use hyper::Method;
use serde_json::json;
use storefront::database::Database;
use uuid::Uuid;

use crate::client::Shop;

#[tokio::test]
async fn a_shop_opened_again_goes_on_where_it_was() {
    let folder = Folder::new().unwrap();
    let database = Database::Sqlite(folder.path().join("shop.db"));
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
}

#[tokio::test]
async fn what_the_shops_people_have_changed_since_the_first_day_stays() {
    let folder = Folder::new().unwrap();
    let database = Database::Sqlite(folder.path().join("shop.db"));
    let bank = Arc::new(TestGateway::new());

    let shop = Shop::open_on(&database, &bank).await;
    let order = format!("/orders/{}", shop.order("PEN-F", 3).await);
    let parcel = json!({ "id": Uuid::now_v7() });
    shop.admin(Method::POST, &format!("{order}/shipments"), Some(parcel)).await.expect(201);
    let delivery = json!({ "location": "pine", "units": 7 });
    shop.admin(Method::POST, "/stock/OVEN-6L/receipts", Some(delivery)).await.expect(201);
    let (catalog, stock) = (shop.app.shop.catalog(), shop.app.shop.inventory());
    let gone = StockKey { sku: Sku::new("DESK-120").unwrap(), location: LocationId::new("pine").unwrap() };
    stock.count(gone, 0, "a fire").await.unwrap();
    let mug = catalog.listing(&Sku::new("MUG-SLATE").unwrap()).await.unwrap().product().id;
    let read = catalog.product(mug).await.unwrap();
    let mut changed = (*read).clone();
    (changed.title, changed.status) = ("Mug of our own".into(), ProductStatus::Draft);
    changed.variants[0].prices[0].amount = Money::from_minor(1_690, Currency::EUR);
    changed.variants.pop();
    catalog.replace_product(&read, changed).await.unwrap();
    let welcome = catalog.promotions(Page::first(2)).await.unwrap().remove(1);
    let paused = Promotion { status: PromotionStatus::Paused, ..(*welcome).clone() };
    catalog.replace_promotion(&welcome, paused).await.unwrap();
    let before = everything(&shop.app.shop).await;
    shop.close().await;

    let shop = Shop::open_on(&database, &bank).await;
    assert_eq!(everything(&shop.app.shop).await, before);
    let left =
        [shop.available("PEN-F").await, shop.available("OVEN-6L").await, shop.available("DESK-120").await];
    assert_eq!(left, [17, 12, 0]);
    shop.close().await;
}

/// What is on sale, at which terms, and what lies on the shelves.
async fn everything(
    shop: &Commerce,
) -> (Vec<Versioned<Product>>, Vec<Versioned<Promotion>>, Vec<StockLevel>) {
    let products = shop.catalog().products(Page::first(500)).await.unwrap();
    let promotions = shop.catalog().promotions(Page::first(500)).await.unwrap();
    (products, promotions, shop.inventory().stock(Page::first(500)).await.unwrap())
}
