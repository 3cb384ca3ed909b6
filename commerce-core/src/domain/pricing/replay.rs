use std::collections::BTreeSet;

use super::{
    Outcome, Quote, QuoteLine, Rule, Working,
    shelf::{Shelf, ShelfLine},
    tax::Taxation,
};
use crate::domain::{
    catalog::PriceMode,
    ids::{LineId, PromotionId},
    money::{Money, MoneyError},
};

/// Why a quote cannot be computed once more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayProblem {
    /// The quote is of a version that did not note how tax was counted.
    #[error("the quote does not say how tax was counted: it is too old")]
    NoTaxSettings,
    /// The quote is of a version that did not note how discounts were computed.
    #[error("the quote does not say how promotion {promotion} was computed: it is too old")]
    NoWorking {
        /// The promotion.
        promotion: PromotionId,
    },
    /// The amounts do not fit: the quote was tampered with.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Quote {
    /// What is to be paid, computed once more from what stands in the quote: unit prices, quantities, the working of
    /// each promotion that counts, the price of shipping, tax rates and how tax was counted. No amount that was
    /// computed from these is read, and nothing is looked up.
    ///
    /// # Errors
    /// The quote is of a version before workings were noted.
    pub fn replay(&self) -> Result<Money, ReplayProblem> {
        let settings = self.tax_settings.ok_or(ReplayProblem::NoTaxSettings)?;
        let workings = self.workings()?;
        let lines = self.bought(&workings);
        let on_shelf = lines.iter().map(|line| ShelfLine::full(&line.unit_price, line.quantity));
        let mut shelf = Shelf::new(self.currency, on_shelf.collect::<Result<_, _>>()?)?;
        let mut shipping =
            self.shipping.as_ref().map(|shipping| (&shipping.tax_rate, shipping.price.minor()));
        for working in workings {
            if let (Working::Shipping { most }, Some((_, left))) = (working, &mut shipping) {
                *left -= most.map_or(*left, |most| most.minor().min(*left));
            }
            shelf.take(working)?;
        }
        let goods = lines.iter().map(|line| &line.tax_rate).zip(shelf.lines.iter().map(|line| line.left));
        let parts: Vec<_> = goods.chain(shipping).collect();
        let paid = self.sum(parts.iter().map(|(_, left)| *left))?;
        match self.mode {
            PriceMode::TaxIncluded => Ok(paid),
            PriceMode::TaxAdded => {
                let taxation = Taxation { settings, prices: self.mode, currency: self.currency };
                let taxes = taxation.assess(parts.into_iter())?.taxes;
                Ok(paid.plus(self.sum(taxes.into_iter())?)?)
            }
        }
    }

    /// How each promotion that counts was computed, in their order.
    fn workings(&self) -> Result<Vec<&Working>, ReplayProblem> {
        let mut workings = Vec::new();
        for entry in &self.explanation {
            if let (Rule::Promotion { promotion, .. }, Outcome::Applied { .. }) =
                (&entry.rule, &entry.outcome)
            {
                let promotion = *promotion;
                workings.push(entry.working.as_ref().ok_or(ReplayProblem::NoWorking { promotion })?);
            }
        }
        Ok(workings)
    }

    /// The lines that were not given, in the order of their ids.
    fn bought(&self, workings: &[&Working]) -> Vec<&QuoteLine> {
        let given = |working: &&Working| match working {
            Working::Gift { line } => Some(*line),
            _ => None,
        };
        let given: BTreeSet<LineId> = workings.iter().filter_map(given).collect();
        let mut lines: Vec<_> = self.lines.iter().filter(|line| !given.contains(&line.line)).collect();
        lines.sort_unstable_by_key(|line| line.line);
        lines
    }

    fn sum(&self, amounts: impl Iterator<Item = i64>) -> Result<Money, MoneyError> {
        Money::sum(self.currency, amounts.map(|minor| Money::from_minor(minor, self.currency)))
    }
}
