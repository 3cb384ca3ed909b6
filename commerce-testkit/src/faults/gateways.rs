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

use super::{Call, Course, Port};

/// Any port to the outside world whose calls go through a [`Course`].
#[derive(Debug)]
pub struct FaultyGateway<P: ?Sized> {
    course: Course,
    inner: Arc<P>,
}

impl<P: ?Sized> FaultyGateway<P> {
    /// This port, failing as fate has it, such as that of a [`FaultPlan`](super::FaultPlan).
    pub fn new(inner: Arc<P>, course: impl Into<Course>) -> Self {
        Self { course: course.into(), inner }
    }
}

macro_rules! through {
    ($self:ident, $name:literal, $request:ident, |$inner:ident| $call:expr) => {{
        let call = Call { name: $name, port: Port::Gateway, doing: $name };
        let effect = {
            let ($inner, $request) = (Arc::clone(&$self.inner), $request.clone());
            async move { $call.await }
        };
        let again = {
            let ($inner, $request) = (Arc::clone(&$self.inner), $request.clone());
            async move { $call.await }
        };
        $self.course.through(call, effect, Some(again)).await
    }};
}

#[async_trait]
impl PaymentGateway for FaultyGateway<dyn PaymentGateway> {
    async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError> {
        through!(self, "authorize", request, |inner| inner.authorize(request))
    }

    async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError> {
        through!(self, "capture", request, |inner| inner.capture(request))
    }

    async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError> {
        through!(self, "void", request, |inner| inner.void(request))
    }

    async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError> {
        through!(self, "refund", request, |inner| inner.refund(request))
    }

    async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError> {
        through!(self, "lookup", key, |inner| inner.lookup(&key))
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}

#[async_trait]
impl FraudScreen for FaultyGateway<dyn FraudScreen> {
    async fn screen(&self, request: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        through!(self, "screen", request, |inner| inner.screen(&request))
    }
}

#[async_trait]
impl TaxCalculator for FaultyGateway<dyn TaxCalculator> {
    async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError> {
        through!(self, "tax_rates", query, |inner| inner.rates(&query))
    }
}

#[async_trait]
impl ShippingRates for FaultyGateway<dyn ShippingRates> {
    async fn rates(&self, query: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError> {
        through!(self, "shipping_rates", query, |inner| inner.rates(&query))
    }
}

#[async_trait]
impl EventSink for FaultyGateway<dyn EventSink> {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        through!(self, "deliver", event, |inner| inner.deliver(&event))
    }
}
