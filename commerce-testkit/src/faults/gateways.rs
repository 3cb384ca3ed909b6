use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use commerce_core::{
    domain::pricing::{ShippingRate, TaxRates},
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, CloudEvent, EventSink, FraudScreen,
        GatewayError, IdempotencyKey, Lookup, PaymentGateway, RefundRequest, ScreeningRequest, ShippingQuery,
        ShippingRates, TaxCalculator, TaxQuery, Verdict, VoidOutcome, VoidRequest,
    },
};

use super::{Call, FaultPlan, Port};

/// Any port to the outside world whose calls go through a [`FaultPlan`].
#[derive(Debug)]
pub struct FaultyGateway<P: ?Sized> {
    plan: FaultPlan,
    inner: Arc<P>,
}

impl<P: ?Sized> FaultyGateway<P> {
    /// This port, failing as planned.
    pub fn new(inner: Arc<P>, plan: FaultPlan) -> Self {
        Self { plan, inner }
    }
}

macro_rules! through {
    ($self:ident, $name:literal, |$inner:ident| $call:expr) => {{
        let $inner = Arc::clone(&$self.inner);
        $self.plan.through(Call { name: $name, port: Port::Gateway }, async move { $call.await }).await
    }};
}

#[async_trait]
impl PaymentGateway for FaultyGateway<dyn PaymentGateway> {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        through!(self, "authorize", |inner| inner.authorize(request))
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        through!(self, "capture", |inner| inner.capture(request))
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        through!(self, "void", |inner| inner.void(request))
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        through!(self, "refund", |inner| inner.refund(request))
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        let key = key.clone();
        through!(self, "lookup", |inner| inner.lookup(&key))
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}

#[async_trait]
impl FraudScreen for FaultyGateway<dyn FraudScreen> {
    async fn screen(&self, request: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        let request = request.clone();
        through!(self, "screen", |inner| inner.screen(&request))
    }
}

#[async_trait]
impl TaxCalculator for FaultyGateway<dyn TaxCalculator> {
    async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError> {
        let query = query.clone();
        through!(self, "tax_rates", |inner| inner.rates(&query))
    }
}

#[async_trait]
impl ShippingRates for FaultyGateway<dyn ShippingRates> {
    async fn rates(&self, query: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError> {
        let query = query.clone();
        through!(self, "shipping_rates", |inner| inner.rates(&query))
    }
}

#[async_trait]
impl EventSink for FaultyGateway<dyn EventSink> {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        let event = event.clone();
        through!(self, "deliver", |inner| inner.deliver(&event))
    }
}
