use axum::{Json, extract::State};
use commerce_kit::{
    Error,
    domain::{
        catalog::{Price, Product, Variant},
        ids::{ProductId, Sku},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::products::{self, KeptProduct};
use crate::{
    App,
    admin::Admin,
    condition::{IfMatch, Tagged},
    extract::{Body, Path},
    problem::{NotFound, Problem},
};

/// All prices of a variant: by market, price list and number of pieces, with what they are compared with and floors.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VariantPrices {
    prices: Vec<Price>,
}

/// All prices of a variant, with the version of its product as `ETag`.
#[utoipa::path(
    get, path = "/products/{id}/variants/{sku}/prices", operation_id = "variant_prices", tag = "admin",
    security(("admin" = [])),
    params(("id" = ProductId, Path), ("sku" = Sku, Path)),
    responses(
        (status = 200, body = VariantPrices, description = "Its prices", headers(("ETag" = String))),
        NotFound,
    )
)]
pub(super) async fn of_variant(
    _: Admin,
    State(app): State<App>,
    Path((id, sku)): Path<(ProductId, Sku)>,
) -> Result<Tagged<VariantPrices>, Problem> {
    let kept = app.shop.catalog().product(id).await?;
    let variant = kept.variant(&sku).ok_or_else(|| no_variant(&sku))?;
    Ok(Tagged(kept.version, VariantPrices { prices: variant.prices.clone() }))
}

/// Puts other prices in the place of all that a variant has; the rest of its product stays.
///
/// What it has cost until now goes into its price history.
#[utoipa::path(
    put, path = "/products/{id}/variants/{sku}/prices", operation_id = "replace_variant_prices", tag = "admin",
    security(("admin" = [])),
    params(("id" = ProductId, Path), ("sku" = Sku, Path), IfMatch),
    request_body = VariantPrices,
    responses((status = 200, body = KeptProduct, description = "The product as it is now"), NotFound)
)]
pub(super) async fn replace(
    _: Admin,
    State(app): State<App>,
    Path((id, sku)): Path<(ProductId, Sku)>,
    condition: IfMatch,
    Body(new): Body<VariantPrices>,
) -> Result<Json<KeptProduct>, Problem> {
    let read = app.shop.catalog().product(id).await?;
    condition.check(read.version)?;
    let mut product = Product::clone(&read);
    let variant = variant_of(&mut product, &sku).ok_or_else(|| no_variant(&sku))?;
    variant.prices = new.prices;
    Ok(Json(products::put(&app, &read, product).await?))
}

fn variant_of<'a>(product: &'a mut Product, sku: &Sku) -> Option<&'a mut Variant> {
    product.variants.iter_mut().find(|variant| variant.sku == *sku)
}

fn no_variant(sku: &Sku) -> Problem {
    Error::NotFound { what: "variant", id: sku.to_string() }.into()
}
