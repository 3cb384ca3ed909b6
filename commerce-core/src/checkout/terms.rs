use std::{collections::BTreeMap, sync::Arc};

use super::{CheckoutPorts, known_buyer::KnownBuyer, stock::shortages};
use crate::{
    domain::{
        cart::Cart,
        catalog::Listing,
        customer::Email,
        ids::{CouponCode, PromotionId, Sku},
        pricing::{Benefit, CodeBatch, GoodsLine, NotApplied, OrderCount, PricingContext, Promotion},
    },
    storage::{Counter, CounterKey, Page, StoreError},
};

/// The promotions to try: those without a code, and the one of this code. Where no promotion has the code itself, it
/// may be one of a batch.
pub(super) async fn offers(
    ports: &CheckoutPorts,
    coupon: Option<&CouponCode>,
) -> Result<Vec<Arc<Promotion>>, StoreError> {
    let offers = ports.store.offers(coupon).await?;
    let known = |code: &&CouponCode| offers.iter().all(|offer| offer.code.as_ref() != Some(code));
    match coupon.filter(known).and_then(CodeBatch::prefix_of) {
        Some(prefix) => ports.store.offers(Some(&prefix)).await,
        None => Ok(offers),
    }
}

/// What promotions depend on besides the goods. Only what one of them asks for is read.
pub(super) struct Terms<'a> {
    pub(super) ports: &'a CheckoutPorts,
    pub(super) cart: &'a Cart,
    pub(super) lines: &'a [GoodsLine],
    pub(super) email: Option<&'a Email>,
    pub(super) offers: &'a [Arc<Promotion>],
}

impl Terms<'_> {
    /// The context with all that these promotions depend on.
    pub(super) async fn complete(&self, context: PricingContext) -> Result<PricingContext, StoreError> {
        Ok(PricingContext {
            orders: self.orders().await?,
            exhausted: self.exhausted().await?,
            gifts: self.gifts().await?,
            discount_cap: self.ports.settings.discount_cap,
            ..context
        })
    }

    async fn orders(&self) -> Result<Option<OrderCount>, StoreError> {
        let asked = self.offers.iter().any(|offer| offer.conditions.nth_order.is_some());
        let Some(buyer) = self.buyer().filter(|_| asked) else { return Ok(None) };
        let Counter { held, used } = self.count(buyer.orders()).await?;
        Ok(Some(OrderCount { placed: used, under_way: held }))
    }

    /// The promotions of which nothing is left, as the guards would judge it now.
    async fn exhausted(&self) -> Result<BTreeMap<PromotionId, NotApplied>, StoreError> {
        let mut exhausted = BTreeMap::new();
        for offer in self.offers {
            if let Some(why) = self.why_exhausted(offer).await? {
                exhausted.insert(offer.id, why);
            }
        }
        Ok(exhausted)
    }

    async fn why_exhausted(&self, offer: &Promotion) -> Result<Option<NotApplied>, StoreError> {
        if let Some(number) = offer.number_of(self.cart.coupon.as_ref())
            && self.taken(CounterKey::promotion_code(offer.id, number)).await? > 0
        {
            return Ok(Some(NotApplied::CodeUsed { number }));
        }
        if let Some((buyer, limit)) = self.buyer().zip(offer.limit_per_customer)
            && self.taken(buyer.uses(offer.id)).await? >= limit
        {
            return Ok(Some(NotApplied::UsedByBuyer));
        }
        if let Some(limit) = offer.limit
            && self.taken(CounterKey::promotion(offer.id)).await? >= limit
        {
            return Ok(Some(NotApplied::UsedUp));
        }
        Ok(None)
    }

    /// What may be given and is there, beside what the cart itself wants of it.
    async fn gifts(&self) -> Result<Vec<Listing>, StoreError> {
        let mut gifts: BTreeMap<Sku, i64> = BTreeMap::new();
        for offer in self.offers {
            if let Benefit::Gift { sku, quantity } = &offer.benefit {
                *gifts.entry(sku.clone()).or_default() += quantity.units();
            }
        }
        if gifts.is_empty() {
            return Ok(Vec::new());
        }
        let skus: Vec<Sku> = gifts.keys().cloned().collect();
        let listings: Vec<Listing> = self.ports.store.listings(&skus).await?.into_iter().flatten().collect();
        let wanted = self.wanted(&listings, &gifts);
        let skus: Vec<Sku> = wanted.keys().cloned().collect();
        let levels = self.ports.store.stock_levels(&skus).await?;
        let short = shortages(&wanted, &levels, &self.held().await?);
        let is_short = |sku: &Sku| short.iter().any(|short| short.sku == *sku);
        let there = |listing: &Listing| !listing.variant().draws(1).into_iter().any(|(sku, _)| is_short(sku));
        Ok(listings.into_iter().filter(there).collect())
    }

    /// What the gifts take from stock, and what the cart itself takes of the same.
    fn wanted(&self, listings: &[Listing], gifts: &BTreeMap<Sku, i64>) -> BTreeMap<Sku, i64> {
        let mut wanted: BTreeMap<Sku, i64> = BTreeMap::new();
        for variant in listings.iter().map(Listing::variant) {
            for (sku, units) in variant.draws(gifts.get(&variant.sku).copied().unwrap_or_default()) {
                *wanted.entry(sku.clone()).or_default() += units;
            }
        }
        for line in self.lines {
            for (sku, units) in line.listing.variant().draws(line.quantity.units()) {
                wanted.entry(sku.clone()).and_modify(|sum| *sum += units);
            }
        }
        wanted
    }

    /// What the cart holds already.
    async fn held(&self) -> Result<BTreeMap<Sku, i64>, StoreError> {
        let mut held = BTreeMap::new();
        if let Some(hold) = self.cart.hold
            && let Some(reservation) = self.ports.store.reservation(hold).await?
        {
            for line in reservation.held_lines() {
                *held.entry(line.key.sku.clone()).or_default() += line.units;
            }
        }
        Ok(held)
    }

    fn buyer(&self) -> Option<KnownBuyer<'_>> {
        KnownBuyer::of(self.cart.customer, self.email)
    }

    async fn taken(&self, counter: CounterKey) -> Result<u64, StoreError> {
        self.count(counter).await.map(|count| count.held + count.used)
    }

    async fn count(&self, counter: CounterKey) -> Result<Counter, StoreError> {
        let found = self.ports.store.counters(Page::after(counter.just_before(), 1)).await?;
        Ok(found.into_iter().find(|(key, _)| *key == counter).map(|(_, count)| count).unwrap_or_default())
    }
}
