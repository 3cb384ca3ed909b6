use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, Utc};
use commerce_kit::{
    domain::{
        customer::{Address, Email},
        ids::{OrderId, OrderNumber, PaymentId, ShipmentId},
        money::Money,
        order::{Cancellation, FulfilmentStatus, Order, OrderStatus, ShipmentLine},
        payment::{Payment, PaymentStatus},
        pricing::Quote,
    },
    service::NewShipment,
    storage::Page,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::floors;
use crate::{
    App,
    admin::{Admin, Caller},
    extract::{Body, PageQuery, Path, Query, Words},
    problem::{Conflict, Forbidden, NotFound, Problem},
};

/// An order. Whoever knows its id may read it, so who bought it and where it goes is only for the shop's people.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderView {
    #[serde(flatten)]
    summary: Summary,
    quote: Arc<Quote>,
    shipments: Vec<ShipmentView>,
    payments: Vec<PaymentView>,
    cancelled: Option<Cancellation>,
    #[serde(flatten)]
    buyer: BuyerView,
}

/// What fits into a list.
#[derive(Debug, Serialize, ToSchema)]
struct Summary {
    id: OrderId,
    number: OrderNumber,
    status: OrderStatus,
    fulfilment: FulfilmentStatus,
    total: Money,
    placed_at: DateTime<Utc>,
}

/// Who bought, and why somebody should look at it first: nothing for a guest.
#[derive(Debug, Default, Serialize, ToSchema)]
struct BuyerView {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipping_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    billing_address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_because: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ShipmentView {
    id: ShipmentId,
    lines: Vec<ShipmentLine>,
    tracking: Option<String>,
    shipped_at: DateTime<Utc>,
    delivered_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PaymentView {
    id: PaymentId,
    method: String,
    status: PaymentStatus,
    authorized: Money,
    captured: Money,
    refunded: Money,
}

/// All orders by id: go on as long as there is a `next`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Orders {
    orders: Vec<Summary>,
    next: Option<OrderId>,
}

/// Why it is called off, and the proof that it is the buyer who says so.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelRequest {
    email: Option<Email>,
    reason: Words,
}

/// A parcel. Without lines it holds everything that has not been shipped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShipmentRequest {
    id: ShipmentId,
    lines: Option<Vec<ShipmentLine>>,
    tracking: Option<Words>,
}

/// Orders, by id.
#[utoipa::path(
    get, path = "/orders", operation_id = "list_orders", tag = "orders",
    security(("admin" = [])),
    params(PageQuery<OrderId>),
    responses((status = 200, body = Orders, description = "A page of them"))
)]
pub(super) async fn list(
    _: Admin,
    State(app): State<App>,
    Query(page): Query<PageQuery<OrderId>>,
) -> Result<Json<Orders>, Problem> {
    let limit = page.limit.items();
    let read = app.shop.orders().list(Page { after: page.after, limit }).await?;
    let next = read.last().filter(|_| read.len() == limit).map(|last| last.id);
    Ok(Json(Orders { orders: read.iter().map(|order| Summary::of(order)).collect(), next }))
}

/// One order; who bought it and where it goes only for the shop's people.
#[utoipa::path(
    get, path = "/orders/{id}", operation_id = "order", tag = "orders",
    security((), ("admin" = [])),
    params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderView, description = "The order"), NotFound)
)]
pub(super) async fn one(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    let order = app.shop.orders().get(id).await?;
    view(&app, &order, caller).await
}

/// Calls the order off before it is shipped; its money follows as soon as the bank has done it.
#[utoipa::path(
    post, path = "/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders",
    security((), ("admin" = [])),
    params(("id" = OrderId, Path)),
    request_body = CancelRequest,
    responses((status = 200, body = OrderView, description = "The order"), Forbidden, NotFound, Conflict)
)]
pub(super) async fn cancel(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<OrderId>,
    Body(request): Body<CancelRequest>,
) -> Result<Json<OrderView>, Problem> {
    let order = app.shop.orders().get(id).await?;
    if caller == Caller::Guest && request.email.as_ref() != Some(&order.email) {
        let detail = "only who bought it can call it off: send the order's e-mail address";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_the_buyer", detail));
    }
    let order = app.shop.orders().cancel(id, request.reason.as_str()).await?;
    view(&app, &order, caller).await
}

