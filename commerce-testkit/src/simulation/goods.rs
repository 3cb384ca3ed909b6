use std::num::NonZeroU32;

use commerce_core::{
    Commerce, Error,
    domain::{
        catalog::{KitPart, Price, PriceList, Product, Variant},
        customer::{Customer, Email},
        ids::{
            CouponCode, CustomerGroup, CustomerId, LocationId, MarketId, PriceListCode, ProductId,
            PromotionId, Sku,
        },
        inventory::StockKey,
        money::{Currency, Money},
        pricing::{BatchSecret, Benefit, CodeBatch, Promotion, Target},
    },
};
use rust_decimal::dec;
use uuid::Uuid;

use crate::dice::Dice;

/// What lies on the shelves: few things, and few of each, so that buyers meet.
const SKUS: [&str; 3] = ["MUG", "POT", "CUP"];
/// A kit of one of each of the first two.
const SET: &str = "SET";
const LOCATIONS: [&str; 2] = ["main", "shed"];
const COUPONS: [&str; 2] = ["FIRST", "MANY"];
/// The promotion that has a batch of codes, each good for one order.
const CARD: &str = "CARD";
const FRIENDS: &str = "friends";
const CUSTOMERS: u64 = 2;

/// Fills an empty shop.
pub(super) async fn stock(shop: &Commerce, dice: &mut Dice) -> Result<(), Error> {
    shelves(shop, dice).await?;
    if let Some(set) = set(dice) {
        shop.catalog().add_product(set).await?;
    }
    coupons(shop, dice).await?;
    for number in 0..CUSTOMERS {
        let Ok(email) = Email::new(format!("customer-{number}@example.com")) else { continue };
        let group = CustomerGroup::new(FRIENDS).ok().filter(|_| number == 0);
        shop.customers().add(Customer { group, ..Customer::new(customer(number), email) }).await?;
    }
    Ok(())
}

async fn shelves(shop: &Commerce, dice: &mut Dice) -> Result<(), Error> {
    for (number, name) in SKUS.into_iter().enumerate() {
        let Ok(sku) = Sku::new(name) else { continue };
        let id = ProductId::from_uuid(Uuid::from_u64_pair(1, number.try_into().unwrap_or_default()));
        let variant = Variant { prices: prices(dice), ..Variant::new(sku.clone()) };
        shop.catalog().add_product(Product::new(id, name, variant)).await?;
        for location in LOCATIONS {
            let Ok(location) = LocationId::new(location) else { continue };
            let units = dice.between(1, 5).into();
            shop.inventory().receive(StockKey { sku: sku.clone(), location }, units).await?;
        }
    }
    Ok(())
}

/// A price for everybody, one for two pieces and more, and one for friends.
fn prices(dice: &mut Dice) -> Vec<Price> {
    let mut price = || Price::new(MarketId::main(), euro(dice));
    let friends = PriceListCode::new(FRIENDS).ok().zip(CustomerGroup::new(FRIENDS).ok());
    let list = friends.map(|(code, group)| PriceList { group: Some(group), ..PriceList::new(code) });
    let two = NonZeroU32::MIN.saturating_add(1);
    let mut prices = vec![price(), price().from_pieces(two)];
    prices.extend(list.map(|list| price().on_list(list)));
    prices
}

fn set(dice: &mut Dice) -> Option<Product> {
    let part = |name: &str| Some(KitPart { sku: Sku::new(name).ok()?, units: NonZeroU32::MIN });
    let kit = vec![part(SKUS[0])?, part(SKUS[1])?];
    let set = Variant { kit, prices: prices(dice), ..Variant::new(Sku::new(SET).ok()?) };
    Some(Product::new(ProductId::from_uuid(Uuid::from_u64_pair(1, 1_000)), SET, set))
}

async fn coupons(shop: &Commerce, dice: &mut Dice) -> Result<(), Error> {
    if let Ok(code) = CouponCode::new(CARD) {
        let id = PromotionId::from_uuid(Uuid::from_u64_pair(2, 1_000));
        let promotion = Promotion::new(id, CARD, Benefit::Fixed(euro(dice)), Target::Order).with_code(code);
        shop.catalog().add_promotion(Promotion { batch: Some(cards()), ..promotion }).await?;
    }
    for (number, code) in COUPONS.into_iter().enumerate() {
        let Ok(code) = CouponCode::new(code) else { continue };
        let id = PromotionId::from_uuid(Uuid::from_u64_pair(2, number.try_into().unwrap_or_default()));
        let benefit = Benefit::Percent(if number == 0 { dec!(33.3) } else { dec!(10) });
        let limit = if number == 0 { dice.between(1, 2) } else { 50 };
        let promotion = Promotion::new(id, code.as_str(), benefit, Target::Order).with_code(code);
        let per_customer = (number == 0).then_some(1);
        let promotion =
            Promotion { limit: Some(limit.into()), limit_per_customer: per_customer, ..promotion };
        shop.catalog().add_promotion(promotion).await?;
    }
    Ok(())
}

const fn cards() -> CodeBatch {
    CodeBatch { secret: BatchSecret::new(Uuid::from_u128(0xca2d)), count: 3 }
}

/// Somebody with an account.
pub(super) const fn customer(number: u64) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u64_pair(3, number % CUSTOMERS))
}

/// Something to buy.
pub(super) fn pick(dice: &mut Dice) -> Option<Sku> {
    if dice.permille(150) { Sku::new(SET).ok() } else { sku(dice) }
}

/// One of the SKUs on the shelves; the first one more often.
pub(super) fn sku(dice: &mut Dice) -> Option<Sku> {
    let name = if dice.permille(400) { SKUS[0] } else { dice.one_of(&SKUS)? };
    Sku::new(name).ok()
}

/// One of the shelves.
pub(super) fn shelf(dice: &mut Dice) -> Option<StockKey> {
    Some(StockKey { sku: sku(dice)?, location: location(dice)? })
}

/// One of the locations.
pub(super) fn location(dice: &mut Dice) -> Option<LocationId> {
    LocationId::new(*dice.one_of(&LOCATIONS)?).ok()
}

/// A coupon, or none.
pub(super) fn coupon(dice: &mut Dice) -> Option<CouponCode> {
    match dice.below(10) {
        0 => None,
        1..3 => cards().code(&CouponCode::new(CARD).ok()?, dice.below(3)),
        _ => CouponCode::new(*dice.one_of(&COUPONS)?).ok(),
    }
}

/// A price.
pub(super) fn euro(dice: &mut Dice) -> Money {
    Money::from_minor(dice.between(99, 4_999).into(), Currency::EUR)
}
