//! What can be asked for, all under `/api/v1` but the two questions of whoever watches over the process.
//!
//! Answers are JSON; what cannot be done is a [`Problem`]. Money is `{"amount":"10.99","currency":"EUR"}`. Ids of
//! checkouts, shipments and refunds are chosen by the caller, so that sending twice is doing once.

mod carts;
mod floors;
mod products;
mod search;
mod stock;

mod checkouts;
mod orders;
mod payments;

mod admin;

mod bank;
mod document;
mod health;

pub use admin::ADMIN_BODY_LIMIT;

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use tower_http::trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{App, problem::Problem};

/// The largest body, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Every route of the shop.
pub fn router(app: App) -> Router {
    let (routes, _) = routes().split_for_parts();
    routes
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

/// Every route with its description: whatever is registered here is in the document too. Its path and its method stand
/// with the function that answers.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .nest("/api/v1", api().nest("/admin", admin::routes()))
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(document::document))
        // What is for sale.
        .routes(routes!(products::list))
        .routes(routes!(products::one))
        .routes(routes!(search::search))
        .routes(routes!(search::suggest))
        .routes(routes!(stock::available))
        .routes(routes!(stock::receive))
        // What a buyer has picked.
        .routes(routes!(carts::create))
        .routes(routes!(carts::one))
        .routes(routes!(carts::add))
        .routes(routes!(carts::set_quantity, carts::remove))
        .routes(routes!(carts::set_coupon, carts::drop_coupon))
        .routes(routes!(carts::warnings))
        .routes(routes!(carts::merge))
        .routes(routes!(carts::shipping_rates))
        .routes(routes!(carts::quote))
        // Buying.
        .routes(routes!(checkouts::start))
        .routes(routes!(checkouts::one, checkouts::cancel))
        .routes(routes!(checkouts::pay))
        .routes(routes!(checkouts::look_again))
        // What was bought.
        .routes(routes!(orders::list))
        .routes(routes!(orders::one))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::release))
        .routes(routes!(orders::ship))
        .routes(routes!(orders::deliver))
        .routes(routes!(payments::refund))
        // The buyer's bank.
        .routes(routes!(bank::answer))
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
