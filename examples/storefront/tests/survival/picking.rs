use hyper::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::House;

/// A cart, and what its buyer saw.
pub(crate) struct Picked {
    cart: String,
    total: Value,
}

impl Picked {
    /// Fills a cart and looks at its price; nothing if the shop died meanwhile.
    pub(crate) async fn pick(house: &House, lines: &[(&str, u64)], coupon: Option<&str>) -> Option<Self> {
        let cart = house.ask(Method::POST, "/carts", None).await?;
        let cart = cart.body["id"].as_str()?.to_owned();
        for (sku, quantity) in lines {
            let line = json!({ "sku": sku, "quantity": quantity });
            house.ask(Method::POST, &format!("/carts/{cart}/lines"), Some(line)).await?;
        }
        if let Some(code) = coupon {
            let coupon = json!({ "code": code });
            house.ask(Method::PUT, &format!("/carts/{cart}/coupon"), Some(coupon)).await?;
        }
        let looks = Some(json!({ "address": address() }));
        let quote = house.ask(Method::POST, &format!("/carts/{cart}/quote"), looks).await?;
        (quote.status == 200).then(|| Self { cart, total: quote.body["total"].clone() })
    }

    /// What is sent to buy it.
    pub(crate) fn wish(&self, id: Uuid, token: &str) -> Value {
        json!({
            "id": id,
            "cart": self.cart,
            "email": format!("{}@example.com", id.simple()),
            "shipping_address": address(),
            "expected_total": self.total,
            "tenders": [{ "kind": "card", "token": token }],
        })
    }
}

fn address() -> Value {
    json!({
        "name": "Ann Example",
        "lines": ["1 Main Street"],
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
    })
}
