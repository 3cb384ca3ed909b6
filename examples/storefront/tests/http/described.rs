use std::collections::BTreeSet;

use hyper::{
    Method, Uri,
    body::Bytes,
    header::{ALLOW, HeaderMap},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    client::{Answer, As, Shop},
    document::{Document, Exchange},
};

const README: &str = include_str!("../../README.md");
const ROUTES: &[&str] =
    &[include_str!("../../src/routes/mod.rs"), include_str!("../../src/routes/admin/mod.rs")];

#[tokio::test]
async fn the_shop_shows_the_document() {
    let shop = Shop::open().await;
    let shown = shop.get("/openapi.json").await.expect(200);
    assert_eq!((&shown, &shown["openapi"]), (&Document::of_the_shop().json, &json!("3.1.0")));
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let document = Document::of_the_shop();
    for reference in references(&document.json) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.json.pointer(pointer).is_some(), "{reference}");
    }
    let mut names = BTreeSet::new();
    for (method, path, said) in document.operations() {
        assert!(names.insert(said["operationId"].as_str().unwrap()), "{}", said["operationId"]);
        assert!(said["summary"].is_string(), "{method} {path}");
        let described = said["parameters"].as_array().into_iter().flatten();
        let described: BTreeSet<_> =
            described.filter(|it| it["in"] == "path").map(|it| it["name"].as_str().unwrap()).collect();
        let places = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(described, places.collect(), "{method} {path}");
    }
}

#[test]
fn no_description_speaks_of_the_code() {
    fn texts(json: &Value) -> Vec<&str> {
        match json {
            Value::Object(members) => {
                let own = ["description", "summary"].map(|name| members.get(name).and_then(Value::as_str));
                own.into_iter().flatten().chain(members.values().flat_map(texts)).collect()
            }
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            _ => Vec::new(),
        }
    }
    let texts = texts(&Document::of_the_shop().json);
    assert!(texts.contains(&"Its name, 1 to 300 characters."));
    for text in texts {
        assert!(["::", "```", "]("].iter().all(|code| !text.contains(code)), "{text}");
    }
}

#[test]
fn the_readme_names_the_routes_that_the_document_describes_and_no_others() {
    let (_, table) = README.split_once("## Routes").unwrap();
    let (table, _) = table.split_once("\nThe outcome of a checkout").unwrap();
    let named = table.lines().filter_map(|line| {
        let (route, _) = line.strip_prefix("| `")?.split_once('`')?;
        let (method, path) = route.split_once(' ')?;
        let path = path.split('?').next()?;
        let watched = ["/health", "/ready"].contains(&path);
        Some((method.to_owned(), if watched { path.to_owned() } else { format!("/api/v1{path}") }))
    });
    let described = Document::of_the_shop().operations();
    let described: BTreeSet<_> =
        described.map(|(method, path, _)| (method.to_string(), path.to_owned())).collect();
    assert_eq!(named.collect::<BTreeSet<_>>(), described);
}

#[tokio::test]
async fn the_shop_has_the_methods_that_the_document_describes_and_no_others() {
    let shop = Shop::open().await;
    let paths: BTreeSet<&str> = Document::of_the_shop().operations().map(|(_, path, _)| path).collect();
    for path in paths {
        let answer = shop.ask(As::Guest, Method::TRACE, &somewhere(path), None).await;
        let allowed = answer.headers[ALLOW].to_str().unwrap().to_owned();
        answer.problem(405, "method_not_allowed");
        let of_path = Document::of_the_shop().operations().filter(|(_, known, _)| *known == path);
        let mut described: BTreeSet<String> = of_path.map(|(method, ..)| method.to_string()).collect();
        if described.contains("GET") {
            described.insert("HEAD".into());
        }
        assert_eq!(allowed.split(',').map(str::to_owned).collect::<BTreeSet<_>>(), described, "{path}");
    }
}

#[test]
fn a_route_cannot_be_added_without_its_description() {
    for source in ROUTES {
        for way in [".route(", ".route_service(", ".nest_service(", "axum::routing"] {
            assert!(!source.contains(way), "{way} adds a route that the document does not have");
        }
    }
}

