//! The flows of a shop as a buyer and a merchant see them. Whatever single fault happens, each ends as it should.

mod buyer;
mod forgetful;
mod merchant;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use commerce_core::{
    Commerce,
    domain::{
        cart::Quantity,
        catalog::{Price, Product, Variant},
        ids::{CartId, CheckoutId, CouponCode, LocationId, MarketId, ProductId, PromotionId, Sku},
        inventory::StockKey,
        money::{Currency, Money},
        order::CapturePolicy,
        pricing::{Benefit, Promotion, Target},
    },
    gateway::{FraudScreen, GatewayError, ScreeningRequest, Verdict},
    service::{NewCart, ReservePolicy},
};
use commerce_testkit::world::World;
use rust_decimal::dec;
use uuid::Uuid;

use crate::{client::Client, run::expect};
use buyer::*;
use merchant::*;

type Played<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// A flow: what the world is like, what happens, and what must have come of it once everything rests.
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) arrange: fn(&mut World),
    pub(crate) play: for<'a> fn(&'a Client<'a>, &'a Stock) -> Played<'a>,
    pub(crate) after: fn(&World, &Stock) -> Result<(), String>,
}

pub(crate) const SCRIPTS: &[Script] = &[
    Script { name: "happy", arrange: plain, play: |c, s| Box::pin(happy(c, s)), after: one_order },
    Script {
        name: "decline, then a second tender",
        arrange: plain,
        play: |c, s| Box::pin(declined(c, s)),
        after: one_order,
    },
    Script {
        name: "action required, then a webhook",
        arrange: plain,
        play: |c, s| Box::pin(action(c, s)),
        after: one_order,
    },
    Script {
        name: "sold out at reserve",
        arrange: plain,
        play: |c, s| Box::pin(sold_out(c, s)),
        after: no_money_moved,
    },
    Script {
        name: "a coupon for one buyer only",
        arrange: plain,
        play: |c, s| Box::pin(coupon(c, s)),
        after: one_order,
    },
    Script {
        name: "a method that knows only sales",
        arrange: plain,
        play: |c, s| Box::pin(sale(c, s)),
        after: one_order,
    },
    Script {
        name: "a sale called off before the order",
        arrange: plain,
        play: |c, s| Box::pin(sale_called_off(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "action never taken until the deadline",
        arrange: plain,
        play: |c, s| Box::pin(never_acted(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "called off while waiting",
        arrange: plain,
        play: |c, s| Box::pin(called_off(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "money that comes after the deadline",
        arrange: plain,
        play: |c, s| Box::pin(late_money(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "cancelled after placing",
        arrange: plain,
        play: |c, s| Box::pin(cancelled(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "the rest cancelled after a parcel",
        arrange: plain,
        play: |c, s| Box::pin(rest_cancelled(c, s)),
        after: one_order,
    },
    Script {
        name: "refunded in part",
        arrange: plain,
        play: |c, s| Box::pin(refunded(c, s)),
        after: one_order,
    },
    Script {
        name: "collected with the shipment",
        arrange: collected_late,
        play: |c, s| Box::pin(shipped(c, s)),
        after: one_order,
    },
    Script {
        name: "refused by the fraud screen",
        arrange: screened_out,
        play: |c, s| Box::pin(screened(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "held for review, then released",
        arrange: reviewed,
        play: |c, s| Box::pin(released(c, s)),
        after: one_order,
    },
    Script {
        name: "held for review, then cancelled",
        arrange: reviewed,
        play: |c, s| Box::pin(cancelled(c, s)),
        after: nothing_kept,
    },
    Script {
        name: "stock held by the cart",
        arrange: held_by_cart,
        play: |c, s| Box::pin(happy(c, s)),
        after: one_order,
    },
    Script {
        name: "a cart changed while its stock is paid for",
        arrange: held_by_cart,
        play: |c, s| Box::pin(changed_meanwhile(c, s)),
        after: one_order,
    },
    Script {
        name: "no tender until later",
        arrange: plain,
        play: |c, s| Box::pin(pays_later(c, s)),
        after: one_order,
    },
    Script {
        name: "asked for again when all is forgotten",
        arrange: forgetful::world,
        play: |c, s| Box::pin(forgetful::asked_again(c, s)),
        after: forgetful::bought_once,
    },
    Script {
        name: "called off again when all is forgotten",
        arrange: forgetful::world,
        play: |c, s| Box::pin(forgetful::called_off_again(c, s)),
        after: nothing_kept,
    },
];

/// What the shop sells: three mugs, and a promotion for one buyer.
pub(crate) struct Stock {
    sku: Sku,
    cart: CartId,
    other_cart: CartId,
    coupon: CouponCode,
}

impl Stock {
    pub(crate) async fn prepare(commerce: &Commerce) -> Self {
        let sku = Sku::new("MUG").unwrap();
        let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
        let mug =
            Product::new(ProductId::from_uuid(id(1)), "Mug", Variant::new(sku.clone()).with_price(price));
        commerce.catalog().add_product(mug).await.unwrap();
        let shelf = StockKey { sku: sku.clone(), location: LocationId::main() };
        commerce.inventory().receive(shelf, 3).await.unwrap();
        let coupon = CouponCode::new("FIRST").unwrap();
        let benefit = Benefit::Percent(dec!(10));
        let promotion = Promotion::new(PromotionId::from_uuid(id(2)), "First", benefit, Target::Order);
        let promotion =
            Promotion { limit: Some(1), limit_per_customer: Some(1), ..promotion.with_code(coupon.clone()) };
        commerce.catalog().add_promotion(promotion).await.unwrap();
        let mut carts = Vec::new();
        for _ in 0..2 {
            let cart = commerce.carts().create(NewCart::guest(MarketId::main())).await.unwrap().id;
            commerce.carts().add(cart, &sku, Quantity::ONE).await.unwrap();
            carts.push(cart);
        }
        Self { sku, cart: carts[0], other_cart: carts[1], coupon }
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn checkout_id() -> CheckoutId {
    CheckoutId::from_uuid(id(100))
}

fn plain(_: &mut World) {}

fn collected_late(world: &mut World) {
    world.capture = CapturePolicy::AtFulfilment;
}

fn held_by_cart(world: &mut World) {
    world.reserve = ReservePolicy::OnAddToCart { hold: Duration::from_secs(600) };
}

fn reviewed(world: &mut World) {
    world.fraud = Arc::new(Screen(Verdict::Review { reason: "a new buyer".into() }));
}

fn screened_out(world: &mut World) {
    world.fraud = Arc::new(Screen(Verdict::Refuse { reason: "a known thief".into() }));
}

/// A screen that says the same of everybody.
#[derive(Debug)]
struct Screen(Verdict);

#[async_trait::async_trait]
impl FraudScreen for Screen {
    async fn screen(&self, _: &ScreeningRequest) -> Result<Verdict, GatewayError> {
        Ok(self.0.clone())
    }
}

/// One order is there, paid once.
fn one_order(world: &World, _: &Stock) -> Result<(), String> {
    let books = world.gateway.books();
    let charged = books.iter().filter(|entry| entry.captured > entry.refunded).count();
    expect("payments kept", charged, 1)
}

/// Nobody asked for money.
fn no_money_moved(world: &World, _: &Stock) -> Result<(), String> {
    expect("calls to authorize", world.gateway.calls().authorize, 0)
}

/// No money was kept.
fn nothing_kept(world: &World, _: &Stock) -> Result<(), String> {
    let books = world.gateway.books();
    expect("payments kept", books.iter().filter(|entry| entry.captured > entry.refunded).count(), 0)
}
