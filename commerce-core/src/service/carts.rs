use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{Error, commerce::Engine, decide};
use crate::{
    checkout::{Buyer, group, quote, shipping_rates},
    domain::{
        cart::{Cart, CartLine, CartProblem, CartWarning, Prospect, Quantity},
        catalog::{Listing, ProductStatus},
        customer::Address,
        ids::{CartId, CouponCode, CustomerId, LineId, MarketId, ReservationId, Sku},
        inventory::{Backorder, Holder, ReleaseReason, ReservationState, levels_of},
        metadata::Metadata,
        pricing::{PricingProblem, Quote, ShippingRate},
    },
    storage::{ChangeSet, Put, StockChange, Versioned},
};

/// What buyers have picked.
///
/// A cart has no prices: [`quote`](Self::quote) says what it costs now, and why.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use commerce_core::{Commerce, domain::{catalog::*, ids::*, money::*}, memory::TestGateway};
/// # let shop = Commerce::in_memory(Arc::new(TestGateway::new()));
/// # let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
/// # let mug = Variant::new(Sku::new("MUG")?).with_price(price);
/// # shop.catalog().add_product(Product::new(ProductId::from_uuid(uuid::Uuid::now_v7()), "Mug", mug)).await?;
/// use commerce_core::{checkout::Buyer, domain::cart::Quantity, service::NewCart};
///
/// let cart = shop.carts().create(NewCart::guest(MarketId::main())).await?;
/// shop.carts().add(cart.id, &Sku::new("MUG")?, Quantity::new(2)?).await?;
/// let quote = shop.carts().quote(cart.id, Buyer::default()).await?;
/// assert_eq!(quote.total.to_string(), "25.80 EUR");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Carts<'a> {
    pub(super) engine: &'a Engine,
}

/// A cart to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCart {
    /// The market it shops in, for life.
    pub market: MarketId,
    /// Whose it is; nobody's while the buyer is a guest.
    pub customer: Option<CustomerId>,
    /// The embedder's notes.
    pub metadata: Metadata,
}

impl NewCart {
    /// A cart of nobody in particular.
    pub const fn guest(market: MarketId) -> Self {
        Self { market, customer: None, metadata: Metadata::EMPTY }
    }
}

/// When stock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReservePolicy {
    /// When the buyer presses "buy".
    #[default]
    AtCheckout,
    /// When something is put into the cart.
    OnAddToCart {
        /// How long the cart holds it after each change; ten minutes are common.
        hold: Duration,
    },
}

