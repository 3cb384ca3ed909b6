use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        customer::Email,
        ids::SagaId,
        money::{Currency, Money},
        payment::PaymentMethod,
    },
    gateway::TryAgain,
};

const NOON: DateTime<Utc> = DateTime::UNIX_EPOCH;

#[tokio::test]
async fn the_same_request_has_one_effect() {
    let gateway = TestGateway::new();
    let first = gateway.authorize(pay("ok", 1)).await.unwrap();
    assert_eq!(gateway.authorize(pay("ok", 1)).await.unwrap(), first);
    assert_eq!(gateway.books().len(), 1);
    assert_eq!(gateway.calls().authorize, 2);
    let other = AuthorizeRequest { amount: euro(11), ..pay("ok", 1) };
    assert_eq!(rejection(gateway.authorize(other).await), "key_reused");
}

#[tokio::test]
async fn a_lost_answer_is_found_under_the_same_key() {
    let gateway = TestGateway::new();
    let lost = gateway.authorize(pay("lost", 1)).await;
    assert!(matches!(lost, Err(GatewayError::Uncertain { .. })));
    let again = gateway.authorize(pay("lost", 1)).await.unwrap();
    assert_eq!(gateway.lookup(&key(1)).await.unwrap(), Lookup::Authorization(again));
    assert_eq!(gateway.books().len(), 1);
    gateway.authorize(pay("lost", 2)).await.unwrap();
    assert_eq!(gateway.books().len(), 2, "a fresh key is another promise");
}

#[tokio::test]
async fn money_is_collected_once_and_given_back_once() {
    let gateway = TestGateway::new();
    let reference = reference(&gateway.authorize(pay("ok", 1)).await.unwrap());
    assert_eq!(rejection(gateway.capture(collect(&reference, 9, 2)).await), "amount_mismatch");
    gateway.capture(collect(&reference, 10, 3)).await.unwrap();
    gateway.capture(collect(&reference, 10, 3)).await.unwrap();
    assert_eq!(rejection(gateway.capture(collect(&reference, 10, 4)).await), "already_captured");
    let give_back = |cents, n| {
        gateway.refund(RefundRequest { key: key(n), reference: reference.clone(), amount: euro(cents) })
    };
    give_back(6, 5).await.unwrap();
    give_back(6, 5).await.unwrap();
    assert_eq!(rejection(give_back(5, 6).await), "refund_too_large");
    assert_eq!(rejection(give_back(0, 7).await), "invalid_amount");
    assert_eq!(gateway.void(give_up(&reference, 8)).await.unwrap(), VoidOutcome::Captured);
    assert_eq!(gateway.lookup(&key(5)).await.unwrap(), Lookup::Done);
    assert_eq!(gateway.lookup(&key(6)).await.unwrap(), Lookup::NotFound);
    let entry = &gateway.books()[0];
    assert_eq!((entry.captured, entry.refunded, entry.voided), (euro(10), euro(6), false));
}

#[tokio::test]
async fn a_promise_that_was_given_up_brings_no_money() {
    let gateway = TestGateway::new();
    let reference = reference(&gateway.authorize(pay("ok", 1)).await.unwrap());
    assert_eq!(gateway.void(give_up(&reference, 2)).await.unwrap(), VoidOutcome::Voided);
    assert_eq!(gateway.void(give_up(&reference, 3)).await.unwrap(), VoidOutcome::Voided);
    assert_eq!(rejection(gateway.capture(collect(&reference, 10, 4)).await), "voided");
    assert_eq!(gateway.lookup(&key(1)).await.unwrap(), Lookup::Closed);
    assert!(gateway.books()[0].voided);
}

