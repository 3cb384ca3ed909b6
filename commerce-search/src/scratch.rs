//! What tests of single files need: the fields of an empty index.

use commerce_core::domain::{
    catalog::{Market, PriceMode},
    ids::MarketId,
    money::Currency,
};

use crate::{
    SearchSettings,
    index::{Fields, schema},
};

/// The fields of an index in English.
pub(crate) fn fields() -> Fields {
    let market = Market { id: MarketId::main(), currency: Currency::EUR, prices: PriceMode::TaxIncluded };
    let settings = SearchSettings::new(market);
    Fields::of(&tantivy::Index::create_in_ram(schema(&settings)), &settings).unwrap()
}
