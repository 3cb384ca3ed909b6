use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, commerce::Engine, decide};
use crate::{
    checkout::{CheckoutFlow, CheckoutRefusal, CheckoutRequest, CheckoutState, Decline, Waiting},
    domain::{
        ids::{CheckoutId, OrderId, OrderNumber},
        money::Money,
        order::Order,
        payment::PaymentMethod,
    },
    gateway::{BuyerAction, PaymentNotice},
    saga::{Runner, Start},
    storage::{Reason, SagaRecord, SagaStatus, StoreError},
};

/// Buying.
///
/// A checkout that does not end in an order is an outcome, not an error: a shop shows it to the buyer.
///
/// ```
/// use commerce_core::service::{Checkout, CheckoutStatus};
///
/// fn shown(checkout: &Checkout) -> String {
///     match &checkout.status {
///         CheckoutStatus::Placed { number, .. } => format!("thank you, your order is {number}"),
///         CheckoutStatus::AwaitingTender => "please pay in another way; your items are kept".into(),
///         CheckoutStatus::AwaitingAction { .. } => "your bank asks you to confirm".into(),
///         CheckoutStatus::Refused { why, .. } => why.to_string(),
///         _ => "one moment, please".into(),
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Checkouts<'a> {
    pub(super) engine: &'a Engine,
}

/// How a checkout stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Checkout {
    /// Its id.
    pub id: CheckoutId,
    /// How it stands.
    pub status: CheckoutStatus,
    /// What the buyer pays; none before it was quoted.
    pub total: Option<Money>,
    /// When it gives up waiting for money; when it was placed, once it is forgotten.
    pub deadline: DateTime<Utc>,
    /// The tenders that were declined.
    pub declined: Vec<Decline>,
}

