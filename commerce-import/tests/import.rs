//! What a merchant's file becomes, row by row, and that a second time changes nothing.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod file;

use commerce_core::domain::{
    catalog::{Attribute, Language, MediaKind, ProductStatus, StockTracking, Translation},
    ids::{LocationId, MarketId},
    inventory::{Backorder, StockKey, StockPolicy},
    money::{Currency, Money},
};
use commerce_import::{Import, ImportError, Tally};
use commerce_testkit::shop::{TestShop, sku};
use file::{File, imported, product, refusals};

const HEADER: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,\
    Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,\
    Variant Price,Variant Compare At Price,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,\
    Gift Card,Variant Image,Status\n";

fn euro(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

#[tokio::test]
async fn a_product_of_several_rows_has_its_options_variants_and_images() {
    let shop = TestShop::new();
    let file = File::with(HEADER)
        .row("shirt,Shirt,<p>Soft</p>,Acme,Clothes/Shirts,\"new, soft\",true,Size,S,Colour,Dark Blue,,120,,3,deny,19.90,25,true,4006381333931,https://x.example/a.jpg,2,Front,false,,")
        .row("shirt,,,,,,,,M,,Dark Blue,SHIRT-M,121.5,shopify,4,continue,21,,true,,https://x.example/b.jpg,1,Back,,https://x.example/b.jpg,")
        .row("shirt,,,,,,,,,,,,,,,,,,,,https://x.example/c.jpg,3,,,,");
    let (tally, refused) = imported(&shop, file.bytes()).await;
    assert_eq!((tally, refused), (Tally { rows: 3, added: 1, ..Tally::default() }, vec![]));

    let shirt = product(&shop, "shirt/S/Dark-Blue").await;
    assert_eq!(
        (&*shirt.title, &*shirt.description, shirt.status),
        ("Shirt", "<p>Soft</p>", ProductStatus::Active)
    );
    assert_eq!(shirt.brand.as_ref().unwrap().as_str(), "Acme");
    assert_eq!(shirt.categories[0].as_str(), "Clothes/Shirts");
    let tags = shirt.attributes.get(&"tags".parse().unwrap()).unwrap();
    assert_eq!(*tags, Attribute::Words(["new".into(), "soft".into()].into()));
    let options: Vec<_> = shirt.options.iter().map(|option| (&*option.name, &option.values[..])).collect();
    assert_eq!(options, [("Size", &["S".into(), "M".into()][..]), ("Colour", &["Dark Blue".into()])]);
    let urls: Vec<_> = shirt.media.iter().map(|media| (media.url.as_str(), &*media.alt)).collect();
    assert_eq!(
        urls,
        [
            ("https://x.example/b.jpg", "Back"),
            ("https://x.example/a.jpg", "Front"),
            ("https://x.example/c.jpg", "")
        ]
    );
    assert_eq!(shirt.media[0].skus, [sku("SHIRT-M")].into());

    let [small, medium] = &shirt.variants[..] else { panic!("{shirt:?}") };
    assert_eq!((small.prices[0].amount, small.prices[0].compare_at), (euro(1_990), Some(euro(2_500))));
    assert_eq!((small.weight_grams, medium.weight_grams), (120, 122));
    assert!(small.attributes.get(&"barcode".parse().unwrap()).is_some());
    let level = shop.commerce.inventory().levels(&sku("SHIRT-M")).await.unwrap().remove(0);
    assert_eq!((level.on_hand, level.policy.backorder), (4, Backorder::Allowed));
    assert_eq!(shop.available("shirt/S/Dark-Blue").await, 3);
}

#[tokio::test]
async fn units_are_counted_unless_neither_a_quantity_nor_a_tracker_says_so() {
    let shop = TestShop::new();
    let file =
        File::new().row("a,A,,,1.00").row("b,B,shopify,,1.00").row("c,C,,2,1.00").row("d,D,shopify,-3,1.00");
    assert_eq!(imported(&shop, file.bytes()).await.1, [""; 0]);
    let tracked = async |code: &str| product(&shop, code).await.variants[0].stock;
    assert_eq!(tracked("a").await, StockTracking::Untracked);
    for (code, units) in [("b", 0), ("c", 2), ("d", 0)] {
        assert_eq!(
            (tracked(code).await, shop.available(code).await),
            (StockTracking::Tracked, units),
            "{code}"
        );
    }
}

#[tokio::test]
async fn every_row_that_is_not_taken_over_is_told_by_its_number_and_why() {
    let shop = TestShop::new();
    let file = File::with("Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Gift Card\n")
        .row("mug,Mug,Size,S,MUG-S,,,9.00,,")
        .row("mug,,,S,MUG-S2,,,9.00,,")
        .row("mug,,,M,MUG-S,,,9.00,,")
        .row("mug,,,,MUG-L,,,9.00,,")
        .row("mug,,,XL,,,,,,")
        .row("mug,,,XXL,,,many,9.00,,")
        .row("mug,,,3XL,,light,,9.00,,")
        .row("mug,,,4XL,,,,\"9,00\",,")
        .row("mug,,,5XL,,,,9.001,,")
        .row("mug,,,6XL,,,,-9,,")
        .row("mug,,,7XL,,,,9,javascript:alert(1),")
        .row("card,Card,,,,,,10,,true")
        .row("pot,,,,,,,10,,")
        .row(",Nobody,,,,,,10,,")
        .row("mug,,,8XL,,,,9,,")
        .row("thief,Thief,,,MUG-S,,,1,,");
    let (tally, refused) = imported(&shop, file.bytes()).await;
    assert_eq!(
        refused,
        [
            "row 3, mug: an earlier row has the same options",
            "row 4, mug: an earlier row has the SKU \"MUG-S\" too",
            "row 5, mug: the variant has no value for \"Size\"",
            "row 6, mug: the row has neither a price nor an image",
            "row 7, mug: \"many\" is no quantity",
            "row 8, mug: \"light\" is no weight in grams",
            "row 9, mug: \"9,00\" is no price",
            "row 10, mug: \"9.001\" is no price",
            "row 11, mug: \"-9\" is no price",
            "row 12, mug: Image Src: media are at an https or http address or at a path that begins with a slash, without spaces, at most 2048 characters",
            "row 13, card: a gift card is a means of payment: the shop cannot sell it as goods",
            "row 14, pot: the product has no title in its first row",
            "row 15, : the row has no handle",
            "row 16, mug: the rows of a product stand together, and there are not more than 2298 of them",
            "row 17, thief: SKU MUG-S is taken",
        ]
    );
    assert_eq!(tally, Tally { rows: 16, refused: 15, added: 1, ..Tally::default() });
    let sizes = product(&shop, "MUG-S").await.options[0].values.clone();
    assert_eq!(
        sizes,
        ["S", "7XL"],
        "what was refused leaves no trace; a variant whose image is refused is sold"
    );
}

#[tokio::test]
async fn a_product_of_which_nothing_can_be_sold_is_refused_row_by_row() {
    let shop = TestShop::new();
    let file = File::with("Handle,Title,Variant Price,Variant Grams,Image Src\n")
        .row("mug,Mug,oops,,")
        .row("mug,,9,light,")
        .row("mug,,,,/a.jpg");
    let (tally, refused) = imported(&shop, file.bytes()).await;
    let expected = [
        "row 2, mug: \"oops\" is no price",
        "row 3, mug: \"light\" is no weight in grams",
        "row 4, mug: no variant of the product can be sold",
    ];
    assert_eq!((tally.added, refused), (0, expected.map(String::from).to_vec()));
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_never_the_stock() {
    let shop = TestShop::new();
    let file = File::new().row("a,A,shopify,5,1.00").row("b,B,shopify,5,2.00");
    imported(&shop, file.bytes()).await;
    let cart = shop.cart_with(&[("a", 2)]).await;
    shop.buy(cart, "ok").await;
    let before = product(&shop, "a").await;
    let (again, _) = imported(&shop, file.bytes()).await;
    assert_eq!(again, Tally { rows: 2, unchanged: 2, ..Tally::default() });
    assert_eq!((product(&shop, "a").await, shop.available("a").await), (before, 3));

    let dearer = File::new().row("a,A,shopify,9,1.50").row("b,B,shopify,9,2.00");
    let (tally, _) = imported(&shop, dearer.bytes()).await;
    assert_eq!((tally.changed, tally.unchanged, shop.available("a").await), (1, 1, 3));
    assert_eq!(product(&shop, "a").await.variants[0].prices[0].amount, euro(150));
}

#[tokio::test]
async fn an_import_that_was_cut_short_is_completed_by_the_next_one() {
    let shop = TestShop::new();
    let file = File::new().row("a,A,shopify,5,1.00");
    imported(&shop, file.bytes()).await;
    let other = TestShop::new();
    other.commerce.catalog().add_product(product(&shop, "a").await).await.unwrap();
    assert_eq!(other.available("a").await, 0, "the process died before it counted");
    let policy = StockPolicy { low_stock_at: 2, ..StockPolicy::default() };
    let key = StockKey { sku: sku("a"), location: LocationId::main() };
    other.commerce.inventory().set_policy(key, policy).await.unwrap();
    imported(&other, file.bytes()).await;
    assert_eq!(other.available("a").await, 5, "a level without a line in its ledger was never counted");
}

#[tokio::test]
async fn what_the_file_does_not_speak_of_stays() {
    let shop = TestShop::new();
    let file = File::new().row("a,A,shopify,5,1.00");
    imported(&shop, file.bytes()).await;
    let listing = shop.commerce.catalog().listing(&sku("a")).await.unwrap();
    let read = shop.commerce.catalog().product(listing.product().id).await.unwrap();
    let mut edited = (*read).clone();
    let german = Translation { title: Some("Ah".into()), ..Translation::default() };
    edited.translations.insert(Language::new("de").unwrap(), german);
    let price = edited.variants[0].prices[0].clone();
    edited.variants[0].prices.push(price.from_pieces(10.try_into().unwrap()));
    shop.commerce.catalog().replace_product(&read, edited.clone()).await.unwrap();
    imported(&shop, file.bytes()).await;
    let now = product(&shop, "a").await;
    assert_eq!(
        (now.translations, &now.variants[0].prices),
        (edited.translations, &edited.variants[0].prices)
    );
}

#[tokio::test]
async fn html_is_taken_over_without_what_could_run() {
    let shop = TestShop::new();
    let file = File::with("Handle,Title,Body (HTML),Variant Price\n")
        .row("a,A,\"<p onclick=\"\"x()\"\">Hi <b>you</b><script>steal()</script><a href=\"\"javascript:x()\"\">go</a></p>\",1");
    imported(&shop, file.bytes()).await;
    let description = product(&shop, "a").await.description;
    assert!(description.contains("Hi <b>you</b>"), "{description}");
    for evil in ["script", "onclick", "javascript", "steal"] {
        assert!(!description.contains(evil), "{description}");
    }
}

#[tokio::test]
async fn a_file_may_have_a_mark_old_letters_quotes_and_line_breaks() {
    let shop = TestShop::new();
    let mut bytes = b"\xef\xbb\xbf\"handle\",TITLE,\"Body (HTML)\",Variant Price,Unknown\r\n".to_vec();
    bytes.extend(b"a,\"A \"\"big\"\" mug\",\"two\r\nlines, one comma\",1.00,x\r\n");
    bytes.extend(b"b,Caf\xe9 \x80 \x93quoted\x94,,2.00\r\n");
    bytes.extend("c,Café €,,3.00,,,,\r\nd,D\r\n".as_bytes());
    let (tally, refused) = imported(&shop, &bytes).await;
    assert_eq!(
        (tally.added, refused),
        (3, vec!["row 5, d: the row has neither a price nor an image".to_owned()])
    );
    let a = product(&shop, "a").await;
    assert_eq!((&*a.title, &*a.description), ("A \"big\" mug", "two\nlines, one comma"));
    assert_eq!(product(&shop, "b").await.title, "Café € “quoted”");
    assert_eq!(product(&shop, "c").await.title, "Café €");
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_before_anything_is_written() {
    let shop = TestShop::new();
    for wrong in ["", "Name;Price\na;1\n", "Handle,Title\na,A\n"] {
        let problem = file::import(&shop, wrong.as_bytes(), |_| ()).await.unwrap_err();
        assert!(matches!(problem, ImportError::NoColumn { .. }), "{wrong:?}: {problem}");
    }
}

#[tokio::test]
async fn a_quote_that_is_never_closed_does_not_fill_the_memory() {
    let shop = TestShop::new();
    let endless =
        std::io::Read::chain(&b"Handle,Title,Variant Price\na,A,1\nb,\"B,2\n"[..], std::io::repeat(b'x'));
    let problem = file::import(&shop, endless, |_| ()).await.unwrap_err();
    assert!(matches!(problem, ImportError::File(_)), "{problem}");
}

#[tokio::test]
async fn a_status_column_and_the_old_ones_say_whether_it_is_on_sale() {
    let shop = TestShop::new();
    let file = File::with("Handle,Title,Published,Variant Price,Variant Taxable,Status\n")
        .row("a,A,true,1,true,")
        .row("b,B,false,1,false,")
        .row("c,C,true,1,true,archived")
        .row("d,D,true,1,true,draft");
    imported(&shop, file.bytes()).await;
    let status = async |code: &str| product(&shop, code).await.status;
    assert_eq!(status("a").await, ProductStatus::Active);
    assert_eq!([status("b").await, status("d").await], [ProductStatus::Draft; 2]);
    assert_eq!(status("c").await, ProductStatus::Archived);
    assert_eq!(product(&shop, "b").await.tax_category.as_str(), "exempt");
}

#[tokio::test]
async fn a_tax_code_is_the_tax_category_of_what_is_taxed_and_without_one_it_stays() {
    let shop = TestShop::new();
    let header = "Handle,Title,Variant Price,Variant Taxable,Variant Tax Code\n";
    let file = File::with(header).row("a,A,1,true,books").row("b,B,1,false,books").row("c,C,1,true,");
    assert_eq!(imported(&shop, file.bytes()).await.1, [""; 0]);
    let category = async |code: &str| product(&shop, code).await.tax_category.to_string();
    assert_eq!(
        [category("a").await, category("b").await, category("c").await],
        ["books", "exempt", "standard"]
    );

    let silent = File::with("Handle,Title,Variant Price\n").row("a,A,2").row("b,B,2").row("c,C,2");
    imported(&shop, silent.bytes()).await;
    assert_eq!([category("a").await, category("b").await], ["books", "exempt"], "no column says otherwise");

    let later = File::with(header).row("a,A,1,true,").row("b,B,1,true,").row("c,C,1,true,\"a, b\"");
    imported(&shop, later.bytes()).await;
    assert_eq!([category("a").await, category("b").await], ["books", "standard"]);
}

#[tokio::test]
async fn an_import_that_keeps_what_is_known_adds_the_rest_and_takes_nothing_back() {
    let shop = TestShop::new();
    let header = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Inventory Policy,Variant Price\n";
    let file = File::with(header).row("a,A,A,5,continue,1.00").row("b,B,B,,deny,1.00");
    imported(&shop, file.bytes()).await;
    let read = shop.commerce.catalog().product(product(&shop, "A").await.id).await.unwrap();
    let mut edited = (*read).clone();
    edited.title = "Our own".into();
    shop.commerce.catalog().replace_product(&read, edited.clone()).await.unwrap();
    let policy = StockPolicy { low_stock_at: 2, ..StockPolicy::default() };
    let a = StockKey { sku: sku("A"), location: LocationId::main() };
    shop.commerce.inventory().set_policy(a.clone(), policy).await.unwrap();
    shop.commerce.inventory().count(a, 0, "all gone").await.unwrap();

    let dearer = File::with(header).row("a,A,A,9,continue,2.00").row("c,C,C,3,deny,2.00");
    let import = Import::new(MarketId::main(), Currency::EUR, LocationId::main()).keeping_known();
    let tally = import.run(&shop.commerce, dearer.bytes(), |_| ()).await.unwrap();
    assert_eq!(tally, Tally { rows: 2, added: 1, unchanged: 1, ..Tally::default() });
    let now = product(&shop, "A").await;
    assert_eq!((now.title, now.variants[0].prices[0].amount), (edited.title, euro(100)));
    let level = shop.commerce.inventory().levels(&sku("A")).await.unwrap().remove(0);
    assert_eq!((level.on_hand, level.policy), (0, policy));
    assert_eq!(shop.available("C").await, 3);
}

#[tokio::test]
async fn progress_is_told_product_by_product() {
    let shop = TestShop::new();
    let file = File::new().row("a,A,,,1").row("b,B,,,oops").row("c,C,,,1");
    let mut told = Vec::new();
    file::import(&shop, file.bytes(), |news| told.push(format!("{news:?}"))).await.unwrap();
    let kinds: Vec<bool> = told.iter().map(|news| news.starts_with("Progress")).collect();
    assert_eq!(kinds, [true, false, true, true]);
    assert_eq!(refusals(&told).count(), 1);
}

#[tokio::test]
async fn stock_lies_where_the_import_says() {
    let shop = TestShop::new();
    imported(&shop, File::new().row("a,A,,4,1").bytes()).await;
    let levels = shop.commerce.inventory().levels(&sku("a")).await.unwrap();
    assert_eq!(levels[0].key, StockKey { sku: sku("a"), location: LocationId::main() });
    assert!(product(&shop, "a").await.media.iter().all(|media| media.kind == MediaKind::Image));
}
