use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header::LOCATION},
};
use chrono::{DateTime, Utc};
use commerce_kit::{
    checkout::{Buyer, RequestProblem},
    domain::{
        cart::{Cart, CartLine, CartWarning, MergeNote, MergePolicy, Quantity},
        customer::{Address, Email},
        ids::{CartId, CouponCode, LineId, MarketId, Sku},
        metadata::Metadata,
        money::Currency,
        pricing::{Quote, ShippingRate},
    },
    service::NewCart,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::floors;
use crate::{
    App,
    extract::{Body, Path},
    problem::{BadGateway, Conflict, NotFound, Problem},
};

/// What a buyer may know of a cart.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CartView {
    id: CartId,
    market: MarketId,
    currency: Currency,
    lines: Vec<CartLine>,
    coupon: Option<CouponCode>,
    changed_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLine {
    sku: Sku,
    quantity: Quantity,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewQuantity {
    quantity: Quantity,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Coupon {
    code: CouponCode,
}

/// What is known of the buyer so far: nothing, as long as they only look.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Destination {
    email: Option<Email>,
    address: Option<Address>,
    shipping: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whereto {
    address: Option<Address>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rates {
    rates: Vec<ShippingRate>,
}

/// What a buyer may know of a merge.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MergeView {
    cart: CartView,
    notes: Vec<MergeNote>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    guest: CartId,
    #[serde(default)]
    policy: MergePolicy,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Warnings {
    warnings: Vec<CartWarning>,
}

type Changed = Result<Json<CartView>, Problem>;

/// Makes an empty cart.
#[utoipa::path(
    post, path = "/carts", operation_id = "create_cart", tag = "carts",
    responses((status = 201, body = CartView, description = "The cart", headers(("Location" = String))))
)]
pub(super) async fn create(
    State(app): State<App>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<CartView>), Problem> {
    let cart = app.shop.carts().create(NewCart::guest(MarketId::main())).await?;
    let location = format!("/api/v1/carts/{}", cart.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(CartView::of(&cart))))
}

/// One cart.
#[utoipa::path(
    get, path = "/carts/{id}", operation_id = "cart", tag = "carts",
    params(("id" = CartId, Path)),
    responses((status = 200, body = CartView, description = "The cart"), NotFound)
)]
pub(super) async fn one(State(app): State<App>, Path(id): Path<CartId>) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().get(id).await?)))
}

/// Puts pieces of a variant into a cart.
#[utoipa::path(
    post, path = "/carts/{id}/lines", operation_id = "add_line", tag = "carts",
    params(("id" = CartId, Path)),
    request_body = NewLine,
    responses((status = 200, body = CartView, description = "The cart"), NotFound, Conflict)
)]
pub(super) async fn add(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(line): Body<NewLine>,
) -> Changed {
    let cart = app.shop.carts().add_with(id, &line.sku, line.quantity, line.metadata).await?;
    Ok(Json(CartView::of(&cart)))
}

/// Says how many pieces a line has.
#[utoipa::path(
    put, path = "/carts/{id}/lines/{line}", operation_id = "set_quantity", tag = "carts",
    params(("id" = CartId, Path), ("line" = LineId, Path)),
    request_body = NewQuantity,
    responses((status = 200, body = CartView, description = "The cart"), NotFound, Conflict)
)]
pub(super) async fn set_quantity(
    State(app): State<App>,
    Path((id, line)): Path<(CartId, LineId)>,
    Body(new): Body<NewQuantity>,
) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().set_quantity(id, line, new.quantity).await?)))
}

/// Takes a line out of a cart.
#[utoipa::path(
    delete, path = "/carts/{id}/lines/{line}", operation_id = "remove_line", tag = "carts",
    params(("id" = CartId, Path), ("line" = LineId, Path)),
    responses((status = 200, body = CartView, description = "The cart"), NotFound, Conflict)
)]
pub(super) async fn remove(State(app): State<App>, Path((id, line)): Path<(CartId, LineId)>) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().remove(id, line).await?)))
}

