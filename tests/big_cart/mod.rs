//! A cart of any size with fifty promotions, all but the last of a group taking something off, for measuring.

use std::{num::NonZeroU32, sync::Arc};

use chrono::DateTime;
use commerce_kit::domain::{
    cart::Quantity,
    catalog::{CategoryPath, Listing, Market, Price, PriceMode, Product, Variant},
    ids::{CouponCode, LineId, MarketId, ProductId, PromotionId, Sku, StackingGroup, TaxCategory},
    metadata::Metadata,
    money::{Currency, Money},
    pricing::{
        Benefit, BuyGet, GoodsLine, Pick, PricingContext, Promotion, Quote, Selection, ShippingRate,
        Stacking, Target, TaxLevel, TaxRate, TaxRates, TaxSettings, price_goods,
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
            context: PricingContext::new(market, DateTime::UNIX_EPOCH),
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
    let sku = sku(n);
    // The ids rise and fall, as those of lines do that other processes drew.
    let id = Uuid::from_u128(u128::from(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    let variant = Variant {
        option_values: vec!["Blue".into(), "M".into()],
        ..Variant::new(sku.clone()).with_price(Price::new(market.clone(), price))
    };
    let product = Product::new(ProductId::from_uuid(id), format!("A thing of kind {n}"), variant);
    let categories = vec![CategoryPath::new(format!("tools/{}/small", n % 7)).unwrap()];
    let product = Product { categories, ..product };
    GoodsLine {
        id: LineId::from_uuid(id),
        listing: Listing::of(Arc::new(product), &sku).unwrap(),
        quantity: Quantity::new(u32::try_from(1 + n % 5).unwrap()).unwrap(),
        metadata: Metadata::EMPTY,
    }
}

fn sku(n: u64) -> Sku {
    Sku::new(format!("SKU-{n}")).unwrap()
}

/// Five rounds of ten rules: by line and by order, some goods and all, in groups and with caps.
fn promotions() -> Vec<Promotion> {
    let percent = |percent: i64| Benefit::Percent(Decimal::new(percent, 1));
    let fixed = |minor| Benefit::Fixed(euro(minor));
    let three_for_two = BuyGet { percent: dec!(10), ..BuyGet::free(pieces(2), pieces(1)) };
    let mut promotions = Vec::new();
    for round in 0..5 {
        let some = |first: u32| Target::skus((first..first + 5).map(|n| sku(u64::from(round + n))).collect());
        let tools = CategoryPath::new(format!("tools/{round}")).unwrap();
        let tools = Target::Lines(Selection { categories: vec![tools], ..Selection::ALL });
        let rules = [
            (percent(50), Target::all_lines()),
            (fixed(5), Target::all_lines()),
            (percent(100), some(0)),
            (fixed(20), some(4)),
            (percent(75), tools),
            (Benefit::BuyGet(three_for_two.clone()), Target::all_lines()),
            (percent(50), Target::Order),
            (fixed(200), Target::Order),
            (percent(25), Target::Order),
            (fixed(33), Target::Order),
        ];
        for (benefit, target) in rules {
            let n = 1 + u128::try_from(promotions.len()).unwrap();
            let id = PromotionId::from_uuid(Uuid::from_u128(n));
            promotions.push(Promotion::new(id, format!("Promotion {n}"), benefit, target));
        }
    }
    let season = |pick| Stacking::Group {
        group: StackingGroup::new("season").unwrap(),
        pick,
        cap: Some(euro(1_000_000)),
    };
    promotions[0].stacking = season(Pick::Best);
    promotions[10].stacking = season(Pick::Best);
    promotions[11].stacking = season(Pick::Every);
    promotions[20].cap = Some(euro(250));
    promotions[49].code = Some(CouponCode::new("SPRING").unwrap());
    promotions
}

fn pieces(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

const fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}
