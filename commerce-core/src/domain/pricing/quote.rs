use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    CouponOutcome, Explanation, PricedOrder, TaxRate, TaxRates, TaxSettings, goods::PricedLine,
    shipping::PricedShipping,
};
use crate::domain::{
    cart::Quantity,
    catalog::{KitPart, Price, PriceMode, StockTracking, draws},
    ids::{LineId, MarketId, ProductId, PromotionId, Sku},
    metadata::Metadata,
    money::{Currency, Money, MoneyError},
};

/// What an order costs, line by line, and why: everything an invoice needs, none of it looked up again later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// The market whose prices hold.
    pub market: MarketId,
    /// The currency of every amount.
    pub currency: Currency,
    /// Whether prices and discounts contain the tax.
    pub mode: PriceMode,
    /// How tax was counted; none in quotes of versions before it was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_settings: Option<TaxSettings>,
    /// The lines, in the order they were given; what promotions gave comes last.
    pub lines: Vec<QuoteLine>,
    /// Shipping, if there is any.
    pub shipping: Option<QuoteShipping>,
    /// What the goods cost before discounts.
    pub goods: Money,
    /// What is taken off the goods.
    pub discount: Money,
    /// Goods and shipping without tax.
    pub net: Money,
    /// The tax on goods and shipping.
    pub tax: Money,
    /// What is to be paid.
    pub total: Money,
    /// What became of the code the buyer typed in.
    pub coupon: CouponOutcome,
    /// The limited promotions it uses up.
    pub uses: Vec<LimitedUse>,
    /// Every rule tried: promotions in their order, then prices by SKU where there is a choice, then shipping, then
    /// taxes by percentage.
    pub explanation: Vec<Explanation>,
    /// The time it was made for.
    pub quoted_at: DateTime<Utc>,
}

/// What one line costs. Names and prices are those of the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteLine {
    /// The line.
    pub line: LineId,
    /// What is sold.
    pub sku: Sku,
    /// Its product.
    pub product: ProductId,
    /// The product's title.
    pub title: String,
    /// The variant's option values.
    pub option_values: Vec<String>,
    /// How many.
    pub quantity: Quantity,
    /// Whether its units are counted.
    pub stock: StockTracking,
    /// What one piece takes from stock, if that is not one unit of its own SKU.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kit: Vec<KitPart>,
    /// The price it was computed from.
    pub unit_price: Price,
    /// What it costs before discounts.
    pub goods: Money,
    /// What is taken off.
    pub discount: Money,
    /// What is left, without tax.
    pub net: Money,
    /// The tax on it.
    pub tax: Money,
    /// What is to be paid for it.
    pub total: Money,
    /// The rate it is taxed at.
    pub tax_rate: TaxRate,
    /// The embedder's notes.
    pub metadata: Metadata,
}

/// What shipping costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuoteShipping {
    /// The name of the rate.
    pub name: String,
    /// Its price before discounts; like the goods with the tax or without it.
    pub price: Money,
    /// What is taken off it, if a promotion does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// What is left, without tax.
    pub net: Money,
    /// The tax on it.
    pub tax: Money,
    /// What is to be paid for it.
    pub total: Money,
    /// The rate it is taxed at.
    pub tax_rate: TaxRate,
}

/// One use of a promotion that may be used only so often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LimitedUse {
    /// The promotion.
    pub promotion: PromotionId,
    /// How many orders may use it in all.
    pub limit: Option<u64>,
    /// How many orders of one customer may use it.
    pub limit_per_customer: Option<u64>,
    /// The number of the code in its batch, when it is good for one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u32>,
    /// Which order of the buyer it is for, counting from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1))]
    pub nth_order: Option<NonZeroU32>,
}

