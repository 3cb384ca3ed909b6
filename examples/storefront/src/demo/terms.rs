use std::error::Error;

use commerce_kit::{
    domain::{
        customer::Country,
        ids::{CouponCode, PromotionId, TaxCategory},
        money::{Currency, Money},
        pricing::{Benefit, Conditions, Promotion, ShippingRate, Target, TaxRate},
    },
    gateway::{ShippingTable, ShippingZone, TaxEntry, TaxTable},
};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Value added tax by country; books are taxed less. Buyers who only look see the German rates, which come first.
pub(super) fn taxes() -> Fallible<TaxTable> {
    let entry = |country: &str, category: &str, percent: Decimal| -> Fallible<TaxEntry> {
        Ok(TaxEntry {
            category: Some(TaxCategory::new(category)?),
            country: Some(country.parse()?),
            rate: TaxRate { name: format!("VAT {country} {}%", percent.normalize()), percent },
        })
    };
    Ok(TaxTable(vec![
        entry("DE", "books", dec!(7))?,
        entry("DE", "standard", dec!(19))?,
        entry("AT", "books", dec!(10))?,
        entry("AT", "standard", dec!(20))?,
    ]))
}

/// Parcels up to 31.5 kg to Germany and Austria, free above 75 euro; heavier things by freight within Germany.
pub(super) fn shipping() -> Fallible<ShippingTable> {
    const PARCEL: Option<u64> = Some(31_500);
    let (germany, austria): (Country, Country) = ("DE".parse()?, "AT".parse()?);
    let zone = |countries: &[Country], name: &str, cents: i64| ShippingZone {
        countries: countries.to_vec(),
        up_to_grams: PARCEL,
        from_goods: None,
        rate: ShippingRate { name: name.into(), price: euro(cents), tax_category: TaxCategory::standard() },
    };
    let free = ShippingZone { from_goods: Some(euro(7_500)), ..zone(&[germany, austria], "standard", 0) };
    let freight = ShippingZone { up_to_grams: None, ..zone(&[germany], "freight", 3_900) };
    Ok(ShippingTable(vec![
        free,
        zone(&[germany], "standard", 490),
        zone(&[austria], "standard", 990),
        zone(&[germany], "express", 1_290),
        freight,
    ]))
}

/// Ten per cent off above 100 euro for everybody, and a code for a hundred newcomers.
pub(super) fn promotions() -> Fallible<[Promotion; 2]> {
    let tenth = Benefit::Percent(dec!(10));
    let id = |n| PromotionId::from_uuid(Uuid::from_u128(n));
    let large = Promotion {
        conditions: Conditions { minimum: Some(euro(10_000)), ..Conditions::default() },
        ..Promotion::new(id(1), "10 % off from 100 euro", tenth.clone(), Target::Order)
    };
    let welcome = Promotion {
        limit: Some(100),
        limit_per_customer: Some(1),
        ..Promotion::new(id(2), "Welcome aboard", tenth, Target::Order)
    };
    Ok([large, welcome.with_code(CouponCode::new("WELCOME10")?)])
}

const fn euro(cents: i64) -> Money {
    Money::from_minor(cents, Currency::EUR)
}