impl Carts<'_> {
    /// Makes an empty cart.
    pub async fn create(&self, new: NewCart) -> Result<Versioned<Cart>, Error> {
        let markets = &self.engine.ports.settings.markets;
        let market = markets.get(&new.market).ok_or(Error::UnknownMarket { market: new.market.clone() })?;
        let id = CartId::from_uuid(self.engine.environment.ids.draw());
        let cart = Cart {
            customer: new.customer,
            metadata: new.metadata,
            ..Cart::new(id, new.market, market.currency, self.engine.environment.clock.now())
        };
        let version = self.engine.ports.carts.put_cart(Put::new(cart.clone())).await?;
        Ok(Versioned { value: Arc::new(cart), version })
    }

    /// One cart.
    pub async fn get(&self, id: CartId) -> Result<Versioned<Cart>, Error> {
        self.engine.ports.carts.cart(id).await?.ok_or_else(|| Error::not_found("cart", id))
    }

    /// Adds pieces of a variant that is on sale in the cart's market.
    pub async fn add(&self, id: CartId, sku: &Sku, quantity: Quantity) -> Result<Versioned<Cart>, Error> {
        self.add_with(id, sku, quantity, Metadata::default()).await
    }

    /// Adds pieces with notes of their own, such as an engraving.
    pub async fn add_with(
        &self,
        id: CartId,
        sku: &Sku,
        quantity: Quantity,
        metadata: Metadata,
    ) -> Result<Versioned<Cart>, Error> {
        let line = LineId::from_uuid(self.engine.environment.ids.draw());
        let cart = self.get(id).await?;
        let prospect = self.prospect(&cart, std::slice::from_ref(sku)).await?;
        let listing = on_sale(&prospect, sku, &cart.market)?;
        let line = CartLine { metadata, ..CartLine::new(line, sku.clone(), quantity) };
        self.change(id, |cart| {
            cart.add(line.clone())?;
            cart.see(sku, prospect.price(cart, sku));
            Ok(cart.check_pieces(listing.variant())?)
        })
        .await
    }

    /// Sets how many pieces a line holds.
    pub async fn set_quantity(
        &self,
        id: CartId,
        line: LineId,
        quantity: Quantity,
    ) -> Result<Versioned<Cart>, Error> {
        let cart = self.get(id).await?;
        let old = cart.lines.iter().find(|old| old.id == line);
        let sku = &old.ok_or(CartProblem::NoSuchLine { line })?.sku;
        let prospect = self.prospect(&cart, std::slice::from_ref(sku)).await?;
        self.change(id, |cart| {
            cart.set_quantity(line, quantity)?;
            cart.see(sku, prospect.price(cart, sku));
            let limited = prospect.listings.get(sku);
            Ok(limited.map_or(Ok(()), |listing| cart.check_pieces(listing.variant()))?)
        })
        .await
    }

    /// Takes a line out.
    pub async fn remove(&self, id: CartId, line: LineId) -> Result<Versioned<Cart>, Error> {
        self.change(id, |cart| Ok(cart.remove(line)?)).await
    }

    /// Notes the coupon the buyer typed in, or that they took it back. Whether it helps, the quote says.
    pub async fn set_coupon(&self, id: CartId, coupon: Option<CouponCode>) -> Result<Versioned<Cart>, Error> {
        self.change(id, |cart| {
            cart.coupon.clone_from(&coupon);
            Ok(())
        })
        .await
    }

    /// What the cart costs now, and why.
    pub async fn quote(&self, id: CartId, buyer: Buyer<'_>) -> Result<Quote, Error> {
        let cart = self.get(id).await?;
        Ok(quote(&self.engine.ports, &cart, buyer, self.engine.environment.clock.now()).await?)
    }

    /// What has changed since the lines were added: prices, stock, and what is still sold.
    pub async fn warnings(&self, id: CartId) -> Result<Vec<CartWarning>, Error> {
        let cart = self.get(id).await?;
        let prospect = self.prospect(&cart, &cart.skus()).await?;
        Ok(cart.warnings(&prospect, &self.available(&cart, &prospect).await?))
    }

    /// The units of each stock it draws on that the cart could have, what it holds already included.
    async fn available(&self, cart: &Cart, prospect: &Prospect) -> Result<BTreeMap<Sku, i64>, Error> {
        let skus: Vec<Sku> = cart.draws(&prospect.listings).into_keys().collect();
        let levels = self.engine.ports.store.stock_levels(&skus).await?;
        let held = match cart.hold {
            Some(hold) => self.engine.ports.store.reservation(hold).await?,
            None => None,
        };
        let held = held.as_ref().map_or(&[][..], |held| held.held_lines());
        let limited = |sku: &Sku| {
            let mine = levels_of(sku, &levels);
            let there: i64 = mine.iter().map(|level| level.available().max(0)).sum();
            let held: i64 = held.iter().filter(|line| line.key.sku == *sku).map(|line| line.units).sum();
            let endless = mine.iter().any(|level| level.policy.backorder == Backorder::Allowed);
            (!endless).then_some(there + held)
        };
        Ok(skus.into_iter().filter_map(|sku| limited(&sku).map(|units| (sku, units))).collect())
    }

    /// The ways to ship the cart there, the one that is taken when the buyer names none first; none when nobody
    /// ships it there. Without an address all that might do are answered.
    pub async fn shipping_rates(&self, id: CartId, to: Option<&Address>) -> Result<Vec<ShippingRate>, Error> {
        let cart = self.get(id).await?;
        Ok(shipping_rates(&self.engine.ports, &cart, to, self.engine.environment.clock.now()).await?)
    }

    /// What the shop offers the buyer of a cart now of these SKUs.
    async fn prospect(&self, cart: &Cart, skus: &[Sku]) -> Result<Prospect, Error> {
        Ok(Prospect {
            listings: self.listings(skus).await?,
            group: group(&self.engine.ports, cart).await?,
            at: self.engine.environment.clock.now(),
        })
    }

    /// What is known of these SKUs.
    pub(super) async fn listings(&self, skus: &[Sku]) -> Result<BTreeMap<Sku, Listing>, Error> {
        let listings = self.engine.ports.store.listings(skus).await?;
        let known = skus.iter().zip(listings);
        Ok(known.filter_map(|(sku, listing)| Some((sku.clone(), listing?))).collect())
    }

    async fn change(
        &self,
        id: CartId,
        change: impl Fn(&mut Cart) -> Result<(), Error> + Send + Sync,
    ) -> Result<Versioned<Cart>, Error> {
        let change = &change;
        decide(|| async move {
            let read = self.get(id).await?;
            let mut cart = Cart::clone(&read);
            if let Some(into) = cart.merged_into {
                return Err(CartProblem::Merged { into }.into());
            }
            change(&mut cart)?;
            cart.changed_at = self.engine.environment.clock.now();
            if let ReservePolicy::OnAddToCart { hold } = self.engine.habits.reserve {
                self.hold(&mut cart, hold).await?;
            }
            let version = self.engine.ports.carts.put_cart(Put::over(read.version, cart.clone())).await?;
            Ok(Versioned { value: Arc::new(cart), version })
        })
        .await
    }

    /// Gives back what the cart held and holds what it needs now, in one change set. A crash before the cart is
    /// written leaves a hold that expires.
    pub(super) async fn hold(&self, cart: &mut Cart, hold: Duration) -> Result<(), Error> {
        let engine = self.engine;
        let mut changes = ChangeSet::new(cart.changed_at);
        if let Some(old) = cart.hold.take() {
            let old = engine.ports.store.reservation(old).await?;
            if let Some(old) = old.filter(|old| old.state == ReservationState::Held) {
                let why = ReleaseReason::Replaced;
                changes = changes.with(StockChange::Release { id: old.id, why, lines: old.lines.clone() });
            }
        }
        let listings = self.listings(&cart.skus()).await?;
        let wanted: Vec<(Sku, i64)> = cart.draws(&listings).into_iter().collect();
        if !wanted.is_empty() {
            let id = ReservationId::from_uuid(engine.environment.ids.draw());
            let holder = Holder::Cart { cart: cart.id, until: cart.changed_at + hold };
            super::inventory::reserve(engine, changes, id, holder, &wanted).await?;
            cart.hold = Some(id);
        } else if !changes.is_empty() {
            engine.ports.store.commit(changes).await?;
        }
        Ok(())
    }
}

/// The variant, if it is on sale in this market.
fn on_sale<'p>(prospect: &'p Prospect, sku: &Sku, market: &MarketId) -> Result<&'p Listing, Error> {
    let listing = prospect.listings.get(sku).ok_or_else(|| Error::not_found("variant", sku))?;
    if listing.product().status != ProductStatus::Active {
        return Err(PricingProblem::NotOnSale { sku: sku.clone() }.into());
    }
    match listing.variant().prices_in(market).next() {
        Some(_) => Ok(listing),
        None => Err(PricingProblem::NoPrice { sku: sku.clone(), market: market.clone() }.into()),
    }
}

impl From<PricingProblem> for Error {
    fn from(problem: PricingProblem) -> Self {
        Self::Quote(problem.into())
    }
}