/// Notes the code that the buyer typed in; whether it helps, the quote says.
#[utoipa::path(
    put, path = "/carts/{id}/coupon", operation_id = "set_coupon", tag = "carts",
    params(("id" = CartId, Path)),
    request_body = Coupon,
    responses((status = 200, body = CartView, description = "The cart"), NotFound, Conflict)
)]
pub(super) async fn set_coupon(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(coupon): Body<Coupon>,
) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().set_coupon(id, Some(coupon.code)).await?)))
}

/// Forgets the code.
#[utoipa::path(
    delete, path = "/carts/{id}/coupon", operation_id = "drop_coupon", tag = "carts",
    params(("id" = CartId, Path)),
    responses((status = 200, body = CartView, description = "The cart"), NotFound, Conflict)
)]
pub(super) async fn drop_coupon(State(app): State<App>, Path(id): Path<CartId>) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().set_coupon(id, None).await?)))
}

/// What has changed since the lines were added.
#[utoipa::path(
    get, path = "/carts/{id}/warnings", operation_id = "cart_warnings", tag = "carts",
    params(("id" = CartId, Path)),
    responses((status = 200, body = Warnings, description = "All of it"), NotFound)
)]
pub(super) async fn warnings(
    State(app): State<App>,
    Path(id): Path<CartId>,
) -> Result<Json<Warnings>, Problem> {
    let warnings = app.shop.carts().warnings(id).await?;
    Ok(Json(Warnings { warnings: warnings.into_iter().map(floors::of_warning).collect() }))
}

/// Takes over what the buyer picked before they logged in.
#[utoipa::path(
    post, path = "/carts/{id}/merge", operation_id = "merge_carts", tag = "carts",
    params(("id" = CartId, Path)),
    request_body = Merge,
    responses(
        (status = 200, body = MergeView, description = "The cart, and what did not come over as it was"),
        NotFound,
        Conflict,
    )
)]
pub(super) async fn merge(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(merge): Body<Merge>,
) -> Result<Json<MergeView>, Problem> {
    let merged = app.shop.carts().merge(merge.guest, id, merge.policy).await?;
    Ok(Json(MergeView { cart: CartView::of(&merged.cart), notes: merged.notes }))
}

/// The ways to ship the cart there, the one that is taken when the buyer names none first.
#[utoipa::path(
    post, path = "/carts/{id}/shipping-rates", operation_id = "shipping_rates", tag = "carts",
    params(("id" = CartId, Path)),
    request_body = Whereto,
    responses((status = 200, body = Rates, description = "The ways to ship"), NotFound, BadGateway)
)]
pub(super) async fn shipping_rates(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(to): Body<Whereto>,
) -> Result<Json<Rates>, Problem> {
    let to = checked(to.address.as_ref())?;
    Ok(Json(Rates { rates: app.shop.carts().shipping_rates(id, to).await? }))
}

/// What a cart costs, and why.
#[utoipa::path(
    post, path = "/carts/{id}/quote", operation_id = "quote_cart", tag = "carts",
    params(("id" = CartId, Path)),
    request_body = Destination,
    responses((status = 200, body = Quote, description = "What it costs"), NotFound, BadGateway)
)]
pub(super) async fn quote(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(buyer): Body<Destination>,
) -> Result<Json<Quote>, Problem> {
    let to = checked(buyer.address.as_ref())?;
    let buyer = Buyer { email: buyer.email.as_ref(), to, shipping: buyer.shipping.as_deref() };
    Ok(Json(floors::of_quote(app.shop.carts().quote(id, buyer).await?)))
}

/// The address, if a checkout would take it too.
fn checked(address: Option<&Address>) -> Result<Option<&Address>, Problem> {
    let problem = address.map(Address::check).and_then(Result::err);
    problem
        .map_or(Ok(address), |problem| Err(commerce_kit::Error::from(RequestProblem::from(problem)).into()))
}

impl CartView {
    fn of(cart: &Cart) -> Self {
        Self {
            id: cart.id,
            market: cart.market.clone(),
            currency: cart.currency,
            lines: cart.lines.iter().cloned().map(floors::of_line).collect(),
            coupon: cart.coupon.clone(),
            changed_at: cart.changed_at,
        }
    }
}
