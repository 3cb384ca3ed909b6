use std::{num::NonZeroU32, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CheckoutRequest, known_buyer::KnownBuyer};
use crate::{
    domain::{
        cart::Quantity,
        ids::{CartId, CheckoutId, CustomerId, LineId, OrderNumber, PaymentId, ReservationId},
        metadata::Metadata,
        money::Money,
        order::CapturePolicy,
        payment::PaymentMethod,
        pricing::Quote,
    },
    gateway::{BuyerAction, TryAgain},
    saga::Trouble,
    storage::{CounterKey, Reason},
};

/// What a checkout remembers from step to step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckoutState {
    /// Its id.
    pub id: CheckoutId,
    /// The cart it buys.
    pub cart: CartId,
    /// What the buyer sent, except the tenders; forgotten once the order has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<CheckoutRequest>,
    /// When stock is given back unless money was promised.
    pub deadline: DateTime<Utc>,
    /// Who buys, when they have an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// The cart's notes.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// The frozen quote, until the order has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Arc<Quote>>,
    /// What the buyer pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// What the order took from the cart, once it is placed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bought: Vec<(LineId, Quantity)>,
    /// The number the order will have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<OrderNumber>,
    /// The stock held; none when nothing of it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<ReservationId>,
    /// The limited counts held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<CounterKey>,
    /// What is asked to pay; none while the checkout waits for one, and forgotten once the order is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender: Option<Tender>,
    /// What was declined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<Decline>,
    /// What the checkout waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// The promise of money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// Why a person should look at the order first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// When the money of the order is collected: as it was when the order was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<CapturePolicy>,
    /// When the order was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<DateTime<Utc>>,
    /// Whether the payment has been undone once: from then on it is only looked up.
    #[serde(default)]
    pub payment_undone: bool,
    /// When it was decided to give collected money back: the age of the refund's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_since: Option<DateTime<Utc>>,
    /// How often the bank could not stop the payment: each time, a later void is another request with another key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voids: Option<NonZeroU32>,
    /// The gateway's name for money that could not be stopped: its key may be forgotten before it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_reference: Option<String>,
    /// Until when money may still arrive that could not be stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_until: Option<DateTime<Utc>>,
}

/// One attempt to pay. A retry keeps its number; another tender has the next one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tender {
    /// 1, 2, 3 …
    pub attempt: u32,
    /// What with.
    pub method: PaymentMethod,
    /// When the attempt began: the age of its key.
    pub since: DateTime<Utc>,
}

/// A tender the buyer's bank declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decline {
    /// Which attempt.
    pub attempt: u32,
    /// What the bank said.
    pub reason: String,
    /// Whether trying again makes sense.
    pub retry: TryAgain,
}

/// What a checkout waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Waiting {
    /// Another tender.
    Tender,
    /// The buyer, who has to do something.
    Action {
        /// What.
        action: BuyerAction,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The bank.
    Confirmation {
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// A promise of money, or money already collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Which attempt it was.
    pub attempt: u32,
    /// The gateway's name for it.
    pub reference: String,
    /// Whether it is collected already.
    pub captured: bool,
    /// When it was given.
    pub at: DateTime<Utc>,
}

impl CheckoutState {
    /// A checkout that begins now.
    pub fn new(mut request: CheckoutRequest, now: DateTime<Utc>, payment_deadline: Duration) -> Self {
        let method = std::mem::take(&mut request.tenders).into_iter().next();
        Self {
            id: request.id,
            cart: request.cart,
            deadline: now + payment_deadline,
            tender: method.map(|method| Tender { attempt: 1, method, since: now }),
            request: Some(request),
            customer: None,
            metadata: Metadata::default(),
            quote: None,
            total: None,
            bought: Vec::new(),
            number: None,
            reservation: None,
            counters: Vec::new(),
            declined: Vec::new(),
            waiting: None,
            promise: None,
            review: None,
            capture: None,
            placed_at: None,
            payment_undone: false,
            refund_since: None,
            voids: None,
            late_reference: None,
            late_until: None,
        }
    }

    /// What the buyer sent.
    pub(super) fn request(&self) -> Result<&CheckoutRequest, Trouble> {
        self.request.as_ref().ok_or_else(|| lost("the request"))
    }

    /// Who buys.
    pub(super) fn buyer(&self) -> Result<KnownBuyer<'_>, Trouble> {
        match self.customer {
            Some(customer) => Ok(KnownBuyer::Customer(customer)),
            None => Ok(KnownBuyer::Guest(&self.request()?.email)),
        }
    }

    /// Takes another tender, if the checkout waits for one.
    pub fn try_tender(&mut self, method: PaymentMethod, now: DateTime<Utc>) -> bool {
        let waits = self.tender.is_none() && self.waiting == Some(Waiting::Tender) && now < self.deadline;
        if waits {
            let attempt = self.declined.last().map_or(1, |decline| decline.attempt + 1);
            self.tender = Some(Tender { attempt, method, since: now });
            self.waiting = None;
        }
        waits
    }

    /// The id of the payment that an attempt becomes.
    pub fn payment_id(checkout: CheckoutId, attempt: u32) -> PaymentId {
        match attempt {
            1 => PaymentId::from_uuid(checkout.uuid()),
            later => PaymentId::from_uuid(Uuid::new_v5(&checkout.uuid(), &later.to_be_bytes())),
        }
    }
}

/// Everything a step needs was saved before it runs: without it the record is damaged, and a person has to look.
pub(super) fn lost(what: &str) -> Trouble {
    Trouble::Stuck(Reason::new("corrupt", format!("{what} of this checkout is gone"), &()))
}