impl Quote {
    /// The quote of this order with these taxes: one for each line, then the one for shipping.
    pub(super) fn new(
        order: PricedOrder,
        settings: TaxSettings,
        rates: &TaxRates,
        taxes: &[i64],
    ) -> Result<Self, MoneyError> {
        let PricedOrder { goods: priced, shipping } = order;
        let (currency, mode) = (priced.market.currency, priced.market.prices);
        let taxes_of_lines = taxes.iter().zip(&rates.lines);
        let lines = priced
            .lines
            .into_iter()
            .zip(taxes_of_lines)
            .map(|(line, (tax, rate))| {
                let amounts = Amounts::of(line.left, *tax, currency, mode)?;
                Ok(QuoteLine::new(line, amounts, rate.clone()))
            })
            .collect::<Result<Vec<_>, MoneyError>>()?;
        let shipping = match (shipping, taxes.get(lines.len()), &rates.shipping) {
            (Some(shipping), Some(tax), Some(tax_rate)) => {
                let amounts = Amounts::of(shipping.left, *tax, currency, mode)?;
                Some(QuoteShipping::new(shipping, amounts, tax_rate.clone()))
            }
            _ => None,
        };
        let mut quote = Self {
            market: priced.market.id,
            currency,
            mode,
            tax_settings: Some(settings),
            lines,
            shipping,
            goods: Money::zero(currency),
            discount: Money::zero(currency),
            net: Money::zero(currency),
            tax: Money::zero(currency),
            total: Money::zero(currency),
            coupon: priced.coupon,
            uses: priced.uses,
            explanation: priced.explanation,
            quoted_at: priced.at,
        };
        quote.sum_up()?;
        Ok(quote)
    }

    /// Sets the sums to those of the lines and of shipping.
    fn sum_up(&mut self) -> Result<(), MoneyError> {
        for line in &self.lines {
            self.goods = self.goods.plus(line.goods)?;
            self.discount = self.discount.plus(line.discount)?;
            self.net = self.net.plus(line.net)?;
            self.tax = self.tax.plus(line.tax)?;
        }
        if let Some(shipping) = &self.shipping {
            self.net = self.net.plus(shipping.net)?;
            self.tax = self.tax.plus(shipping.tax)?;
        }
        self.total = self.net.plus(self.tax)?;
        Ok(())
    }
}

impl QuoteLine {
    fn new(line: PricedLine, amounts: Amounts, tax_rate: TaxRate) -> Self {
        let Amounts { net, tax, total } = amounts;
        let money = |minor| Money::from_minor(minor, net.currency());
        let (product, variant) = (line.goods_line.listing.product(), line.goods_line.listing.variant());
        Self {
            line: line.goods_line.id,
            sku: variant.sku.clone(),
            product: product.id,
            title: product.title.clone(),
            option_values: variant.option_values.clone(),
            quantity: line.goods_line.quantity,
            stock: variant.stock,
            kit: variant.kit.clone(),
            unit_price: line.price,
            goods: money(line.goods),
            discount: money(line.goods - line.left),
            net,
            tax,
            total,
            tax_rate,
            metadata: line.goods_line.metadata,
        }
    }

    /// The units that so many pieces of the line take from stock.
    pub fn draws(&self, pieces: i64) -> Vec<(&Sku, i64)> {
        draws(&self.sku, self.stock, &self.kit, pieces)
    }
}

impl QuoteShipping {
    fn new(shipping: PricedShipping, amounts: Amounts, tax_rate: TaxRate) -> Self {
        let PricedShipping { rate, left } = shipping;
        let Amounts { net, tax, total } = amounts;
        let taken = rate.price.minor() - left;
        let discount = (taken > 0).then(|| Money::from_minor(taken, rate.price.currency()));
        Self { name: rate.name, price: rate.price, discount, net, tax, total, tax_rate }
    }
}

/// A price taken apart into what is the seller's and what is the tax office's.
struct Amounts {
    net: Money,
    tax: Money,
    total: Money,
}

impl Amounts {
    fn of(price: i64, tax: i64, currency: Currency, mode: PriceMode) -> Result<Self, MoneyError> {
        let (price, tax) = (Money::from_minor(price, currency), Money::from_minor(tax, currency));
        Ok(match mode {
            PriceMode::TaxAdded => Self { net: price, tax, total: price.plus(tax)? },
            PriceMode::TaxIncluded => Self { net: price.minus(tax)?, tax, total: price },
        })
    }
}
