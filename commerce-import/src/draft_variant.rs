use commerce_core::domain::{
    catalog::{Attribute, Price, StockTracking, Variant},
    ids::Sku,
    inventory::Backorder,
    money::Money,
};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::{
    draft::{Drafting, Sold, Stock, with},
    refused::Why,
    row::{BARCODE, COMPARE_AT, GRAMS, OPTIONS, POLICY, PRICE, QUANTITY, Row, SKU, TRACKER, VARIANT_IMAGE},
    stable::derived_sku,
};

/// The name of the attribute that has the barcode.
pub(crate) const BARCODE_ATTRIBUTE: &str = "barcode";

impl Drafting<'_> {
    /// The row as a variant, over what the shop has of it already.
    pub(crate) fn variant(&self, row: &Row, options: &[&str]) -> Result<Sold, Why> {
        let amount = self.amount(row, PRICE)?.ok_or(Why::NoPrice)?;
        let compare_at = self.amount(row, COMPARE_AT)?.filter(|more| more.minor() > amount.minor());
        let mut option_values = Vec::with_capacity(options.len());
        for (option, (_, column)) in options.iter().zip(OPTIONS) {
            match row.get(column) {
                "" => return Err(Why::NoOption { option: (*option).into() }),
                value => option_values.push(value.to_owned()),
            }
        }
        let sku = self.sku(row, &option_values)?;
        let units = units(row)?;
        let known = self.old.and_then(|old| old.variant(&sku)).cloned();
        let mut variant = known.unwrap_or_else(|| Variant::new(sku.clone()));
        variant.option_values = option_values;
        variant.weight_grams = grams(row)?;
        // Of a kit the parts are counted, and no column speaks of them.
        let units = units.filter(|_| variant.kit.is_empty());
        if variant.kit.is_empty() {
            variant.stock = units.map_or(StockTracking::Untracked, |_| StockTracking::Tracked);
        }
        let barcode = Some(row.get(BARCODE)).filter(|barcode| !barcode.is_empty());
        let barcode = barcode.map(|barcode| Attribute::Text(barcode.into()));
        variant.attributes = with(&variant.attributes, BARCODE_ATTRIBUTE, barcode)
            .map_err(|problem| Why::Text { column: BARCODE, problem })?;
        self.price(&mut variant, amount, compare_at);
        let backorder = if row.says(POLICY, "continue") { Backorder::Allowed } else { Backorder::Denied };
        let image = Some(row.get(VARIANT_IMAGE)).filter(|url| !url.is_empty()).map(str::to_owned);
        let stock = units.map(|units| Stock { sku, units, backorder });
        Ok(Sold { variant, stock, row: row.number, image })
    }

    /// Sets the price for everybody from the first piece on; other prices stay, and so does a floor below it.
    fn price(&self, variant: &mut Variant, amount: Money, compare_at: Option<Money>) {
        let ours = |price: &&mut Price| {
            price.market == self.prices.market && price.list.is_none() && price.from_quantity.get() == 1
        };
        match variant.prices.iter_mut().find(ours) {
            Some(price) => {
                let floor = price.floor.filter(|floor| floor.minor() <= amount.minor());
                *price = Price { compare_at, floor, ..Price::new(price.market.clone(), amount) };
            }
            None => {
                let price = Price::new(self.prices.market.clone(), amount);
                variant.prices.insert(0, Price { compare_at, ..price });
            }
        }
    }

    fn amount(&self, row: &Row, column: &str) -> Result<Option<Money>, Why> {
        let text = row.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        let amount = text.parse::<Decimal>().ok().map(|decimal| decimal.normalize());
        let money = amount.and_then(|amount| Money::new(amount, self.prices.currency).ok());
        let money = money.filter(|money| !money.is_negative());
        money.map(Some).ok_or_else(|| Why::Price { text: text.into() })
    }

    fn sku(&self, row: &Row, values: &[String]) -> Result<Sku, Why> {
        let text = |problem: String| Why::Text { column: SKU, problem };
        match row.get(SKU) {
            "" => derived_sku(&self.group.handle, values).ok_or_else(|| text("none can be derived".into())),
            sku => Sku::new(sku).map_err(|problem| text(problem.to_string())),
        }
    }
}

/// The units there are; none where they are not counted: without a quantity and without a tracker.
fn units(row: &Row) -> Result<Option<i64>, Why> {
    match row.get(QUANTITY) {
        "" if row.get(TRACKER).is_empty() => Ok(None),
        "" => Ok(Some(0)),
        // What was oversold elsewhere is not there here.
        text => match text.parse::<i64>() {
            Ok(units) => Ok(Some(units.max(0))),
            Err(_) => Err(Why::Quantity { text: text.into() }),
        },
    }
}

fn grams(row: &Row) -> Result<u32, Why> {
    let text = row.get(GRAMS);
    if text.is_empty() {
        return Ok(0);
    }
    let exact = text.parse::<Decimal>().ok();
    let whole = exact.map(|grams| grams.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero));
    whole.and_then(|grams| grams.to_u32()).ok_or_else(|| Why::Weight { text: text.into() })
}
