use std::{fs, path::PathBuf, process::Output};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    house::House,
    kept::{Kept, Kind},
    picking::Picked,
};

/// Quotes and line breaks within fields, and a row whose price cannot be read: the fifth, because a row may have many lines.
const FILE: &str = "\
Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price
oar,\"Oar, \"\"spruce\"\"\",\"<p>Two metres.</p>
<p>Blade \"\"spooned\"\", tip
bound in copper.</p>\",,,OAR-200,1900,6,74.00
rope,\"Rope
by the metre\",,Width,8 mm,ROPE-8,60,200,1.20
rope,,,,12 mm,ROPE-12,110,150,2.10
anchor,Anchor,,,,ANCHOR-5,5000,4,\"59,00\"
bell,Ship's bell,<p>Rings.</p>,,,BELL-1,900,2,88.00
";

fn written(house: &House, file: &str) -> PathBuf {
    let path = house.folder.join("products.csv");
    fs::write(&path, file).unwrap();
    path
}

fn import(house: &House, file: &str, options: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = house.run(&[&["import", file], options].concat(), &house.kept);
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

async fn available(house: &House, sku: &str) -> Value {
    house.look(&format!("/stock/{sku}")).await.body["available"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_taken_over_but_for_the_row_that_is_broken_and_sold_from() {
    let house = House::build(Kind::File).await;
    let file = written(&house, FILE);
    let file = file.to_str().unwrap();
    let (code, said, complained) = import(&house, file, &["--currency", "EUR"]);
    assert_eq!(code, Some(1), "{complained}");
    assert_eq!(
        said,
        "row 5, anchor: \"59,00\" is no price\n\
         5 rows: 3 products new, 0 changed, 0 as before; 1 rows refused\n"
    );

    house.open().await;
    let found = house.look("/search?q=OAR-200").await.body;
    let oar = &found["hits"][0]["product"];
    assert_eq!(oar["title"], "Oar, \"spruce\"");
    assert_eq!(oar["description"], "<p>Two metres.</p>\n<p>Blade \"spooned\", tip\nbound in copper.</p>");
    assert_eq!(house.look("/stock/ANCHOR-5").await.status, 404);
    let wanted = [("OAR-200", 2), ("ROPE-12", 30), ("BELL-1", 1)];
    let wish = Picked::pick(&house, &wanted, None).await.unwrap().wish(Uuid::now_v7(), "ok");
    let sold = house.ask(hyper::Method::POST, "/checkouts", Some(wish)).await.unwrap();
    assert_eq!((sold.status, &sold.body["status"]["kind"]), (201, &json!("placed")), "{:#}", sold.body);

    let before = house.kept.products().await;
    let (code, said, _) = import(&house, file, &[]);
    assert_eq!(code, Some(1));
    assert!(said.ends_with("5 rows: 0 products new, 0 changed, 3 as before; 1 rows refused\n"), "{said}");
    assert_eq!(house.kept.products().await, before);
    for (sku, left) in [("OAR-200", 4), ("ROPE-8", 200), ("ROPE-12", 120), ("BELL-1", 1)] {
        assert_eq!(available(&house, sku).await, left, "{sku}");
    }

    let mended = written(&house, &FILE.replace("\"59,00\"", "59.00"));
    let (code, said, complained) = import(&house, mended.to_str().unwrap(), &[]);
    assert_eq!(code, Some(0), "{complained}");
    assert_eq!(said, "5 rows: 1 products new, 0 changed, 3 as before; 0 rows refused\n");
    assert_eq!(available(&house, "ANCHOR-5").await, 4);
    assert_eq!(house.run(&["audit"], &house.kept).status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_product_file_or_in_another_currency_is_refused_and_nothing_is_written() {
    let house = House::build(Kind::File).await;
    let Kept::File(database) = &house.kept else { panic!("it is kept in a file") };
    let missing = house.folder.join("missing.csv");
    let missing = missing.to_str().unwrap();
    let file = written(&house, FILE);
    let file = file.to_str().unwrap();

    let (code, said, complained) = import(&house, missing, &[]);
    assert_eq!((code, &*said), (Some(2), ""));
    assert!(complained.contains("error: ") && complained.contains(missing), "{complained}");
    let (code, said, complained) = import(&house, file, &["--currency", "USD"]);
    assert_eq!((code, &*said), (Some(2), ""));
    assert!(complained.contains("the shop sells in EUR"), "{complained}");
    assert_eq!(import(&house, file, &["--currency", "euro"]).0, Some(2));
    assert!(!database.exists(), "the shop was not even opened");

    house.open().await;
    let before = (house.kept.products().await, house.kept.levels().await);
    let semicolons = FILE.replace(',', ";");
    let endless = FILE.replace("4,\"59,00\"", &format!("4,\"{}", "9".repeat(5 << 20)));
    let wrong = [("", "no column"), ("PK\u{3}\u{4}\u{14}", "no column"), (&semicolons, "no column")];
    for (wrong, why) in wrong {
        let (code, said, complained) = import(&house, written(&house, wrong).to_str().unwrap(), &[]);
        assert_eq!((code, &*said), (Some(2), ""), "{wrong:?}");
        assert!(complained.contains(why), "{complained}");
    }
    let (code, _, complained) = import(&house, house.folder.to_str().unwrap(), &[]);
    assert_eq!(code, Some(2), "a folder is no file");
    assert!(complained.contains("cannot be read on: "), "{complained}");
    assert_eq!((house.kept.products().await, house.kept.levels().await), before);

    let (code, _, complained) = import(&house, written(&house, &endless).to_str().unwrap(), &[]);
    assert_eq!(code, Some(2));
    assert!(complained.contains("a quote in it is not closed"), "{complained}");
    assert_eq!(house.kept.products().await.len(), 61, "the rope may go on in the row with the quote");
}