#[tokio::test]
async fn every_door_of_the_shops_people_is_locked_and_no_other() {
    let shop = Shop::open().await;
    for (method, path, said) in Document::of_the_shop().operations() {
        let answer = shop.ask(As::Guest, method.clone(), &somewhere(path), Some(json!({}))).await;
        let locked = said["security"] == json!([{ "admin": [] }]);
        assert_eq!(answer.status == 401, locked, "{method} {path}: {}", answer.status);
        let below_admin = path.starts_with("/api/v1/admin/");
        assert!(locked || !below_admin, "{path}");
    }
}

#[test]
fn what_the_document_does_not_say_is_noticed() {
    let path = format!("/api/v1/carts/{}", Uuid::nil());
    let cart = json!({
        "id": Uuid::nil(), "market": "main", "currency": "EUR", "coupon": null,
        "changed_at": "2026-01-01T00:00:00Z",
        "lines": [{ "id": Uuid::nil(), "sku": "PEN-F", "quantity": 1, "metadata": {} }],
    });
    assert_eq!(violations(&path, 200, cart.clone()), 0);
    assert_eq!(violations(&path, 418, cart.clone()), 1, "a status");
    assert_eq!(violations("/api/v1/baskets", 200, cart.clone()), 1, "a route");
    let wrong = [
        ("/owner", json!("Ann")),
        ("/lines/0/color", json!("red")),
        ("/lines/0/quantity", json!("1")),
        ("/lines/0/quantity", json!(0)),
        (
            "/lines/0/seen",
            json!({ "market": "main", "amount": { "amount": "1.00", "currency": "EUR", "x": 1 } }),
        ),
        ("/id", json!("no uuid")),
        ("/changed_at", json!("yesterday")),
    ];
    for (place, value) in wrong {
        let mut cart = cart.clone();
        let (inside, member) = place.rsplit_once('/').unwrap();
        cart.pointer_mut(inside).unwrap()[member] = value;
        assert_ne!(violations(&path, 200, cart), 0, "{place}");
    }
    let mut missing = cart;
    missing.as_object_mut().unwrap().remove("lines");
    assert_eq!(violations(&path, 200, missing), 1, "a member that is not there");
}

#[test]
fn a_schema_that_says_something_else_is_noticed() {
    let mut json = Document::of_the_shop().json.clone();
    let (uri, health) = (Uri::from_static("/health"), json!({ "status": "live" }));
    let noticed = |json: Value| {
        let answer = answer(200, health.clone());
        let exchange = Exchange { method: &Method::GET, uri: &uri, sent: &Bytes::new(), answer: &answer };
        Document::new(json).violations(&exchange).len()
    };
    assert_eq!(noticed(json.clone()), 0);
    json["components"]["schemas"]["Health"]["properties"]["status"]["type"] = json!("integer");
    assert_eq!(noticed(json.clone()), 1);
    json["components"]["schemas"]["Health"]["properties"] = json!({});
    assert_ne!(noticed(json), 0, "a member that is described no more");
}

/// How many things the document has against this answer.
fn violations(path: &str, status: u16, body: Value) -> usize {
    let (uri, answer) = (path.parse().unwrap(), answer(status, body));
    let exchange = Exchange { method: &Method::GET, uri: &uri, sent: &Bytes::new(), answer: &answer };
    Document::of_the_shop().violations(&exchange).len()
}

fn answer(status: u16, body: Value) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    Answer { status, headers, body }
}

/// A path of this form below `/api/v1`, or one of the others.
fn somewhere(path: &str) -> String {
    let id = Uuid::nil().to_string();
    let parts = path.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part });
    let path = parts.collect::<Vec<_>>().join("/");
    path.strip_prefix("/api/v1").map_or_else(|| format!("/{path}"), str::to_owned)
}

fn references(json: &Value) -> Vec<&str> {
    match json {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str);
            own.into_iter().chain(members.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