#[tokio::test]
async fn an_action_ends_as_the_buyer_says() {
    let gateway = TestGateway::new();
    let waiting = gateway.authorize(pay("action", 1)).await.unwrap();
    let reference = reference(&waiting);
    let deadline = NOON + TimeDelta::minutes(10);
    assert!(matches!(waiting, Authorization::ActionRequired { until, .. } if until == deadline));
    assert_eq!(gateway.books(), []);
    assert_eq!(rejection(gateway.capture(collect(&reference, 10, 2)).await), "not_authorized");
    gateway.complete_action(checkout(), BuyerAnswer::Approve).unwrap();
    let approved = Authorization::Authorized { reference };
    assert_eq!(gateway.authorize(pay("action", 1)).await.unwrap(), approved);
    assert_eq!(gateway.books().len(), 1);
    assert_eq!(rejection(gateway.complete_action(checkout(), BuyerAnswer::Approve)), "nothing_waits");
}

#[tokio::test]
async fn an_action_that_was_given_up_cannot_be_completed() {
    let gateway = TestGateway::new();
    let reference = reference(&gateway.authorize(pay("action", 1)).await.unwrap());
    assert_eq!(gateway.void(give_up(&reference, 2)).await.unwrap(), VoidOutcome::Voided);
    assert_eq!(rejection(gateway.complete_action(checkout(), BuyerAnswer::Approve)), "nothing_waits");
    assert_eq!(gateway.books(), []);
}

#[tokio::test]
async fn a_pending_payment_cannot_be_stopped_until_it_is_answered() {
    let gateway = TestGateway::new();
    let reference = reference(&gateway.authorize(pay("pending", 1)).await.unwrap());
    let until = NOON + TimeDelta::minutes(10);
    assert_eq!(gateway.void(give_up(&reference, 2)).await.unwrap(), VoidOutcome::Pending { until });
    assert_eq!(gateway.lookup(&key(2)).await.unwrap(), Lookup::NotFound);
    gateway.complete_action(checkout(), BuyerAnswer::ApproveAsSale).unwrap();
    assert_eq!(gateway.void(give_up(&reference, 2)).await.unwrap(), VoidOutcome::Captured);
}

#[tokio::test]
async fn a_declined_tender_leaves_no_trace_in_the_books() {
    let gateway = TestGateway::new();
    for (n, token, expected) in
        [(1, "decline", TryAgain::OtherMethod), (2, "decline_retry", TryAgain::SameMethod)]
    {
        let answer = gateway.authorize(pay(token, n)).await.unwrap();
        assert!(matches!(answer, Authorization::Declined { retry, .. } if retry == expected));
    }
    assert!(matches!(gateway.authorize(pay("sale", 3)).await, Ok(Authorization::Captured { .. })));
    assert_eq!(gateway.books().len(), 1);
}

fn pay(token: &str, n: u32) -> AuthorizeRequest {
    AuthorizeRequest {
        key: key(n),
        checkout: checkout(),
        amount: euro(10),
        method: PaymentMethod::new("card", token).unwrap(),
        email: Email::new("ann@example.com").unwrap(),
        at: NOON,
    }
}

fn collect(reference: &str, cents: i64, n: u32) -> CaptureRequest {
    CaptureRequest { key: key(n), reference: reference.into(), amount: euro(cents) }
}

fn give_up(reference: &str, n: u32) -> VoidRequest {
    VoidRequest { key: key(n), reference: reference.into() }
}

fn reference(answer: &Authorization) -> String {
    match answer {
        Authorization::Authorized { reference }
        | Authorization::Captured { reference }
        | Authorization::ActionRequired { reference, .. }
        | Authorization::Pending { reference, .. } => reference.clone(),
        Authorization::Declined { .. } => panic!("declined"),
    }
}

fn rejection<T>(answer: Result<T, GatewayError>) -> String {
    match answer {
        Err(GatewayError::Rejected { code, .. }) => code,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not rejected"),
    }
}

fn key(n: u32) -> IdempotencyKey {
    IdempotencyKey::new(SagaId::from(checkout()), "pay", n, "test")
}

fn checkout() -> CheckoutId {
    CheckoutId::from_uuid(Uuid::from_u128(1))
}

fn euro(cents: i64) -> Money {
    Money::from_minor(cents, Currency::EUR)
}
