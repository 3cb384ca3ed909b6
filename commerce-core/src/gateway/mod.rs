//! Ports: what the outside world must do.
//!
//! The tables for tax and shipping, the screen that allows everybody and the sink that calls closures are ordinary
//! implementations of these ports.

mod error;

mod payment;
mod webhook;

mod fraud;

mod tax;
mod tax_table;

mod shipping;
mod shipping_table;

mod parcels;

mod event_sink;

mod search;

pub use error::GatewayError;
pub use event_sink::{CloudEvent, EventSink, InProcessSink};
pub use fraud::{AllowEveryone, FraudScreen, ScreeningRequest, Verdict};
pub use payment::{
    Authorization, AuthorizeRequest, BuyerAction, Capabilities, CaptureRequest, IdempotencyKey, Lookup,
    PaymentGateway, RefundRequest, TryAgain, VoidOutcome, VoidRequest,
};
pub use search::{
    Counting, Cursor, Explanation, Facet, FacetName, FacetValue, Fallback, Filters, Fragment, Highlighting,
    Hit, InvalidToken, LastWord, PriceBar, PriceSummary, ProductSearch, ReadToken, Relaxation, SearchError,
    SearchPage, SearchQuery, Sort, Standing, StockFilter, SuggestQuery, SuggestedProduct, Suggestions,
};
pub use shipping::{FlatShipping, ShippingQuery, ShippingRates};
pub use shipping_table::{GoodsStep, ShippingMethod, ShippingTable, ShippingZone, Tariff, WeightStep};
pub use tax::{TaxCalculator, TaxQuery};
pub use tax_table::{TaxEntry, TaxTable};
pub use webhook::{InvalidWebhook, PaymentNotice, PaymentWebhook};
