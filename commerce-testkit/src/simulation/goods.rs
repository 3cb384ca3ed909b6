use commerce_core::{
    Commerce, Error,
    domain::{
        catalog::{Price, Product, Variant},
        ids::{CouponCode, LocationId, MarketId, ProductId, PromotionId, Sku},
        inventory::StockKey,
        money::{Currency, Money},
        pricing::{Benefit, Promotion, Target},
    },
};
use rust_decimal::dec;
use uuid::Uuid;

use crate::dice::Dice;

/// What the shop sells: few things, and few of each, so that buyers meet.
const SKUS: [&str; 3] = ["MUG", "POT", "CUP"];
const LOCATIONS: [&str; 2] = ["main", "shed"];
const COUPONS: [&str; 2] = ["FIRST", "MANY"];

/// Fills an empty shop.
pub(super) async fn stock(shop: &Commerce, dice: &mut Dice) -> Result<(), Error> {
    for (number, name) in SKUS.into_iter().enumerate() {
        let Ok(sku) = Sku::new(name) else { continue };
        let price = Price::new(MarketId::main(), euro(dice));
        let id = ProductId::from_uuid(Uuid::from_u64_pair(1, number.try_into().unwrap_or_default()));
        shop.catalog()
            .add_product(Product::new(id, name, Variant::new(sku.clone()).with_price(price)))
            .await?;
        for location in LOCATIONS {
            let Ok(location) = LocationId::new(location) else { continue };
            let units = dice.between(1, 5).into();
            shop.inventory().receive(StockKey { sku: sku.clone(), location }, units).await?;
        }
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

/// One of the SKUs; the first one more often.
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
    if dice.permille(100) { None } else { CouponCode::new(*dice.one_of(&COUPONS)?).ok() }
}

/// A price.
pub(super) fn euro(dice: &mut Dice) -> Money {
    Money::from_minor(dice.between(99, 4_999).into(), Currency::EUR)
}
