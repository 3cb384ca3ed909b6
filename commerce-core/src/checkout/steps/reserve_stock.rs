use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{
    checkout::{CheckoutFlow, CheckoutRefusal, CheckoutState, stock::shortages},
    domain::{
        ids::{ReservationId, Sku},
        inventory::{Holder, ReleaseReason, Reservation, ReservationState, demands},
        pricing::Quote,
    },
    saga::{Context, Next, Reach, Step, Trouble, Undoable},
    storage::{ChangeSet, CounterChange, CounterKey, Refusal, Shortage, StockChange},
};

/// Holds the stock, and the uses of limited promotions, until the checkout is done.
pub(crate) struct ReserveStock;

#[async_trait]
impl Step<CheckoutFlow> for ReserveStock {
    fn name(&self) -> &'static str {
        "reserve_stock"
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    async fn run(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let Some(quote) = &state.quote else {
            return Ok(Next::TurnBack(CheckoutRefusal::EmptyCart.reason()));
        };
        let mut changes = ChangeSet::new(cx.now);
        let wanted = wanted(quote);
        let mut reservation = None;
        if !wanted.is_empty() {
            let hold = match state.reservation {
                Some(hold) => cx.ports.store.reservation(hold).await?,
                None => None,
            };
            match reserve(cx, state, &wanted, hold.as_deref()).await? {
                Ok((id, reserving)) => {
                    changes.append(reserving);
                    reservation = Some(id);
                }
                Err(short) => {
                    let refusal = Refusal::InsufficientStock { short };
                    return Ok(Next::TurnBack(CheckoutRefusal::Store { refusal }.reason()));
                }
            }
        }
        let counters = counters(state, quote)?;
        let holder = state.id;
        for (counter, limit) in &counters {
            let hold = CounterChange::Hold { counter: counter.clone(), holder, amount: 1, limit: *limit };
            changes = changes.with(hold);
        }
        state.reservation = reservation;
        state.counters = counters.into_keys().collect();
        Ok(Next::Done(changes))
    }
}

#[async_trait]
impl Undoable<CheckoutFlow> for ReserveStock {
    async fn undo(&self, cx: &Context<'_, CheckoutFlow>, state: &mut CheckoutState) -> Result<Next, Trouble> {
        let mut changes = ChangeSet::new(cx.now);
        if let Some(id) = state.reservation {
            let held = cx.ports.store.reservation(id).await?;
            if let Some(held) = held.filter(|held| held.state == ReservationState::Held) {
                let why = ReleaseReason::TurnedBack;
                changes = changes.with(StockChange::Release { id, why, lines: held.lines.clone() });
            }
        }
        let holder = state.id;
        for counter in &state.counters {
            changes = changes.with(CounterChange::Release { counter: counter.clone(), holder });
        }
        Ok(Next::Done(changes))
    }
}

/// Units of each counted SKU.
fn wanted(quote: &Quote) -> BTreeMap<Sku, i64> {
    let mut wanted = BTreeMap::new();
    for (sku, units) in quote.lines.iter().flat_map(|line| line.draws(line.quantity.units())) {
        *wanted.entry(sku.clone()).or_default() += units;
    }
    wanted
}

/// Takes over what the cart holds, if it is just this; else reserves, giving back what has expired where units are
/// short. `Err` is what cannot be had.
async fn reserve(
    cx: &Context<'_, CheckoutFlow>,
    state: &CheckoutState,
    wanted: &BTreeMap<Sku, i64>,
    hold: Option<&Reservation>,
) -> Result<Result<(ReservationId, ChangeSet), Vec<Shortage>>, Trouble> {
    let (checkout, cart) = (state.id, state.cart);
    let skus: Vec<Sku> = wanted.keys().cloned().collect();
    let levels = cx.ports.store.stock_levels(&skus).await?;
    let each = wanted.iter().map(|(sku, units)| (sku, *units));
    let demands = demands(&*cx.ports.allocation, each, &levels);
    let mut changes = ChangeSet::new(cx.now);
    let mut freed = BTreeMap::new();

    if let Some(hold) = hold.filter(|hold| is_held_by_cart(hold, state)) {
        if hold.answers(&demands) {
            return Ok(Ok((hold.id, changes.with(StockChange::Adopt { id: hold.id, cart, checkout }))));
        }
        changes = changes.with(give_back(hold, ReleaseReason::Replaced, &mut freed));
    }
    let short = shortages(wanted, &levels, &freed);
    if !short.is_empty() || cx.refused {
        for expired in cx.ports.store.expired_holds(cx.now, Some(&skus), Reservation::EXPIRED_AT_ONCE).await?
        {
            if hold.is_none_or(|hold| hold.id != expired.id) {
                changes = changes.with(give_back(&expired, ReleaseReason::Expired, &mut freed));
            }
        }
        let short = shortages(wanted, &levels, &freed);
        if !short.is_empty() {
            return Ok(Err(short));
        }
    }
    let id = ReservationId::from_uuid(checkout.uuid());
    let reserve = StockChange::Reserve { id, holder: Holder::Checkout { checkout }, demands };
    Ok(Ok((id, changes.with(reserve))))
}

fn is_held_by_cart(hold: &Reservation, state: &CheckoutState) -> bool {
    let cart = state.cart;
    hold.state == ReservationState::Held
        && matches!(hold.holder, Holder::Cart { cart: holder, .. } if holder == cart)
}

fn give_back(held: &Reservation, why: ReleaseReason, freed: &mut BTreeMap<Sku, i64>) -> StockChange {
    for line in &held.lines {
        *freed.entry(line.key.sku.clone()).or_default() += line.units;
    }
    StockChange::Release { id: held.id, why, lines: held.lines.clone() }
}

/// The limited counts this quote uses, and their limits.
fn counters(state: &CheckoutState, quote: &Quote) -> Result<BTreeMap<CounterKey, u64>, Trouble> {
    let mut counters = BTreeMap::new();
    let buyer = state.buyer()?;
    for used in &quote.uses {
        let mut limit = |counter, most: u64| {
            let limit = counters.entry(counter).or_insert(most);
            *limit = most.min(*limit);
        };
        if let Some(most) = used.limit {
            limit(CounterKey::promotion(used.promotion), most);
        }
        if let Some(most) = used.limit_per_customer {
            limit(buyer.uses(used.promotion), most);
        }
        if let Some(number) = used.code {
            limit(CounterKey::promotion_code(used.promotion, number), 1);
        }
        if let Some(nth) = used.nth_order {
            limit(buyer.orders(), nth.get().into());
        }
    }
    Ok(counters)
}
