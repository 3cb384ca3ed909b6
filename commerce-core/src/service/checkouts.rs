use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, commerce::Engine, decide};
use crate::{
    checkout::{CheckoutFlow, CheckoutRefusal, CheckoutRequest, CheckoutState, Decline, Waiting},
    domain::{
        ids::{CheckoutId, OrderId, OrderNumber},
        money::Money,
        payment::PaymentMethod,
    },
    gateway::{BuyerAction, PaymentNotice},
    saga::{Runner, Start},
    storage::{SagaRecord, SagaStatus, StoreError},
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
pub struct Checkout {
    /// Its id.
    pub id: CheckoutId,
    /// How it stands.
    pub status: CheckoutStatus,
    /// What the buyer pays; none before it was quoted.
    pub total: Option<Money>,
    /// When it gives up waiting for money.
    pub deadline: DateTime<Utc>,
    /// The tenders that were declined.
    pub declined: Vec<Decline>,
}

/// How a checkout stands. Every one of these is an outcome a shop has to expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// - a failing store: repeat the same call.
    #[tracing::instrument(skip_all, fields(checkout = %request.id))]
    pub async fn start(&self, request: CheckoutRequest) -> Result<Checkout, Error> {
        request.check()?;
        let (id, fingerprint) = (request.id, request.fingerprint());
        if let Some(found) = self.engine.checkouts.find(id.into()).await? {
            return self.known(&found, &fingerprint).await;
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

    /// How a checkout stands.
    pub async fn get(&self, id: CheckoutId) -> Result<Checkout, Error> {
        let record = self.record(id).await?;
        Ok(view(&record, &Runner::<CheckoutFlow>::state(&record)?))
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
            let found = runner.find(id.into()).await?.ok_or_else(|| Error::not_found("checkout", id))?;
            let now = self.engine.environment.clock.now();
            let taken = runner.alter(&found, |state| state.try_tender(method.clone(), now)).await?;
            if taken { Ok(()) } else { Err(Error::NotWaiting) }
        })
        .await?;
        self.go_on(id).await
    }

    /// Looks at the payment once more: the buyer says they have done what they had to, or a webhook says so. The
    /// gateway is asked; what the notice claims counts for nothing.
    #[tracing::instrument(skip_all, fields(checkout = %notice.checkout))]
    pub async fn notify(&self, notice: PaymentNotice) -> Result<Checkout, Error> {
        let id = notice.checkout;
        self.record(id).await?;
        decide(|| async move { Ok(self.engine.checkouts.signal(id.into(), None).await?) }).await?;
        self.go_on(id).await
    }

    /// Calls a checkout off, if it is not too late: an order that is placed stays placed, cancel that instead.
    #[tracing::instrument(skip_all, fields(checkout = %id))]
    pub async fn cancel(&self, id: CheckoutId) -> Result<Checkout, Error> {
        self.record(id).await?;
        decide(|| async move {
            let stop = CheckoutRefusal::Cancelled.reason();
            Ok(self.engine.checkouts.signal(id.into(), Some(stop)).await?)
        })
        .await?;
        self.go_on(id).await
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

    async fn record(&self, id: CheckoutId) -> Result<Arc<SagaRecord>, Error> {
        let found = self.engine.checkouts.find(id.into()).await?;
        Ok(found.ok_or_else(|| Error::not_found("checkout", id))?.value)
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
