//! What tests of single files need: a folder that is gone with its test, and the fields of an empty index.

use std::path::{Path, PathBuf};

use commerce_core::domain::{
    catalog::{Market, PriceMode},
    ids::MarketId,
    money::Currency,
};
use uuid::Uuid;

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

pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("commerce-search-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
