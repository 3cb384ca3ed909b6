//! What a shop writes, it reads again.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop")]

mod file;

use std::{
    fs,
    io::{self, Read, Write},
    path::PathBuf,
};

use commerce_core::{
    domain::ids::{LocationId, MarketId},
    storage::Page,
};
use commerce_import::{Export, Tally};
use commerce_testkit::shop::TestShop;
use file::{File, imported};

async fn exported(shop: &TestShop) -> Vec<u8> {
    let mut file = Vec::new();
    let export = Export::new(MarketId::main(), LocationId::main());
    export.run(&shop.commerce, &mut file).await.unwrap();
    file
}

/// The file of a shop changes nothing in that shop, and makes the same shop elsewhere.
async fn comes_back(shop: &TestShop) {
    let file = exported(shop).await;
    let (tally, refused) = imported(shop, &file).await;
    assert_eq!((refused, tally.added, tally.changed), (vec![], 0, 0));
    let other = TestShop::new();
    let (tally, refused) = imported(&other, &file).await;
    assert_eq!((refused, tally.refused), (vec![], 0));
    assert_eq!(String::from_utf8(exported(&other).await).unwrap(), String::from_utf8(file).unwrap());
}

#[tokio::test]
async fn what_a_shop_exports_it_imports_without_a_change() {
    let shop = TestShop::new();
    let file = File::with(
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
         Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,\
         Variant Compare At Price,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Variant Image,\
         Status,Variant Tax Code\n",
    )
    .row("shirt,\"Shirt, \"\"soft\"\"\",<p>Fish & chips <script>x</script></p>,Acme,Clothes,\"b, a\",Size,S,,120,,3,continue,19.90,25,true,123,/b.jpg,2,Back,/a.jpg,")
    .row("shirt,,,,,,,M,,,,,,21,,true,,/a.jpg,1,Front,,")
    .row("mug,Mug,,,,,,,MUG,,shopify,,deny,5,,false,,/m.jpg,,,,archived")
    .row("novel,Novel,,,,,,,NOVEL,,shopify,,deny,12,,true,,,,,,,books");
    assert_eq!(imported(&shop, file.bytes()).await.1, Vec::<String>::new());
    // What never came from a file goes by its id.
    shop.sells("POT", "7.50", 4).await;
    comes_back(&shop).await;
}

#[tokio::test]
async fn files_of_real_merchants_are_taken_over_and_come_back() {
    let Ok(folder) = std::env::var("PRODUCT_FILES") else {
        io::stderr()
            .write_all(b"SKIPPED: PRODUCT_FILES names no folder of exports: nobody took one over\n")
            .unwrap();
        return;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    assert!(!files.is_empty());
    for path in files {
        let shop = TestShop::new();
        let file = fs::read(&path).unwrap();
        let (tally, refused) = imported(&shop, &file).await;
        println!("{}: {tally:?} {refused:#?}", path.display());
        assert!(tally.added > 0 && tally.refused < tally.rows / 10);
        let (again, same) = imported(&shop, &file).await;
        assert_eq!((again.unchanged, again.added, again.changed, same), (tally.added, 0, 0, refused));
        comes_back(&shop).await;
    }
}

/// A file of many products, made as it is read.
struct Many {
    rows: u64,
    written: u64,
    rest: Vec<u8>,
}

impl Read for Many {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && self.written < self.rows {
            let (product, variant) = (self.written / 4, self.written % 4);
            let title = if variant == 0 { "Thing" } else { "" };
            let cents = product % 100;
            writeln!(self.rest, "thing-{product},{title},Size,{variant},5,9.{cents:02}").unwrap();
            self.written += 1;
        }
        let read = self.rest.len().min(to.len());
        to[..read].copy_from_slice(&self.rest[..read]);
        self.rest.drain(..read);
        Ok(read)
    }
}

/// As many rows as `IMPORT_ROWS` says, or a few.
#[tokio::test]
async fn a_long_file_is_read_product_by_product() {
    let rows = std::env::var("IMPORT_ROWS").map_or(2_000, |rows| rows.parse().unwrap());
    let shop = TestShop::new();
    let header = "Handle,Title,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price\n";
    let many = || header.as_bytes().chain(Many { rows, written: 0, rest: Vec::new() });
    let begun = std::time::Instant::now();
    let tally = file::import(&shop, many(), |_| ()).await.unwrap();
    println!("{rows} rows in {:?}", begun.elapsed());
    assert_eq!((tally.rows, tally.added), (rows, rows / 4));
    let again = file::import(&shop, many(), |_| ()).await.unwrap();
    assert_eq!(again, Tally { rows, unchanged: rows / 4, ..Tally::default() });
    assert_eq!(shop.commerce.catalog().products(Page::first(10)).await.unwrap().len(), 10);
}
