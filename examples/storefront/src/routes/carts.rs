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

use crate::{
    App,
    extract::{Body, Path},
    problem::Problem,
};

/// What a buyer may know of a cart.
#[derive(Debug, Serialize)]
pub(super) struct CartView {
    id: CartId,
    market: MarketId,
    currency: Currency,
    lines: Vec<CartLine>,
    coupon: Option<CouponCode>,
    changed_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewLine {
    sku: Sku,
    quantity: Quantity,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewQuantity {
    quantity: Quantity,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Coupon {
    code: CouponCode,
}

/// What is known of the buyer so far: nothing, as long as they only look.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Destination {
    email: Option<Email>,
    address: Option<Address>,
    shipping: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whereto {
    address: Option<Address>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rates {
    rates: Vec<ShippingRate>,
}

/// What a buyer may know of a merge.
#[derive(Debug, Serialize)]
pub(super) struct MergeView {
    cart: CartView,
    notes: Vec<MergeNote>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    guest: CartId,
    #[serde(default)]
    policy: MergePolicy,
}

#[derive(Debug, Serialize)]
pub(super) struct Warnings {
    warnings: Vec<CartWarning>,
}

type Changed = Result<Json<CartView>, Problem>;

pub(super) async fn create(
    State(app): State<App>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<CartView>), Problem> {
    let cart = app.shop.carts().create(NewCart::guest(MarketId::main())).await?;
    let location = format!("/api/v1/carts/{}", cart.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(CartView::of(&cart))))
}

pub(super) async fn one(State(app): State<App>, Path(id): Path<CartId>) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().get(id).await?)))
}

pub(super) async fn add(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(line): Body<NewLine>,
) -> Changed {
    let cart = app.shop.carts().add_with(id, &line.sku, line.quantity, line.metadata).await?;
    Ok(Json(CartView::of(&cart)))
}

pub(super) async fn set_quantity(
    State(app): State<App>,
    Path((id, line)): Path<(CartId, LineId)>,
    Body(new): Body<NewQuantity>,
) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().set_quantity(id, line, new.quantity).await?)))
}

pub(super) async fn remove(State(app): State<App>, Path((id, line)): Path<(CartId, LineId)>) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().remove(id, line).await?)))
}

pub(super) async fn set_coupon(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(coupon): Body<Coupon>,
) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().set_coupon(id, Some(coupon.code)).await?)))
}

pub(super) async fn drop_coupon(State(app): State<App>, Path(id): Path<CartId>) -> Changed {
    Ok(Json(CartView::of(&*app.shop.carts().set_coupon(id, None).await?)))
}

/// What has changed since the lines were added.
pub(super) async fn warnings(
    State(app): State<App>,
    Path(id): Path<CartId>,
) -> Result<Json<Warnings>, Problem> {
    Ok(Json(Warnings { warnings: app.shop.carts().warnings(id).await? }))
}

/// Takes over what the buyer picked before they logged in.
pub(super) async fn merge(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(merge): Body<Merge>,
) -> Result<Json<MergeView>, Problem> {
    let merged = app.shop.carts().merge(merge.guest, id, merge.policy).await?;
    Ok(Json(MergeView { cart: CartView::of(&merged.cart), notes: merged.notes }))
}

/// The ways to ship the cart there, the one that is taken when the buyer names none first.
pub(super) async fn shipping_rates(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(to): Body<Whereto>,
) -> Result<Json<Rates>, Problem> {
    let to = checked(to.address.as_ref())?;
    Ok(Json(Rates { rates: app.shop.carts().shipping_rates(id, to).await? }))
}

pub(super) async fn quote(
    State(app): State<App>,
    Path(id): Path<CartId>,
    Body(buyer): Body<Destination>,
) -> Result<Json<Quote>, Problem> {
    let to = checked(buyer.address.as_ref())?;
    let buyer = Buyer { email: buyer.email.as_ref(), to, shipping: buyer.shipping.as_deref() };
    Ok(Json(app.shop.carts().quote(id, buyer).await?))
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
            lines: cart.lines.clone(),
            coupon: cart.coupon.clone(),
            changed_at: cart.changed_at,
        }
    }
}
