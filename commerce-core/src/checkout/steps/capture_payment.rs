use async_trait::async_trait;

use crate::{
    capture::{Capture, collect},
    checkout::{CheckoutFlow, CheckoutState},
    domain::order::CapturePolicy,
    gateway::IdempotencyKey,
    saga::{Context, Next, Reach, Step, Trouble},
    storage::ChangeSet,
};

/// Collects the promised money, unless it is collected already, comes later, or a person has to look first.
pub(crate) struct CapturePayment;

#[async_trait]
impl Step<CheckoutFlow> for CapturePayment {
    fn name(&self) -> &'static str {
        "capture_payment"
    }

    fn reach(&self) -> Reach {
        Reach::Keyed
    }

    async fn run(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let policy = state.capture.unwrap_or(cx.ports.settings.capture);
        let later = policy == CapturePolicy::AtFulfilment || state.review.is_some();
        let Some(promise) = &state.promise else { return Ok(Next::Done(ChangeSet::new(cx.now))) };
        if later || promise.captured {
            return Ok(Next::Done(ChangeSet::new(cx.now)));
        }
        let capture = Capture {
            payment: CheckoutState::payment_id(state.id, promise.attempt),
            key: IdempotencyKey::new(cx.saga, self.name(), promise.attempt, "capture"),
            since: state.placed_at.unwrap_or(cx.started_at),
        };
        collect(cx, &*cx.ports.store, &*cx.ports.payments, capture).await.map(Next::Done)
    }
}
