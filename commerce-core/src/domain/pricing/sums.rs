use super::{Quote, QuoteLine, QuoteShipping};
use crate::domain::{catalog::PriceMode, money::Money};

impl Quote {
    /// Whether every sum is that of its parts, to the minor unit, in one currency and never below zero.
    ///
    /// - net and tax of all lines and of shipping sum to the total, and on each of them to its own;
    /// - prices without tax: goods and shipping, less discounts, with tax are the total;
    /// - prices with tax: goods and shipping, less discounts, are the total.
    pub fn adds_up(&self) -> bool {
        let sums = self.lines.iter().fold(Sums::default(), |sums, line| sums.and_line(line));
        let sums = self.shipping.iter().fold(sums, Sums::and_shipping);
        let stated = Sums {
            goods: self.goods.minor().into(),
            discount: self.discount.minor().into(),
            shipping: sums.shipping,
            net: self.net.minor().into(),
            tax: self.tax.minor().into(),
            total: self.total.minor().into(),
        };
        let asked = self.goods_less_discount_with_shipping(&sums);
        sums == stated
            && sums.total == asked
            && self.lines.iter().all(|line| self.line_adds_up(line))
            && self.shipping.as_ref().is_none_or(|shipping| self.shipping_adds_up(shipping))
            && self.sound(&[self.goods, self.discount, self.net, self.tax, self.total])
    }

    fn goods_less_discount_with_shipping(&self, sums: &Sums) -> i128 {
        let paid = sums.goods - sums.discount + sums.shipping;
        match self.mode {
            PriceMode::TaxAdded => paid + sums.tax,
            PriceMode::TaxIncluded => paid,
        }
    }

    fn line_adds_up(&self, line: &QuoteLine) -> bool {
        let left = line.goods.minus(line.discount);
        self.sound(&[line.goods, line.discount, line.net, line.tax, line.total])
            && line.net.plus(line.tax) == Ok(line.total)
            && left == Ok(self.priced(line.net, line.total))
    }

    fn shipping_adds_up(&self, shipping: &QuoteShipping) -> bool {
        let discount = shipping.discount.unwrap_or(Money::zero(self.currency));
        self.sound(&[shipping.price, discount, shipping.net, shipping.tax, shipping.total])
            && shipping.net.plus(shipping.tax) == Ok(shipping.total)
            && shipping.price.minus(discount) == Ok(self.priced(shipping.net, shipping.total))
    }

    /// The one of the two that the price says.
    const fn priced(&self, net: Money, total: Money) -> Money {
        match self.mode {
            PriceMode::TaxAdded => net,
            PriceMode::TaxIncluded => total,
        }
    }

    fn sound(&self, amounts: &[Money]) -> bool {
        amounts.iter().all(|amount| amount.currency() == self.currency && !amount.is_negative())
    }
}

/// Sums too wide to overflow.
#[derive(Default, PartialEq)]
struct Sums {
    goods: i128,
    discount: i128,
    shipping: i128,
    net: i128,
    tax: i128,
    total: i128,
}

impl Sums {
    fn and_line(mut self, line: &QuoteLine) -> Self {
        self.goods += i128::from(line.goods.minor());
        self.discount += i128::from(line.discount.minor());
        self.and(line.net, line.tax, line.total)
    }

    fn and_shipping(mut self, shipping: &QuoteShipping) -> Self {
        let discount = shipping.discount.map_or(0, Money::minor);
        self.shipping += i128::from(shipping.price.minor()) - i128::from(discount);
        self.and(shipping.net, shipping.tax, shipping.total)
    }

    fn and(mut self, net: Money, tax: Money, total: Money) -> Self {
        self.net += i128::from(net.minor());
        self.tax += i128::from(tax.minor());
        self.total += i128::from(total.minor());
        self
    }
}
