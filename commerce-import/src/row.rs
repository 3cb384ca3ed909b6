use std::{collections::BTreeMap, sync::Arc};

use csv::ByteRecord;

pub(crate) const HANDLE: &str = "Handle";
pub(crate) const TITLE: &str = "Title";
pub(crate) const BODY: &str = "Body (HTML)";
pub(crate) const VENDOR: &str = "Vendor";
pub(crate) const TYPE: &str = "Type";
pub(crate) const TAGS: &str = "Tags";
pub(crate) const PUBLISHED: &str = "Published";
pub(crate) const OPTIONS: [(&str, &str); 3] =
    [("Option1 Name", "Option1 Value"), ("Option2 Name", "Option2 Value"), ("Option3 Name", "Option3 Value")];
pub(crate) const SKU: &str = "Variant SKU";
pub(crate) const GRAMS: &str = "Variant Grams";
pub(crate) const TRACKER: &str = "Variant Inventory Tracker";
pub(crate) const QUANTITY: &str = "Variant Inventory Qty";
pub(crate) const POLICY: &str = "Variant Inventory Policy";
pub(crate) const PRICE: &str = "Variant Price";
pub(crate) const COMPARE_AT: &str = "Variant Compare At Price";
pub(crate) const TAXABLE: &str = "Variant Taxable";
pub(crate) const TAX_CODE: &str = "Variant Tax Code";
pub(crate) const BARCODE: &str = "Variant Barcode";
pub(crate) const IMAGE: &str = "Image Src";
pub(crate) const POSITION: &str = "Image Position";
pub(crate) const ALT: &str = "Image Alt Text";
pub(crate) const GIFT_CARD: &str = "Gift Card";
pub(crate) const VARIANT_IMAGE: &str = "Variant Image";
pub(crate) const STATUS: &str = "Status";

/// Where the columns stand, in any order and in any case; columns that nobody knows are left aside.
#[derive(Debug)]
pub(crate) struct Header(BTreeMap<String, usize>);

/// One row of the file.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) number: u64,
    header: Arc<Header>,
    cells: Vec<String>,
}

impl Header {
    pub(crate) fn of(record: &ByteRecord) -> Self {
        let names = decoded(record).into_iter().map(|name| name.trim().to_lowercase());
        Self(names.zip(0..).collect())
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.0.contains_key(&column.to_lowercase())
    }
}

impl Row {
    pub(crate) fn new(number: u64, header: &Arc<Header>, record: &ByteRecord) -> Self {
        Self { number, header: Arc::clone(header), cells: decoded(record) }
    }

    /// What stands in this column, without spaces at its ends; empty where the row is too short or the file has no such
    /// column.
    pub(crate) fn get(&self, column: &str) -> &str {
        let place = self.header.0.get(&column.to_lowercase());
        place.and_then(|place| self.cells.get(*place)).map_or("", |cell| cell.trim())
    }

    pub(crate) fn says(&self, column: &str, word: &str) -> bool {
        self.get(column).eq_ignore_ascii_case(word)
    }
}

/// A record is UTF-8, or else Windows-1252, which is Latin-1 with letters in the place of its control characters.
fn decoded(record: &ByteRecord) -> Vec<String> {
    if std::str::from_utf8(record.as_slice()).is_ok() {
        return record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    }
    record.iter().map(|cell| cell.iter().copied().map(western).collect()).collect()
}

fn western(byte: u8) -> char {
    const FROM_0X80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let place = usize::from(byte).checked_sub(0x80);
    place.and_then(|place| FROM_0X80.get(place)).copied().unwrap_or(char::from(byte))
}
