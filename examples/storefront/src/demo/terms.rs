use std::{error::Error, num::NonZeroU32};

use commerce_kit::{
    domain::{
        customer::{Country, Zone},
        ids::{CouponCode, PromotionId, TaxCategory},
        money::{Currency, Money},
        pricing::{Benefit, Conditions, Promotion, Target, TaxRate},
    },
    gateway::{ShippingMethod, ShippingTable, ShippingZone, Tariff, TaxEntry, TaxTable, WeightStep},
};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Value added tax by country; books are taxed less. Buyers who only look see the German rates, which come first.
pub(super) fn taxes() -> Fallible<TaxTable> {
    let entry = |country: &str, percent: Decimal| -> Fallible<TaxEntry> {
        let name = format!("VAT {country} {}%", percent.normalize());
        Ok(TaxEntry::new(TaxRate { name, percent }).within(Zone::of([country.parse()?])))
    };
    let books = TaxCategory::new("books")?;
    Ok(TaxTable(vec![
        entry("DE", dec!(7))?.on(books.clone()),
        entry("DE", dec!(19))?,
        entry("AT", dec!(10))?.on(books),
        entry("AT", dec!(20))?,
    ]))
}

/// A parcel up to 31.5 kg to Germany and Austria, free above 75 euro; heavier things by freight within Germany.
pub(super) fn shipping() -> Fallible<ShippingTable> {
    let (germany, austria): (Country, Country) = ("DE".parse()?, "AT".parse()?);
    let parcel = |cents| Tariff::ByWeight {
        steps: vec![WeightStep { up_to_grams: 31_500, price: euro(cents) }],
        parcels: NonZeroU32::MIN,
    };
    let zone = |country, tariff| ShippingZone { zone: Zone::of([country]), tariff, free_from: None };
    let free = |country, cents| ShippingZone { free_from: Some(euro(7_500)), ..zone(country, parcel(cents)) };
    let method = |name: &str, zones| ShippingMethod {
        name: name.into(),
        tax_category: TaxCategory::standard(),
        zones,
    };
    Ok(ShippingTable(vec![
        method("standard", vec![free(germany, 490), free(austria, 990)]),
        method("express", vec![zone(germany, parcel(1_290))]),
        method("freight", vec![zone(germany, Tariff::Flat(euro(3_900)))]),
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