/// How a checkout stands. Every one of these is an outcome a shop has to expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckoutStatus {
    /// It is under way: look again.
    Processing,
    /// It holds the stock and waits for a tender: the one before was declined, or none was sent.
    AwaitingTender,
    /// The buyer has to do something first.
    AwaitingAction {
        /// What.
        action: BuyerAction,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The bank takes a while.
    AwaitingConfirmation {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// The order is placed.
    Placed {
        /// Which order.
        order: OrderId,
        /// Its number.
        number: OrderNumber,
    },
    /// There is no order, and nothing stays charged or held; while `settled` is false that is being seen to.
    Refused {
        /// Why.
        why: CheckoutRefusal,
        /// Whether everything is undone.
        settled: bool,
    },
    /// It cannot go on by itself: somebody of the shop has to look, then
    /// [resume](super::Sagas::resume) it.
    Stuck {
        /// A stable name for programs.
        code: String,
    },
}

impl Checkouts<'_> {
    /// Buys what is in the cart. Answers when the order is placed, refused, or waits for somebody.
    ///
    /// Starting twice with the same id and content is starting once, whatever happened to the first answer. Dropping
    /// the future changes nothing: what was started goes on.
    ///
    /// # Errors
    /// - [`Error::Request`] before anything is written;
    /// - [`Error::Reused`] when the id was used with other content;
    /// - [`Error::Forgotten`] when it was used for a checkout that turned back so long ago that only its payments are
    ///   known;
    /// - a failing store: repeat the same call.
    #[tracing::instrument(skip_all, fields(checkout = %request.id))]
    pub async fn start(&self, request: CheckoutRequest) -> Result<Checkout, Error> {
        request.check()?;
        let (id, fingerprint) = (request.id, request.fingerprint());
        if let Some(found) = self.engine.checkouts.find(id.into()).await? {
            return self.known(&found, &fingerprint).await;
        }
        if let Some(checkout) = self.done_before(&request, &fingerprint).await? {
            return Ok(checkout);
        }
        let now = self.engine.environment.clock.now();
        let state = CheckoutState::new(request, now, self.engine.ports.settings.payment_deadline);
        let start = Start { id: id.into(), fingerprint: fingerprint.clone(), state };
        match self.engine.checkouts.start(start).await {
            Ok(answer) => Ok(view(&answer.record, &answer.state)),
            Err(error @ StoreError::Conflict { .. }) => match self.engine.checkouts.find(id.into()).await? {
                Some(found) => self.known(&found, &fingerprint).await,
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// How a checkout stands. Of one that is [forgotten](super::Retention) only its order is known.
    pub async fn get(&self, id: CheckoutId) -> Result<Checkout, Error> {
        if let Some(record) = self.engine.checkouts.find(id.into()).await? {
            return Ok(view(&record, &Runner::<CheckoutFlow>::state(&record)?));
        }
        let order = self.engine.ports.store.order(id.into()).await?;
        order.map(|order| placed(&order)).ok_or_else(|| Error::not_found("checkout", id))
    }

    /// Pays with another tender, after one was declined or when none was sent.
    ///
    /// # Errors
    /// [`Error::NotWaiting`] unless the checkout waits for a tender.
    #[tracing::instrument(skip_all, fields(checkout = %id))]
    pub async fn pay(&self, id: CheckoutId, method: PaymentMethod) -> Result<Checkout, Error> {
        let method = &method;
        decide(|| async move {
            let runner = &self.engine.checkouts;
            let Some(found) = runner.find(id.into()).await? else {
                return self.get(id).await.and(Err(Error::NotWaiting));
            };
            let now = self.engine.environment.clock.now();
            let taken = runner.alter(&found, |state| state.try_tender(method.clone(), now)).await?;
            if taken { self.get(id).await } else { Err(Error::NotWaiting) }
        })
        .await
    }

    /// Looks at the payment once more: the buyer says they have done what they had to, or a webhook says so. The
    /// gateway is asked; what the notice claims counts for nothing.
    #[tracing::instrument(skip_all, fields(checkout = %notice.checkout))]
    pub async fn notify(&self, notice: PaymentNotice) -> Result<Checkout, Error> {
        self.signal(notice.checkout, None).await
    }

    /// Calls a checkout off, if it is not too late: an order that is placed stays placed, cancel that instead.
    #[tracing::instrument(skip_all, fields(checkout = %id))]
    pub async fn cancel(&self, id: CheckoutId) -> Result<Checkout, Error> {
        self.signal(id, Some(CheckoutRefusal::Cancelled.reason())).await
    }

    /// Wakes a checkout, with a reason to turn back if there is one.
    async fn signal(&self, id: CheckoutId, stop: Option<Reason>) -> Result<Checkout, Error> {
        let stop = &stop;
        decide(|| async move {
            if let Some(found) = self.engine.checkouts.find(id.into()).await? {
                self.engine.checkouts.signal(&found, stop.clone()).await?;
            }
            self.get(id).await
        })
        .await
    }

    async fn go_on(&self, id: CheckoutId) -> Result<Checkout, Error> {
        self.engine.checkouts.resume(id.into()).await?;
        self.get(id).await
    }

    async fn known(&self, found: &SagaRecord, fingerprint: &str) -> Result<Checkout, Error> {
        let id = CheckoutId::from_uuid(found.id.uuid());
        if found.fingerprint != fingerprint {
            return Err(Error::Reused { what: "checkout", id: id.to_string() });
        }
        self.go_on(id).await
    }

    /// What is known of a checkout without its saga: one that is just being begun by somebody else, or one that is
    /// forgotten. Its order and its payments never are.
    async fn done_before(
        &self,
        request: &CheckoutRequest,
        fingerprint: &str,
    ) -> Result<Option<Checkout>, Error> {
        let (id, store) = (request.id, &self.engine.ports.store);
        let order = store.order(id.into()).await?;
        if order.is_none() && store.payments_of(id).await?.is_empty() {
            return Ok(None);
        }
        if let Some(found) = self.engine.checkouts.find(id.into()).await? {
            return self.known(&found, fingerprint).await.map(Some);
        }
        match order {
            Some(order) if asks_for(request, &order) => Ok(Some(placed(&order))),
            Some(_) => Err(Error::Reused { what: "checkout", id: id.to_string() }),
            None => Err(Error::Forgotten { what: "checkout", id: id.to_string() }),
        }
    }
}

/// Whether this may be the request that the order came of, as far as the order still knows.
fn asks_for(request: &CheckoutRequest, order: &Order) -> bool {
    request.email == order.email
        && request.shipping_address == order.shipping_address
        && request.billing_address == order.billing_address
        && request.expected_total == order.total()
}

/// The checkout that an order came of, when nothing else is known of it.
fn placed(order: &Order) -> Checkout {
    Checkout {
        id: order.id.into(),
        status: CheckoutStatus::Placed { order: order.id, number: order.number.clone() },
        total: Some(order.total()),
        deadline: order.placed_at,
        declined: Vec::new(),
    }
}

fn view(record: &SagaRecord, state: &CheckoutState) -> Checkout {
    Checkout {
        id: state.id,
        status: status(record, state),
        total: state.total,
        deadline: state.deadline,
        declined: state.declined.clone(),
    }
}

fn status(record: &SagaRecord, state: &CheckoutState) -> CheckoutStatus {
    if let (Some(_), Some(number)) = (state.placed_at, &state.number) {
        return CheckoutStatus::Placed { order: state.id.into(), number: number.clone() };
    }
    if let Some(stuck) = &record.stuck {
        return CheckoutStatus::Stuck { code: stuck.code.clone() };
    }
    if let Some(reason) = &record.reason {
        let settled = record.status == SagaStatus::TurnedBack;
        return CheckoutStatus::Refused { why: CheckoutRefusal::from_reason(reason), settled };
    }
    match &state.waiting {
        None => CheckoutStatus::Processing,
        Some(Waiting::Tender) => CheckoutStatus::AwaitingTender,
        Some(Waiting::Action { action, until }) => {
            CheckoutStatus::AwaitingAction { action: action.clone(), until: *until }
        }
        Some(Waiting::Confirmation { until }) => CheckoutStatus::AwaitingConfirmation { until: *until },
    }
}
