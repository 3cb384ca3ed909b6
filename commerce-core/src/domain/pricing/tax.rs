use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Explanation, Outcome, PricedOrder, PricingProblem, Quote, Rule, ratio::Ratio};
use crate::domain::{
    catalog::PriceMode,
    ids::TaxCategory,
    money::{Currency, Money, MoneyError, Rounding},
};

/// A tax rate: a name for the invoice and so many of a hundred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxRate {
    /// Its name, as it stands on the invoice.
    pub name: String,
    /// Its percentage, never below zero.
    #[serde(with = "rust_decimal::serde::str")]
    pub percent: Decimal,
}

/// The rates that hold for one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRates {
    /// One for each line, in the order of the lines.
    pub lines: Vec<TaxRate>,
    /// The one for shipping, when there is shipping.
    pub shipping: Option<TaxRate>,
}

/// How a shop counts its tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaxSettings {
    /// Where the tax is rounded.
    pub level: TaxLevel,
    /// How half a minor unit of it is rounded.
    pub rounding: Rounding,
}

/// Where tax is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaxLevel {
    /// On each line, and on shipping, by itself.
    #[default]
    Line,
    /// Once for all that has the same rate; the lines get their shares of that.
    Total,
}

/// What there is to tax: all that a tax rate may depend on besides the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxable {
    /// The lines, in the order they were given.
    pub lines: Vec<TaxableLine>,
    /// Shipping, if there is any.
    pub shipping: Option<TaxableLine>,
}

/// An amount to tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxableLine {
    /// What it is to the tax office.
    pub tax_category: TaxCategory,
    /// What it costs after discounts; with the tax inside or not, as the market has it.
    pub amount: Money,
}

impl PricedOrder {
    /// What there is to tax.
    pub fn taxable(&self) -> Taxable {
        let lines = self.goods.lines.iter().map(|line| TaxableLine {
            tax_category: line.goods_line.listing.product().tax_category.clone(),
            amount: self.goods.money(line.left),
        });
        let shipping = self.shipping.as_ref().map(|shipping| TaxableLine {
            tax_category: shipping.rate.tax_category.clone(),
            amount: self.goods.money(shipping.left),
        });
        Taxable { lines: lines.collect(), shipping }
    }

    /// The order taxed at these rates: its quote.
    pub fn with_tax(mut self, settings: TaxSettings, rates: &TaxRates) -> Result<Quote, PricingProblem> {
        let shipping = self.check(rates)?;
        let market = &self.goods.market;
        let lines = self.goods.by_id.iter().map(|&place| (&rates.lines[place], self.goods.lines[place].left));
        let parts = lines.chain(shipping.zip(self.shipping.as_ref().map(|shipping| shipping.left)));
        let taxation = Taxation { settings, prices: market.prices, currency: market.currency };
        let Assessed { taxes, sums } = taxation.assess(parts)?;
        for (rate, sum) in sums {
            let rule = Rule::Tax { name: rate.name.clone(), percent: rate.percent };
            let outcome = Outcome::Applied { amount: sum };
            self.goods.explanation.push(Explanation { rule, outcome, working: None });
        }
        // Back into the order of the lines; shipping stays last.
        let mut by_place = taxes.clone();
        for (&place, tax) in self.goods.by_id.iter().zip(taxes) {
            by_place[place] = tax;
        }
        Ok(Quote::new(self, settings, rates, &by_place)?)
    }

    /// The rate of shipping, once it is sure that everything has a rate that can be counted with.
    fn check<'a>(&self, rates: &'a TaxRates) -> Result<Option<&'a TaxRate>, PricingProblem> {
        let (lines, given) = (self.goods.lines.len(), rates.lines.len());
        if lines != given {
            return Err(PricingProblem::TaxRateCount { lines, rates: given });
        }
        let shipping = rates.shipping.as_ref().filter(|_| self.shipping.is_some());
        if self.shipping.is_some() && shipping.is_none() {
            return Err(PricingProblem::NoShippingTaxRate);
        }
        let below_zero = |rate: &&TaxRate| rate.percent < Decimal::ZERO;
        match rates.lines.iter().chain(shipping).find(below_zero) {
            Some(rate) => Err(PricingProblem::NegativeTaxRate { name: rate.name.clone() }),
            None => Ok(shipping),
        }
    }
}

/// What is taxed, and by how much.
pub(super) struct Assessed<'a> {
    /// In the order of the parts.
    pub(super) taxes: Vec<i64>,
    /// By rate.
    sums: Vec<(&'a TaxRate, Money)>,
}

/// How amounts are taxed.
pub(super) struct Taxation {
    pub(super) settings: TaxSettings,
    pub(super) prices: PriceMode,
    pub(super) currency: Currency,
}

impl Taxation {
    /// The taxes on these amounts: of the lines in the order of their ids, shipping last.
    pub(super) fn assess<'a>(
        self,
        parts: impl Iterator<Item = (&'a TaxRate, i64)>,
    ) -> Result<Assessed<'a>, MoneyError> {
        let (mut by_rate, mut amounts) = (BTreeMap::new(), Vec::new());
        for (rate, amount) in parts {
            let key = (rate.percent, rate.name.as_str());
            by_rate.entry(key).or_insert_with(|| (rate, Vec::new())).1.push(amounts.len());
            amounts.push(amount);
        }
        let Self { settings: TaxSettings { level, rounding }, prices, currency } = self;
        let mut assessment = Assessment { currency, rounding, taxes: vec![0; amounts.len()], amounts };
        let mut sums = Vec::with_capacity(by_rate.len());
        for (rate, places) in by_rate.into_values() {
            let tax = match prices {
                PriceMode::TaxAdded => Ratio::percent(rate.percent),
                PriceMode::TaxIncluded => Ratio::contained_percent(rate.percent),
            };
            let sum = match level {
                TaxLevel::Line => assessment.tax_each(tax, &places)?,
                TaxLevel::Total => assessment.tax_together(tax, &places)?,
            };
            sums.push((rate, sum));
        }
        Ok(Assessed { taxes: assessment.taxes, sums })
    }
}

/// The taxes as far as they are known.
struct Assessment {
    currency: Currency,
    rounding: Rounding,
    amounts: Vec<i64>,
    taxes: Vec<i64>,
}

impl Assessment {
    /// Taxes each amount by itself; answers the sum.
    fn tax_each(&mut self, tax: Ratio, places: &[usize]) -> Result<Money, MoneyError> {
        let mut sum = 0_i64;
        for &place in places {
            let amount = tax.of(self.amounts[place], self.rounding)?;
            self.taxes[place] = amount;
            sum = sum.checked_add(amount).ok_or(MoneyError::Overflow)?;
        }
        Ok(Money::from_minor(sum, self.currency))
    }

    /// Taxes the sum of the amounts, gives each its share, and answers the sum.
    fn tax_together(&mut self, tax: Ratio, places: &[usize]) -> Result<Money, MoneyError> {
        let add = |sum: i64, &place: &usize| sum.checked_add(self.amounts[place]);
        let amount = places.iter().try_fold(0, add).ok_or(MoneyError::Overflow)?;
        let whole = Money::from_minor(tax.of(amount, self.rounding)?, self.currency);
        let weights: Vec<u64> = places.iter().map(|&place| self.amounts[place].unsigned_abs()).collect();
        for (&place, share) in places.iter().zip(whole.split(&weights)) {
            self.taxes[place] = share.minor();
        }
        Ok(whole)
    }
}
