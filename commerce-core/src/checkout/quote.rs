use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    CheckoutPorts,
    terms::{Terms, offers},
};
use crate::{
    domain::{
        cart::Cart,
        customer::{Address, Email},
        ids::{CustomerGroup, MarketId, Sku},
        pricing::{GoodsLine, PricedGoods, PricingContext, PricingProblem, Quote, ShippingRate, price_goods},
    },
    gateway::{GatewayError, ShippingQuery, TaxQuery},
    storage::StoreError,
};

/// What is known of who buys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Buyer<'a> {
    /// Whom to write to: by it a guest's earlier orders and uses of promotions are known.
    pub email: Option<&'a Email>,
    /// Where it goes.
    pub to: Option<&'a Address>,
    /// Which shipping rate they chose.
    pub shipping: Option<&'a str>,
}

/// Why a cart cannot be quoted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuoteProblem {
    /// No product has this SKU.
    #[error("nothing is sold as {sku}: take it out of the cart")]
    UnknownSku {
        /// The SKU.
        sku: Sku,
    },
    /// The shop has no such market any more.
    #[error("the shop has no market {market}")]
    UnknownMarket {
        /// The market.
        market: MarketId,
    },
    /// Nobody ships this there.
    #[error("this cannot be shipped to that address")]
    NotShippable,
    /// There is no shipping rate of that name.
    #[error("there is no shipping rate {name:?}: choose one of those offered")]
    NoSuchShipping {
        /// The name.
        name: String,
    },
    /// It cannot be priced.
    #[error(transparent)]
    Pricing(#[from] PricingProblem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A source of rates failed.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl QuoteProblem {
    /// A stable name for programs; the same as a checkout's that is refused for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownSku { .. } => "unknown_sku",
            Self::UnknownMarket { .. } => "unknown_market",
            Self::NotShippable => "not_shippable",
            Self::NoSuchShipping { .. } => "no_such_shipping",
            Self::Pricing(PricingProblem::Empty) => "empty_cart",
            Self::Pricing(PricingProblem::NotOnSale { .. }) => "not_on_sale",
            Self::Pricing(PricingProblem::NoPrice { .. }) => "no_price",
            Self::Pricing(PricingProblem::TooFewPieces { .. }) => "too_few_pieces",
            Self::Pricing(PricingProblem::TooManyPieces { .. }) => "too_many_pieces",
            Self::Pricing(_) => "unpriceable",
            Self::Store(_) | Self::Gateway(_) => "unavailable",
        }
    }
}

/// What the cart costs now: goods, then shipping, then tax.
pub async fn quote(
    ports: &CheckoutPorts,
    cart: &Cart,
    buyer: Buyer<'_>,
    now: DateTime<Utc>,
) -> Result<Quote, QuoteProblem> {
    let goods = goods(ports, cart, buyer.email, now).await?;
    let rates = offered(ports, &goods, buyer.to).await?;
    let order = goods.with_shipping(Some(choose(rates, buyer.shipping)?))?;

    let query = TaxQuery { order: order.taxable(), to: buyer.to.cloned(), at: now };
    let rates = ports.tax.rates(&query).await?;
    Ok(order.with_tax(ports.settings.tax, &rates)?)
}

/// The ways to ship the cart there, the one that is taken when the buyer names none first; none when nobody ships it.
pub async fn shipping_rates(
    ports: &CheckoutPorts,
    cart: &Cart,
    to: Option<&Address>,
    now: DateTime<Utc>,
) -> Result<Vec<ShippingRate>, QuoteProblem> {
    offered(ports, &goods(ports, cart, None, now).await?, to).await
}

async fn goods(
    ports: &CheckoutPorts,
    cart: &Cart,
    email: Option<&Email>,
    now: DateTime<Utc>,
) -> Result<PricedGoods, QuoteProblem> {
    let market = ports.settings.markets.get(&cart.market);
    let market = market.ok_or_else(|| QuoteProblem::UnknownMarket { market: cart.market.clone() })?;
    let lines = lines(ports, cart).await?;
    let offers = offers(ports, cart.coupon.as_ref()).await?;
    let group = group(ports, cart).await?;
    let context = PricingContext { group, ..PricingContext::new(market.clone(), now) };
    let context = Terms { ports, cart, lines: &lines, email, offers: &offers }.complete(context).await?;
    Ok(price_goods(&context, lines, &offers, cart.coupon.as_ref())?)
}

async fn offered(
    ports: &CheckoutPorts,
    goods: &PricedGoods,
    to: Option<&Address>,
) -> Result<Vec<ShippingRate>, QuoteProblem> {
    let query = ShippingQuery { goods: goods.shippable()?, to: to.cloned() };
    Ok(ports.shipping.rates(&query).await?)
}

async fn lines(ports: &CheckoutPorts, cart: &Cart) -> Result<Vec<GoodsLine>, QuoteProblem> {
    let skus = cart.skus();
    let listings = ports.store.listings(&skus).await?;
    let listings: BTreeMap<&Sku, _> = skus.iter().zip(listings).collect();
    let line = |line: &crate::domain::cart::CartLine| {
        let listing = listings.get(&line.sku).cloned().flatten();
        let listing = listing.ok_or_else(|| QuoteProblem::UnknownSku { sku: line.sku.clone() })?;
        Ok(GoodsLine { id: line.id, listing, quantity: line.quantity, metadata: line.metadata.clone() })
    };
    cart.lines.iter().map(line).collect()
}

/// The group of the customer whose cart it is.
pub(crate) async fn group(ports: &CheckoutPorts, cart: &Cart) -> Result<Option<CustomerGroup>, StoreError> {
    let Some(customer) = cart.customer else { return Ok(None) };
    Ok(ports.store.customer(customer).await?.and_then(|customer| customer.group.clone()))
}

fn choose(rates: Vec<ShippingRate>, name: Option<&str>) -> Result<ShippingRate, QuoteProblem> {
    if rates.is_empty() {
        return Err(QuoteProblem::NotShippable);
    }
    let chosen = rates.into_iter().find(|rate| name.is_none_or(|name| rate.name == name));
    chosen.ok_or_else(|| QuoteProblem::NoSuchShipping { name: name.unwrap_or_default().into() })
}
