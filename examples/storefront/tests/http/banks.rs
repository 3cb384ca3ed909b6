//! A bank in another house: what its client says happened, and what it says nobody knows.

use std::sync::Arc;

use chrono::Utc;
use commerce_kit::{
    domain::{
        customer::Email,
        ids::{CheckoutId, SagaId},
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    gateway::{
        Authorization, AuthorizeRequest, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway as _, RefundRequest, VoidOutcome, VoidRequest,
    },
    memory::{BuyerAnswer, TestGateway},
};
use serde_json::json;
use storefront::{
    bank::{self, Bank, RemoteBank},
    database::Database,
    demo, server,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use uuid::Uuid;

use crate::client::Shop;

/// The demo bank on a port of its own, and a client of it.
pub(crate) async fn open_bank() -> (Arc<TestGateway>, RemoteBank) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = remote(&listener);
    let books = Arc::new(TestGateway::new());
    tokio::spawn(server::serve(listener, bank::router(books.clone()), std::future::pending()));
    (books, remote)
}

/// Something else on a port, which reads a request and sends these bytes.
async fn open_something_that_sends(bytes: &'static [u8]) -> RemoteBank {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = remote(&listener);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).await.unwrap();
            assert!(read > 0);
            stream.write_all(bytes).await.unwrap();
        }
    });
    remote
}

fn remote(listener: &TcpListener) -> RemoteBank {
    format!("http://{}", listener.local_addr().unwrap()).parse().unwrap()
}

fn key(purpose: &str) -> IdempotencyKey {
    IdempotencyKey::new(SagaId::from_uuid(Uuid::from_u128(1)), "a_step", 1, purpose)
}

fn price() -> Money {
    Money::from_minor(1_290, Currency::EUR)
}

fn wants(number: u128, token: &str) -> AuthorizeRequest {
    AuthorizeRequest {
        key: key(&format!("authorize-{number}")),
        checkout: CheckoutId::from_uuid(Uuid::from_u128(number)),
        amount: price(),
        method: PaymentMethod::new("card", token).unwrap(),
        email: Email::new("ann@example.com").unwrap(),
        at: Utc::now(),
    }
}

#[tokio::test]
async fn a_bank_in_another_house_answers_as_one_in_this() {
    let (books, there) = open_bank().await;
    let ask = wants(1, "ok");
    let promised = there.authorize(ask.clone()).await.unwrap();
    let Authorization::Authorized { reference } = promised.clone() else { panic!("{promised:?}") };
    assert_eq!(there.authorize(ask.clone()).await.unwrap(), promised);
    assert_eq!(there.lookup(&ask.key).await.unwrap(), Lookup::Authorization(promised));
    assert_eq!(there.lookup(&key("never")).await.unwrap(), Lookup::NotFound);

    let capture = CaptureRequest { key: key("capture"), reference: reference.clone(), amount: price() };
    there.capture(capture.clone()).await.unwrap();
    assert_eq!(there.lookup(&capture.key).await.unwrap(), Lookup::Done);
    let void = VoidRequest { key: key("void"), reference: reference.clone() };
    assert_eq!(there.void(void).await.unwrap(), VoidOutcome::Captured);
    let refund = RefundRequest { key: key("refund"), reference, amount: price() };
    there.refund(refund).await.unwrap();
    assert_eq!(there.books().await.unwrap(), books.books());
    assert_eq!((books.books()[0].refunded, books.calls().authorize), (price(), 2));
}

#[tokio::test]
async fn the_buyer_answers_a_bank_in_another_house() {
    let (books, there) = open_bank().await;
    for (number, token) in [(1, "action"), (2, "pending"), (3, "pending")] {
        there.authorize(wants(number, token)).await.unwrap();
    }
    let checkout = |number| CheckoutId::from_uuid(Uuid::from_u128(number));
    there.complete_action(checkout(1), BuyerAnswer::Approve).await.unwrap();
    there.complete_action(checkout(2), BuyerAnswer::ApproveAsSale).await.unwrap();
    there.complete_action(checkout(3), BuyerAnswer::Decline).await.unwrap();
    let captured: Vec<_> = books.books().iter().map(|entry| entry.captured).collect();
    assert_eq!(captured, [Money::zero(Currency::EUR), price()]);
}

#[tokio::test]
async fn a_bank_that_says_no_is_heard() {
    let (_, there) = open_bank().await;
    there.authorize(wants(1, "ok")).await.unwrap();
    let mut other = wants(1, "ok");
    other.amount = Money::from_minor(1, Currency::EUR);
    match there.authorize(other).await {
        Err(GatewayError::Rejected { code, .. }) => assert_eq!(code, "key_reused"),
        other => panic!("{other:?}"),
    }
    let nothing = there.complete_action(CheckoutId::from_uuid(Uuid::nil()), BuyerAnswer::Approve).await;
    assert!(matches!(nothing, Err(GatewayError::Rejected { .. })), "{nothing:?}");
}

#[tokio::test]
async fn a_bank_that_does_not_take_the_call_has_done_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = remote(&listener);
    drop(listener);
    let refused = there.authorize(wants(1, "ok")).await;
    assert!(matches!(refused, Err(GatewayError::Unavailable { .. })), "{refused:?}");
}

#[tokio::test]
async fn once_the_bank_took_the_call_nobody_knows_what_it_did() {
    let answers: [&[u8]; 6] = [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine",
        b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 422 Unprocessable Entity\r\ncontent-length: 2\r\n\r\nno",
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
    ];
    for bytes in answers {
        let answer = open_something_that_sends(bytes).await.authorize(wants(1, "ok")).await;
        assert!(matches!(answer, Err(GatewayError::Uncertain { .. })), "{answer:?}");
    }
}

/// Time flies as soon as everybody waits.
#[tokio::test(start_paused = true)]
async fn a_bank_that_never_answers_is_not_waited_for_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = remote(&listener);
    let answer = there.authorize(wants(1, "ok")).await;
    assert!(matches!(answer, Err(GatewayError::Uncertain { .. })), "{answer:?}");
    drop(listener);
}

#[tokio::test]
async fn an_answer_that_the_bank_lost_is_there_when_it_is_asked_again() {
    let (books, there) = open_bank().await;
    let ask = wants(1, "lost");
    let lost = there.authorize(ask.clone()).await;
    assert!(matches!(lost, Err(GatewayError::Uncertain { .. })), "{lost:?}");
    let again = there.authorize(ask).await;
    assert!(matches!(again, Ok(Authorization::Authorized { .. })), "{again:?}");
    assert_eq!(books.books().len(), 1);
}

#[tokio::test]
async fn a_shop_sells_with_a_bank_in_another_house() {
    let (books, there) = open_bank().await;
    let shop = Shop::open_with(&Database::Memory, &books, Arc::new(there), Arc::new(demo::log())).await;
    let cart = shop.cart_with("MUG-SLATE", 2).await;
    let wish = shop.wish(&cart, "lost").await;
    shop.post("/checkouts", wish.clone()).await;
    let order = shop.order_once_placed(wish["id"].as_str().unwrap()).await;
    shop.order_once_paid(&order, "captured").await;

    let cart = shop.cart_with("PEN-F", 1).await;
    let waiting = shop.post("/checkouts", shop.wish(&cart, "action").await).await.expect(202);
    let id = waiting["id"].as_str().unwrap();
    shop.post(&format!("/demo/actions/{id}"), json!({ "answer": "approve" })).await.expect(204);
    shop.post(&format!("/checkouts/{id}/notice"), json!({})).await.expect(201);
    assert_eq!(books.books().len(), 2);
}
