//! Mocks of the ports to the outside world, for tests whose point is that something was never called.
//!
//! ```
//! use commerce_testkit::mocks::MockFraudScreen;
//!
//! let mut screen = MockFraudScreen::new();
//! screen.expect_screen().never();
//! ```

#![allow(missing_docs, reason = "mockall writes these items; the ports they mock are documented")]

use async_trait::async_trait;
use commerce_core::{
    domain::pricing::{ShippingRate, TaxRates},
    gateway::{
        Authorization, AuthorizeRequest, Capabilities, CaptureRequest, CloudEvent, EventSink, FraudScreen,
        GatewayError, IdempotencyKey, Lookup, PaymentGateway, RefundRequest, ScreeningRequest, ShippingQuery,
        ShippingRates, TaxCalculator, TaxQuery, Verdict, VoidOutcome, VoidRequest,
    },
};
use mockall::mock;

mock! {
    #[derive(Debug)]
    pub PaymentGateway {}

    #[async_trait]
    impl PaymentGateway for PaymentGateway {
        async fn authorize(&self, request: AuthorizeRequest) -> Result<Authorization, GatewayError>;
        async fn capture(&self, request: CaptureRequest) -> Result<(), GatewayError>;
        async fn void(&self, request: VoidRequest) -> Result<VoidOutcome, GatewayError>;
        async fn refund(&self, request: RefundRequest) -> Result<(), GatewayError>;
        async fn lookup(&self, key: &IdempotencyKey) -> Result<Lookup, GatewayError>;
        fn capabilities(&self) -> Capabilities;
    }
}

mock! {
    #[derive(Debug)]
    pub FraudScreen {}

    #[async_trait]
    impl FraudScreen for FraudScreen {
        async fn screen(&self, request: &ScreeningRequest) -> Result<Verdict, GatewayError>;
    }
}

mock! {
    #[derive(Debug)]
    pub TaxCalculator {}

    #[async_trait]
    impl TaxCalculator for TaxCalculator {
        async fn rates(&self, query: &TaxQuery) -> Result<TaxRates, GatewayError>;
    }
}

mock! {
    #[derive(Debug)]
    pub ShippingRates {}

    #[async_trait]
    impl ShippingRates for ShippingRates {
        async fn rates(&self, query: &ShippingQuery) -> Result<Vec<ShippingRate>, GatewayError>;
    }
}

mock! {
    #[derive(Debug)]
    pub EventSink {}

    #[async_trait]
    impl EventSink for EventSink {
        async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError>;
    }
}
