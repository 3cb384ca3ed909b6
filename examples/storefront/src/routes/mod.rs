//! What can be asked for, all under `/api/v1` but the two questions of whoever watches over the process.
//!
//! Answers are JSON; what cannot be done is a [`Problem`]. Money is `{"amount":"10.99","currency":"EUR"}`. Ids of
//! checkouts, shipments and refunds are chosen by the caller, so that sending twice is doing once.

mod carts;
mod products;
mod search;
mod stock;

mod checkouts;
mod orders;
mod payments;

mod bank;
mod health;

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
    routing::{get, post, put},
};
use tower_http::trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use crate::{App, problem::Problem};

/// The largest body, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Every route of the shop.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/health", get(health::live))
        .route("/ready", get(health::ready))
        .nest("/api/v1", api())
        .fallback(async || Problem::no_such_route())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn(limit_time))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(DefaultOnFailure::new().level(Level::WARN)),
        )
        .with_state(app)
}

fn api() -> Router<App> {
    Router::new()
        // What is for sale.
        .route("/products", get(products::list))
        .route("/products/{id}", get(products::one))
        .route("/search", get(search::search))
        .route("/suggest", get(search::suggest))
        .route("/stock/{sku}", get(stock::available))
        .route("/stock/{sku}/receipts", post(stock::receive))
        // What a buyer has picked.
        .route("/carts", post(carts::create))
        .route("/carts/{id}", get(carts::one))
        .route("/carts/{id}/lines", post(carts::add))
        .route("/carts/{id}/lines/{line}", put(carts::set_quantity).delete(carts::remove))
        .route("/carts/{id}/coupon", put(carts::set_coupon).delete(carts::drop_coupon))
        .route("/carts/{id}/warnings", get(carts::warnings))
        .route("/carts/{id}/merge", post(carts::merge))
        .route("/carts/{id}/shipping-rates", post(carts::shipping_rates))
        .route("/carts/{id}/quote", post(carts::quote))
        // Buying.
        .route("/checkouts", post(checkouts::start))
        .route("/checkouts/{id}", get(checkouts::one).delete(checkouts::cancel))
        .route("/checkouts/{id}/tenders", post(checkouts::pay))
        .route("/checkouts/{id}/notice", post(checkouts::look_again))
        // What was bought.
        .route("/orders", get(orders::list))
        .route("/orders/{id}", get(orders::one))
        .route("/orders/{id}/cancel", post(orders::cancel))
        .route("/orders/{id}/release", post(orders::release))
        .route("/orders/{id}/shipments", post(orders::ship))
        .route("/orders/{id}/shipments/{shipment}/delivery", post(orders::deliver))
        .route("/payments/{id}/refunds", post(payments::refund))
        // The buyer's bank.
        .route("/demo/actions/{checkout}", post(bank::answer))
}

/// Gives up on an answer, not on what was begun: the engine's own work goes on.
async fn limit_time(request: Request, next: Next) -> Result<Response, Problem> {
    tokio::time::timeout(PATIENCE, next.run(request)).await.map_err(|_| Problem::timeout())
}

/// A span that names the route and not the path: whoever reads the log must not be able to read an order.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}
