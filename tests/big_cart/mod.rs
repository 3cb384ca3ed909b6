//! A cart of any size with ten promotions that all apply, for measuring.

use std::sync::Arc;

use chrono::DateTime;
use commerce_kit::domain::{
    cart::Quantity,
    catalog::{Listing, Market, Price, PriceMode, Product, Variant},
    ids::{CouponCode, LineId, MarketId, ProductId, PromotionId, Sku, TaxCategory},
    metadata::Metadata,
    money::{Currency, Money},
    pricing::{
        Benefit, GoodsLine, PricingContext, Promotion, Quote, ShippingRate, Target, TaxLevel, TaxRate,
        TaxRates, TaxSettings, price_goods,
    },
};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

pub(crate) struct BigCart {
    context: PricingContext,
    lines: Vec<GoodsLine>,
    promotions: Vec<Arc<Promotion>>,
    coupon: CouponCode,
    rates: TaxRates,
    settings: TaxSettings,
}

impl BigCart {
    pub(crate) fn with_lines(count: u64) -> Self {
        let id = MarketId::new("eu").unwrap();
        let market = Market { id: id.clone(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
        let rate = |percent| TaxRate { name: "VAT".into(), percent };
        let percents = [dec!(19), dec!(7)];
        Self {
            context: PricingContext { market, group: None, at: DateTime::UNIX_EPOCH },
            lines: (0..count).map(|n| line(&id, n)).collect(),
            promotions: promotions().into_iter().map(Arc::new).collect(),
            coupon: CouponCode::new("SPRING").unwrap(),
            rates: TaxRates {
                lines: percents.into_iter().cycle().map(rate).take(count.try_into().unwrap()).collect(),
                shipping: Some(rate(dec!(19))),
            },
            settings: TaxSettings { level: TaxLevel::Total, ..TaxSettings::default() },
        }
    }

    pub(crate) fn lines(&self) -> Vec<GoodsLine> {
        self.lines.clone()
    }

    /// All three functions, with what a shop would ask the outside between them.
    pub(crate) fn quote(&self, lines: Vec<GoodsLine>) -> Quote {
        let shipping = ShippingRate {
            name: "Parcel".into(),
            price: Money::from_minor(499, Currency::EUR),
            tax_category: TaxCategory::new("standard").unwrap(),
        };
        let goods = price_goods(&self.context, lines, &self.promotions, Some(&self.coupon)).unwrap();
        goods.with_shipping(Some(shipping)).unwrap().with_tax(self.settings, &self.rates).unwrap()
    }
}

fn line(market: &MarketId, n: u64) -> GoodsLine {
    let price = Money::from_minor(1_000 + i64::try_from(n * 37 % 10_000).unwrap(), Currency::EUR);
    let sku = Sku::new(format!("SKU-{n}")).unwrap();
    // The ids rise and fall, as those of lines do that other processes drew.
    let id = Uuid::from_u128(u128::from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    let variant = Variant {
        option_values: vec!["Blue".into(), "M".into()],
        ..Variant::new(sku.clone()).with_price(Price::new(market.clone(), price))
    };
    let product = Product::new(ProductId::from_uuid(id), format!("A thing of kind {n}"), variant);
    GoodsLine {
        id: LineId::from_uuid(id),
        listing: Listing::of(Arc::new(product), &sku).unwrap(),
        quantity: Quantity::new(u32::try_from(1 + n % 5).unwrap()).unwrap(),
        metadata: Metadata::EMPTY,
    }
}

fn promotions() -> Vec<Promotion> {
    let percent = |percent: i64| Benefit::Percent(Decimal::new(percent, 1));
    let fixed = |minor| Benefit::Fixed(Money::from_minor(minor, Currency::EUR));
    let some = |first: u32| Target::Lines {
        skus: (first..first + 5).map(|n| Sku::new(format!("SKU-{n}")).unwrap()).collect(),
    };
    let all = Target::all_lines;
    let rules = [
        (percent(50), all()),
        (fixed(25), all()),
        (percent(100), some(0)),
        (fixed(100), some(4)),
        (percent(75), some(8)),
        (percent(33), all()),
        (percent(50), Target::Order),
        (fixed(1_000), Target::Order),
        (percent(25), Target::Order),
        (fixed(333), Target::Order),
    ];
    let mut promotions: Vec<_> = (1_u128..)
        .zip(rules)
        .map(|(n, (benefit, target))| {
            Promotion::new(
                PromotionId::from_uuid(Uuid::from_u128(n)),
                format!("Promotion {n}"),
                benefit,
                target,
            )
        })
        .collect();
    promotions[9].code = Some(CouponCode::new("SPRING").unwrap());
    promotions
}
