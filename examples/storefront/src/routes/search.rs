use axum::{Json, extract::State};
use chrono::Utc;
use commerce_kit::{
    domain::{
        catalog::{CategoryPath, ProductStatus},
        ids::MarketId,
        money::{Currency, Money},
    },
    gateway::{
        Cursor, Facet, FacetName, Fragment, Highlighting, Hit, PriceSummary, ProductSearch as _, Relaxation,
        SearchQuery, Sort, Standing, StockFilter, SuggestQuery, Suggestions,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::products::ProductView;
use crate::{
    App,
    extract::{PageLimit, Query},
    problem::{Problem, Refused},
};

/// What was found, with the products as the shop has them now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Found {
    hits: Vec<FoundProduct>,
    total: Option<u64>,
    facets: Vec<Facet>,
    prices: Option<PriceSummary>,
    did_you_mean: Option<String>,
    relaxed: Vec<Relaxation>,
    next: Option<Cursor>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FoundProduct {
    product: ProductView,
    standing: Standing,
    price: Option<Money>,
    in_stock: bool,
    title: Option<Fragment>,
    description: Option<Fragment>,
}

/// What a buyer types so far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Begun {
    /// The text so far.
    q: String,
    /// How many texts, and how many products, at most: 1 to 20.
    #[serde(default)]
    limit: Option<usize>,
    /// The language they speak.
    #[serde(default)]
    language: Option<String>,
}

/// Products that match, the best first.
#[utoipa::path(
    get, path = "/search", operation_id = "search", tag = "catalogue",
    params(
        ("q" = Option<String>, Query, description = "What the buyer typed"),
        ("language" = Option<String>, Query, description = "The language they speak"),
        ("category" = Option<Vec<CategoryPath>>, Query, description = "In one of these, or inside it"),
        ("brand" = Option<Vec<String>>, Query, description = "Made by one of these"),
        ("attribute" = Option<Vec<String>>, Query, description = "`name:value`; of several values of a name one holds"),
        ("price_from" = Option<String>, Query, description = "In euro, such as `10.99`"),
        ("price_to" = Option<String>, Query, description = "In euro, such as `10.99`"),
        ("in_stock" = Option<bool>, Query, description = "Whether it must be there"),
        ("sort" = Option<Sort>, Query, description = "The order of the answers"),
        ("facet" = Option<Vec<String>>, Query, description = "Count by `brand`, `category` or `attribute:name`"),
        ("price_bars" = Option<u16>, Query, description = "With how many bars to draw the prices, at most 100"),
        ("limit" = Option<u16>, Query, description = "How many products at most, 1 to 100"),
        ("after" = Option<Cursor>, Query, description = "The `next` of the page before"),
        ("seen" = Option<String>, Query, description = "`product@version`: a change that the answer must have seen"),
    ),
    responses((status = 200, body = Found, description = "A page of them"), Refused)
)]
pub(super) async fn search(
    State(app): State<App>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Result<Json<Found>, Problem> {
    let mut query = SearchQuery::new(MarketId::main(), "");
    query.limit = PageLimit::default().items();
    query.highlighting = Highlighting::On;
    for (name, value) in asked {
        ask(&mut query, &name, value)?;
    }
    let page = app.search.search().search(&query).await?;
    let mut hits = Vec::with_capacity(page.hits.len());
    for hit in page.hits {
        hits.extend(shown(&app, hit).await?);
    }
    let (total, facets, prices, next) = (page.total, page.facets, page.prices, page.next);
    let (did_you_mean, relaxed) = (page.did_you_mean, page.relaxed);
    Ok(Json(Found { hits, total, facets, prices, did_you_mean, relaxed, next }))
}

/// Texts that go on from this one, and products that match already.
#[utoipa::path(
    get, path = "/suggest", operation_id = "suggest", tag = "catalogue",
    params(Begun),
    responses((status = 200, body = Suggestions, description = "Texts and products"), Refused)
)]
pub(super) async fn suggest(
    State(app): State<App>,
    Query(begun): Query<Begun>,
) -> Result<Json<Suggestions>, Problem> {
    let mut query = SuggestQuery::new(MarketId::main(), begun.q);
    query.limit = begun.limit.unwrap_or(query.limit);
    query.language = begun.language;
    Ok(Json(app.search.search().suggest(&query).await?))
}

/// The product as it is now; none when it has left the shop since it was indexed.
async fn shown(app: &App, hit: Hit) -> Result<Option<FoundProduct>, Problem> {
    let product = app.shop.catalog().product(hit.product).await?;
    if product.status != ProductStatus::Active {
        return Ok(None);
    }
    let Hit { standing, price, in_stock, title, description, .. } = hit;
    let product = ProductView::of(&product.value, Utc::now());
    Ok(Some(FoundProduct { product, standing, price, in_stock, title, description }))
}

fn ask(query: &mut SearchQuery, name: &str, value: String) -> Result<(), Problem> {
    let filters = &mut query.filters;
    match name {
        "q" => query.text = value,
        "language" => query.language = Some(value),
        "category" => filters.categories.push(read(name, value)?),
        "brand" => filters.brands.push(value),
        "attribute" => {
            let (attribute, value) = value.split_once(':').ok_or_else(|| unreadable(name, "name:value"))?;
            filters.attributes.entry(attribute.to_owned()).or_default().push(value.to_owned());
        }
        "price_from" => filters.price_from = Some(euro(name, &value)?),
        "price_to" => filters.price_to = Some(euro(name, &value)?),
        "in_stock" if value == "true" => filters.stock = StockFilter::InStock,
        "in_stock" if value == "false" => filters.stock = StockFilter::Any,
        "sort" => query.sort = read::<Sort>(name, value)?,
        "facet" => query.facets.push(match value.split_once(':') {
            None if value == "brand" => FacetName::Brand,
            None if value == "category" => FacetName::Category,
            Some(("attribute", attribute)) => FacetName::Attribute(attribute.to_owned()),
            _ => return Err(unreadable(name, "brand, category or attribute:name")),
        }),
        "price_bars" => query.price_bars = value.parse().map_err(|_| unreadable(name, "a number"))?,
        "limit" => query.limit = value.parse().map_err(|_| unreadable(name, "a number"))?,
        "after" => query.after = Some(Cursor::new(value)),
        "seen" => query.seen = Some(value.parse().map_err(|_| unreadable(name, "a token of a change"))?),
        "in_stock" => return Err(unreadable(name, "true or false")),
        _ => return Err(Problem::invalid_query(format!("nothing can be asked by `{name}`"))),
    }
    Ok(())
}

fn read<T: DeserializeOwned>(name: &str, value: String) -> Result<T, Problem> {
    serde_json::from_value(Value::String(value))
        .map_err(|error| Problem::invalid_query(format!("{name}: {error}")))
}

fn euro(name: &str, value: &str) -> Result<Money, Problem> {
    let amount = value.parse().ok().and_then(|amount| Money::new(amount, Currency::EUR).ok());
    amount.ok_or_else(|| unreadable(name, "an amount such as 10.99"))
}

fn unreadable(name: &str, expected: &str) -> Problem {
    Problem::invalid_query(format!("{name}: expected {expected}"))
}