/// Lets an order go on that somebody has looked at.
#[utoipa::path(
    post, path = "/orders/{id}/release", operation_id = "release_order", tag = "orders",
    security(("admin" = [])),
    params(("id" = OrderId, Path)),
    responses((status = 200, body = OrderView, description = "The order"), NotFound, Conflict)
)]
pub(super) async fn release(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderView>, Problem> {
    let order = app.shop.orders().release_hold(id).await?;
    view(&app, &order, Caller::Admin).await
}

/// Hands a parcel over. The same id with the same lines is the same parcel.
#[utoipa::path(
    post, path = "/orders/{id}/shipments", operation_id = "ship_order", tag = "orders",
    security(("admin" = [])),
    params(("id" = OrderId, Path)),
    request_body = ShipmentRequest,
    responses((status = 201, body = OrderView, description = "The order"), NotFound, Conflict)
)]
pub(super) async fn ship(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<OrderId>,
    Body(request): Body<ShipmentRequest>,
) -> Result<(StatusCode, Json<OrderView>), Problem> {
    let ShipmentRequest { id: shipment, lines, tracking } = request;
    let shipment = NewShipment { id: shipment, lines, tracking: tracking.map(String::from) };
    let order = app.shop.orders().fulfil(id, shipment).await?;
    Ok((StatusCode::CREATED, view(&app, &order, Caller::Admin).await?))
}

/// The parcel has arrived; twice is once.
#[utoipa::path(
    post, path = "/orders/{id}/shipments/{shipment}/delivery", operation_id = "deliver_shipment", tag = "orders",
    security(("admin" = [])),
    params(("id" = OrderId, Path), ("shipment" = ShipmentId, Path)),
    responses((status = 200, body = OrderView, description = "The order"), NotFound, Conflict)
)]
pub(super) async fn deliver(
    _: Admin,
    State(app): State<App>,
    Path((id, shipment)): Path<(OrderId, ShipmentId)>,
) -> Result<Json<OrderView>, Problem> {
    let order = app.shop.orders().deliver(id, shipment).await?;
    view(&app, &order, Caller::Admin).await
}

async fn view(app: &App, order: &Order, caller: Caller) -> Result<Json<OrderView>, Problem> {
    let payments = app.shop.payments().of_order(order.id).await?;
    Ok(Json(OrderView {
        summary: Summary::of(order),
        quote: match caller {
            Caller::Admin => order.quote.clone(),
            Caller::Guest => Arc::new(floors::of_quote(Quote::clone(&order.quote))),
        },
        shipments: order.shipments.iter().map(ShipmentView::of).collect(),
        payments: payments.iter().map(|payment| PaymentView::of(payment)).collect(),
        cancelled: order.cancelled.clone(),
        buyer: match caller {
            Caller::Admin => BuyerView::of(order),
            Caller::Guest => BuyerView::default(),
        },
    }))
}

impl Summary {
    fn of(order: &Order) -> Self {
        Self {
            id: order.id,
            number: order.number.clone(),
            status: order.status(),
            fulfilment: order.fulfilment(),
            total: order.total(),
            placed_at: order.placed_at,
        }
    }
}

impl BuyerView {
    fn of(order: &Order) -> Self {
        Self {
            email: Some(order.email.clone()),
            shipping_address: Some(order.shipping_address.clone()),
            billing_address: order.billing_address.clone(),
            held_because: order.hold.as_ref().map(|hold| hold.reason.clone()),
        }
    }
}

impl ShipmentView {
    fn of(shipment: &commerce_kit::domain::order::Shipment) -> Self {
        Self {
            id: shipment.id,
            lines: shipment.lines.clone(),
            tracking: shipment.tracking.clone(),
            shipped_at: shipment.shipped_at,
            delivered_at: shipment.delivered_at,
        }
    }
}

impl PaymentView {
    fn of(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            method: payment.method.to_string(),
            status: payment.status(),
            authorized: payment.authorized,
            captured: payment.captured,
            refunded: payment.refunded(),
        }
    }
}
