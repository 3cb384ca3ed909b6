use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use commerce_core::{
    domain::money::Money,
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, GatewayError, IdempotencyKey, Lookup,
        PaymentGateway, RefundRequest, TryAgain, VoidOutcome, VoidRequest,
    },
};

/// A gateway with one mistake on the way to it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) inner: Arc<dyn PaymentGateway>,
    pub(super) mistake: Mistake,
    pub(super) calls: AtomicU32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mistake {
    FreshAuthorizeKey,
    FreshRefundKey,
    TimeoutTakenForFailure,
    NotFoundTakenForNever,
    NoticeBelieved,
    VoidThatVoidsNothing,
    WrongAmount,
}

impl Wrong {
    fn fresh(&self, when: Mistake, key: IdempotencyKey) -> IdempotencyKey {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.mistake == when { IdempotencyKey::from_stored(format!("{key}/{call}")) } else { key }
    }

    /// Whether an answer that was lost counts as a decline here.
    async fn gives_up(&self, key: &IdempotencyKey) -> bool {
        match self.mistake {
            Mistake::TimeoutTakenForFailure => true,
            Mistake::NotFoundTakenForNever => matches!(self.inner.lookup(key).await, Ok(Lookup::NotFound)),
            _ => false,
        }
    }
}

#[async_trait]
impl PaymentGateway for Wrong {
    async fn authorize(&self, mut request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        let key = request.key.clone();
        request.key = self.fresh(Mistake::FreshAuthorizeKey, request.key);
        if self.mistake == Mistake::WrongAmount {
            let more = Money::from_minor(request.amount.minor() + 1, request.amount.currency());
            request.amount = more;
        }
        match self.inner.authorize(request).await {
            Err(GatewayError::Uncertain { .. }) if self.gives_up(&key).await => {
                Ok(Authorization::Declined { reason: "timeout".into(), retry: TryAgain::SameMethod })
            }
            answer => answer,
        }
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        self.inner.capture(request).await
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        if self.mistake == Mistake::VoidThatVoidsNothing {
            return Ok(VoidOutcome::Voided);
        }
        self.inner.void(request).await
    }

    async fn refund(&self, mut request: RefundRequest) -> Result<(), GatewayError> {
        request.key = self.fresh(Mistake::FreshRefundKey, request.key);
        self.inner.refund(request).await
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        match self.inner.lookup(key).await {
            Ok(Lookup::Authorization(
                Authorization::ActionRequired { reference, .. } | Authorization::Pending { reference, .. },
            )) if self.mistake == Mistake::NoticeBelieved => {
                Ok(Lookup::Authorization(Authorization::Authorized { reference }))
            }
            answer => answer,
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}
