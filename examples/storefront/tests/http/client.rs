use std::{net::SocketAddr, sync::Arc, time::Duration};

use commerce_kit::{gateway::EventSink, memory::TestGateway};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request,
    body::Bytes,
    client::conn::http1,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, IF_MATCH},
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use storefront::{App, admin::AdminToken, bank::Bank, database::Database, demo, server};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use uuid::Uuid;

use crate::document::{Document, Exchange};

/// Harbour & Pine on its first day, behind a real socket.
pub(crate) struct Shop {
    pub(crate) app: App,
    pub(crate) bank: Arc<TestGateway>,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum As<'a> {
    Guest,
    Admin,
    Bearer(&'a str),
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_on(&Database::Memory, &Arc::new(TestGateway::new())).await
    }

    pub(crate) async fn open_on(database: &Database, bank: &Arc<TestGateway>) -> Self {
        Self::open_with(database, bank, bank.clone(), Arc::new(demo::log())).await
    }

    /// With a bank that keeps these books, wherever it is, and whoever listens.
    pub(crate) async fn open_with(
        database: &Database,
        books: &Arc<TestGateway>,
        bank: Arc<dyn Bank>,
        listeners: Arc<dyn EventSink>,
    ) -> Self {
        let folder = database.index_folder();
        let (shop, search) = demo::open_with_search(database, folder, &bank, listeners).await.unwrap();
        let app = App { shop, search, bank, admin: AdminToken::random() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::run(listener, app.clone(), async move { drop(stopped.await) }));
        Self { app, bank: Arc::clone(books), address, stop: Some(stop), server }
    }

    /// Closes the shop and waits until it has.
    pub(crate) async fn close(mut self) {
        drop(self.stop.take());
        tokio::time::timeout(Duration::from_secs(30), self.server).await.unwrap().unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(As::Guest, Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(As::Guest, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(As::Guest, Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(As::Guest, Method::DELETE, path, None).await
    }

    pub(crate) async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask(As::Admin, method, path, body).await
    }

    pub(crate) async fn ask(&self, who: As<'_>, method: Method, path: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(who, method, path, body, "application/json").await
    }

    /// Sends these very bytes to a path below `/api/v1`, or to one of the others if it begins with two slashes.
    pub(crate) async fn send(
        &self,
        who: As<'_>,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
        kind: &str,
    ) -> Answer {
        self.deliver(self.request(who, method, path), body.into(), kind).await
    }

    /// Somebody of the shop puts this in the place of what has this tag.
    pub(crate) async fn change(&self, method: Method, path: &str, tag: &str, body: Value) -> Answer {
        let request = self.request(As::Admin, method, path).header(IF_MATCH, tag);
        self.deliver(request, body.to_string().into(), "application/json").await
    }

    fn request(&self, who: As<'_>, method: Method, path: &str) -> Builder {
        let path = path
            .strip_prefix('/')
            .filter(|rest| rest.starts_with('/'))
            .map_or_else(|| format!("/api/v1{path}"), str::to_owned);
        let request = Request::builder().method(method).uri(path).header(HOST, "shop.test");
        match who {
            As::Guest => request,
            As::Admin => request.header(AUTHORIZATION, format!("Bearer {}", self.app.admin.reveal())),
            As::Bearer(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        }
    }

    /// Sends it on a connection of its own. Every answer has to be as the document says.
    async fn deliver(&self, mut request: Builder, sent: Bytes, kind: &str) -> Answer {
        if !sent.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        let (method, uri) = (request.method_ref().cloned().unwrap(), request.uri_ref().cloned().unwrap());
        let stream = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
        let (mut sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(request.body(Full::new(sent.clone())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        let exchange = Exchange { method: &method, uri: &uri, sent: &sent, answer: &answer };
        let violations = Document::of_the_shop().violations(&exchange);
        assert!(violations.is_empty(), "{method} {uri}: {violations:#?}\n{:#}", answer.body);
        answer
    }

    /// A cart that holds so many of one thing.
    pub(crate) async fn cart_with(&self, sku: &str, quantity: u32) -> String {
        let cart = self.ask(As::Guest, Method::POST, "/carts", None).await.expect(201);
        let id = cart["id"].as_str().unwrap().to_owned();
        let line = json!({ "sku": sku, "quantity": quantity });
        self.post(&format!("/carts/{id}/lines"), line).await.expect(200);
        id
    }

    /// What the cart costs, sent to Ann.
    pub(crate) async fn total(&self, cart: &str) -> Value {
        let quote = self.post(&format!("/carts/{cart}/quote"), json!({ "address": ann() })).await;
        quote.expect(200)["total"].clone()
    }

    /// Ann's wish to buy the cart at its price, paid with this token.
    pub(crate) async fn wish(&self, cart: &str, token: &str) -> Value {
        json!({
            "id": Uuid::now_v7(),
            "cart": cart,
            "email": "ann@example.com",
            "shipping_address": ann(),
            "expected_total": self.total(cart).await,
            "tenders": [{ "kind": "card", "token": token }],
        })
    }

    /// An order of so many of one thing, bought by Ann; its id.
    pub(crate) async fn order(&self, sku: &str, quantity: u32) -> String {
        let cart = self.cart_with(sku, quantity).await;
        let wish = self.wish(&cart, "ok").await;
        let placed = self.post("/checkouts", wish).await.expect(201);
        placed["status"]["order"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn available(&self, sku: &str) -> i64 {
        self.get(&format!("/stock/{sku}")).await.expect(200)["available"].as_i64().unwrap()
    }

    /// The order of this checkout once the worker has placed it.
    pub(crate) async fn order_once_placed(&self, checkout: &str) -> String {
        for _ in 0..1_200 {
            let checkout = self.get(&format!("/checkouts/{checkout}")).await.expect(200);
            if let Some(order) = checkout["status"]["order"].as_str() {
                return order.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the order was never placed");
    }

    /// The order once the worker has brought its only payment to this status.
    pub(crate) async fn order_once_paid(&self, order: &str, status: &str) -> Value {
        for _ in 0..1_200 {
            let order = self.get(&format!("/orders/{order}")).await.expect(200);
            if order["payments"][0]["status"] == status {
                return order;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the payment never became {status}");
    }
}

impl Answer {
    /// The body, if this is the status.
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The whole problem, if it has this status and this code.
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, &self.body["code"]), (status, &json!(code)), "{:#}", self.body);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.body["status"], status);
        for member in ["type", "title", "detail", "retry"] {
            assert!(self.body[member].is_string(), "{member} in {:#}", self.body);
        }
        self.body
    }
}

/// Where Ann lives.
pub(crate) fn ann() -> Value {
    json!({
        "name": "Ann Example",
        "lines": ["1 Main Street"],
        "city": "Berlin",
        "postcode": "10115",
        "country": "DE",
    })
}

pub(crate) fn euro(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}
