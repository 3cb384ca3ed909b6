//! What the bank and the shop send each other: the requests of the port as JSON, field by field.

use chrono::{DateTime, Utc};
use commerce_kit::{
    domain::{customer::Email, ids::CheckoutId, money::Money, payment::PaymentMethod},
    gateway::{
        Authorization, AuthorizeRequest, CaptureRequest, IdempotencyKey, Lookup, RefundRequest, VoidOutcome,
        VoidRequest,
    },
    memory::{BookEntry, BuyerAnswer},
};
use serde::{Deserialize, Serialize};

/// Asks for a promise of money.
#[derive(Serialize, Deserialize)]
pub(super) struct Authorize(#[serde(with = "AuthorizeFields")] pub(super) AuthorizeRequest);

/// Collects it.
#[derive(Serialize, Deserialize)]
pub(super) struct Capture(#[serde(with = "CaptureFields")] pub(super) CaptureRequest);

/// Gives it up.
#[derive(Serialize, Deserialize)]
pub(super) struct Void(#[serde(with = "VoidFields")] pub(super) VoidRequest);

/// What became of that.
#[derive(Serialize, Deserialize)]
pub(super) struct Voided(#[serde(with = "VoidedKinds")] pub(super) VoidOutcome);

/// Gives collected money back.
#[derive(Serialize, Deserialize)]
pub(super) struct Refund(#[serde(with = "RefundFields")] pub(super) RefundRequest);

/// What the bank knows of a key.
#[derive(Serialize, Deserialize)]
pub(super) struct Known(#[serde(with = "KnownKinds")] pub(super) Lookup);

/// What the buyer says.
#[derive(Serialize, Deserialize)]
pub(super) struct Answer(#[serde(with = "AnswerKinds")] pub(super) BuyerAnswer);

/// One tender in the bank's books.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry(#[serde(with = "EntryFields")] pub(super) BookEntry);

/// Why the bank did nothing, and never will.
#[derive(Serialize, Deserialize)]
pub(super) struct Rejection {
    pub(super) code: String,
    pub(super) message: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AuthorizeRequest")]
struct AuthorizeFields {
    key: IdempotencyKey,
    checkout: CheckoutId,
    amount: Money,
    method: PaymentMethod,
    email: Email,
    at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CaptureRequest")]
struct CaptureFields {
    key: IdempotencyKey,
    reference: String,
    amount: Money,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "VoidRequest")]
struct VoidFields {
    key: IdempotencyKey,
    reference: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "VoidOutcome", tag = "kind", rename_all = "snake_case")]
enum VoidedKinds {
    Voided,
    Captured,
    Pending { until: DateTime<Utc> },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RefundRequest")]
struct RefundFields {
    key: IdempotencyKey,
    reference: String,
    amount: Money,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Lookup", tag = "known", rename_all = "snake_case")]
enum KnownKinds {
    NotFound,
    Authorization(Authorization),
    Closed,
    Done,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "BuyerAnswer", rename_all = "snake_case")]
enum AnswerKinds {
    Approve,
    ApproveAsSale,
    Decline,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "BookEntry")]
struct EntryFields {
    reference: String,
    key: IdempotencyKey,
    checkout: CheckoutId,
    amount: Money,
    authorized: Money,
    captured: Money,
    refunded: Money,
    voided: bool,
}
