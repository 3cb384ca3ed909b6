//! Stored formats outlive code: what an earlier version wrote still loads, and means the same.
//!
//! Each file under `tests/stored/` was written by the version its folder names. A change of format adds a folder:
//! `STORED=write cargo test --test stored_formats` writes the files of [`NOW`].

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop")]

use std::{fmt::Debug, fs, num::NonZeroU32, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta};
use commerce_kit::{
    checkout::{Buyer, CheckoutFlow, CheckoutRequest},
    domain::{
        cart::{Cart, Quantity},
        catalog::{
            Attribute, Attributes, CategoryPath, KitPart, Language, Listing, Media, MediaUrl, Price,
            PriceList, PriceRequest, Product, Translation, Variant,
        },
        customer::{Address, Email},
        ids::{
            AttributeName, Brand, CartId, CheckoutId, CouponCode, CustomerGroup, LocationId, MarketId,
            PriceListCode, ProductId, PromotionId, Sku,
        },
        inventory::{Reservation, StockKey, StockLevel},
        money::{Currency, Money},
        order::Order,
        payment::{Payment, PaymentMethod},
        pricing::{Benefit, Promotion, ReplayProblem, Target},
    },
    environment::Clock,
    saga::Runner,
    service::NewCart,
    storage::{CartStore, OutboxEvent, Page, SagaRecord},
};
use commerce_testkit::{stage::Process, world::World};
use futures_util::FutureExt;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// The format this code writes.
const NOW: &str = "0.1-catalog";
/// Every format there has been, the first one first.
const EVER: [&str; 3] = ["0.1", "0.1-promotions", NOW];
const SHOP: Process = Process(1);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + n)
}

/// A shop that has seen an order with a coupon, and a checkout that waits for its buyer.
fn shop() -> World {
    let world = World::default();
    let commerce = world.process(SHOP).unwrap();
    let end = world.clock.now() + Duration::from_secs(60);
    let played = world.stage.run(end, async {
        let sku = Sku::new("MUG").unwrap();
        let price = Price::new(MarketId::main(), Money::from_minor(1_290, Currency::EUR));
        let mug = Variant::new(sku.clone()).with_price(price);
        let mug = Product::new(ProductId::from_uuid(id(1)), "Mug", mug);
        commerce.catalog().add_product(mug).await.unwrap();
        commerce.catalog().add_product(tea_set()).await.unwrap();
        let shelf = StockKey { sku: sku.clone(), location: LocationId::main() };
        commerce.inventory().receive(shelf, 5).await.unwrap();
        let ten = Benefit::Percent(rust_decimal::Decimal::TEN);
        let first = Promotion::new(PromotionId::from_uuid(id(2)), "First", ten, Target::Order);
        let first = Promotion { limit: Some(10), ..first.with_code(CouponCode::new("FIRST").unwrap()) };
        commerce.catalog().add_promotion(first).await.unwrap();
        for (n, token) in [(10, "ok"), (11, "action")] {
            let cart = commerce.carts().create(NewCart::guest(MarketId::main())).await.unwrap().id;
            commerce.carts().add(cart, &sku, Quantity::ONE).await.unwrap();
            commerce.carts().set_coupon(cart, Some(CouponCode::new("FIRST").unwrap())).await.unwrap();
            let request = request(CheckoutId::from_uuid(id(n)), cart, token, &commerce).await;
            commerce.checkouts().start(request).await.unwrap();
        }
        world.clock.sleep(Duration::from_secs(1)).await;
        commerce.run_due(100).await.unwrap();
    });
    assert!(played.is_some(), "the shop came to a halt");
    world
}

async fn request(
    id: CheckoutId,
    cart: CartId,
    token: &str,
    shop: &commerce_kit::Commerce,
) -> CheckoutRequest {
    let total = shop.carts().quote(cart, Buyer::default()).await.unwrap().total;
    let address = Address::new("Ann Example", "1 Main Street", "Berlin", "10115", "DE".parse().unwrap());
    CheckoutRequest::new(id, cart, Email::new("ann@example.com").unwrap(), address, total)
        .with_tender(PaymentMethod::new("card", token).unwrap())
}

fn path(version: &str, name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "stored", version, name]
        .iter()
        .collect::<PathBuf>()
        .with_extension("json")
}

/// What the code writes today is what the file of today holds; and the file loads as the same value.
fn keeps<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, values: &[T]) {
    assert!(!values.is_empty(), "no {name} to look at");
    let path = path(NOW, name);
    let mut text = serde_json::to_string_pretty(values).unwrap();
    text.push('\n');
    if std::env::var("STORED").is_ok_and(|mode| mode == "write") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    assert!(stored == text, "{name}: the stored format has changed; keep the old file and add a folder");
    let loaded: Vec<T> = serde_json::from_str(&stored).unwrap();
    assert!(loaded == values, "{name} mean something else when they are loaded");
    for version in EVER {
        assert!(!load::<T>(version, name).is_empty(), "{name} of {version}");
    }
}

fn load<T: DeserializeOwned>(version: &str, name: &str) -> Vec<T> {
    let stored = fs::read_to_string(self::path(version, name)).unwrap();
    serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{name} of {version}: {error}"))
}

#[test]
fn what_an_earlier_version_has_promised_and_sold_means_the_same() {
    let [first, second, now] = EVER.map(|version| load::<Promotion>(version, "promotions"));
    assert_eq!([&first, &second], [&now; 2]);
    for version in EVER {
        for order in load::<Order>(version, "orders") {
            assert!(order.quote.adds_up(), "{version}");
            match order.quote.replay() {
                Ok(total) => assert_eq!(total, order.total()),
                Err(problem) => assert_eq!((version, problem), ("0.1", ReplayProblem::NoTaxSettings)),
            }
        }
    }
}

#[test]
fn a_product_of_a_version_without_a_history_is_sold_at_its_price() {
    let [mug] = load::<Product>("0.1", "products").try_into().unwrap();
    let (market, at) = (MarketId::main(), DateTime::UNIX_EPOCH);
    let price = mug.variants[0].price_for(&PriceRequest { market: &market, group: None, at, pieces: 1 });
    assert_eq!(price.unwrap().amount.to_string(), "12.90 EUR");
    let sku = mug.variants[0].sku.clone();
    let listing = Listing::of(Arc::new(mug.clone()), &sku).unwrap();
    assert_eq!(price, listing.lowest_price(&market, at));
}

/// A tea set that says everything a product can say.
fn tea_set() -> Product {
    let price = |minor| Price::new(MarketId::main(), Money::from_minor(minor, Currency::EUR));
    let ten = NonZeroU32::new(10).unwrap();
    let sale = PriceList {
        priority: 1,
        group: Some(CustomerGroup::new("friends").unwrap()),
        starts_at: Some(DateTime::UNIX_EPOCH),
        ends_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(100_000)),
        ..PriceList::new(PriceListCode::new("sale").unwrap())
    };
    let part = |sku, units| KitPart { sku: Sku::new(sku).unwrap(), units: NonZeroU32::new(units).unwrap() };
    let attributes = |named: [(&str, Attribute); 2]| {
        Attributes::new(named.map(|(name, attribute)| (AttributeName::new(name).unwrap(), attribute)))
            .unwrap()
    };
    let set = Variant {
        kit: vec![part("MUG", 6), part("POT", 1)],
        attributes: attributes([
            ("capacity", Attribute::Number { value: 1_200.into(), unit: Some("ml".into()) }),
            ("handmade", Attribute::YesNo(true)),
        ]),
        ..Variant::new(Sku::new("TEA-SET").unwrap())
    };
    let set = set
        .with_price(Price {
            compare_at: Some(Money::from_minor(9_900, Currency::EUR)),
            floor: Some(Money::from_minor(5_000, Currency::EUR)),
            ..price(7_900)
        })
        .with_price(price(7_500).from_pieces(ten))
        .with_price(price(7_000).on_list(sale));
    let picture = Media::image(MediaUrl::new("https://example.com/tea.webp").unwrap(), "A pot and six mugs");
    let german = Translation {
        title: Some("Teeservice".into()),
        description: Some("Eine Kanne und sechs Becher".into()),
        words: [("stoneware".into(), "Steingut".into())].into(),
    };
    Product {
        description: "A pot and six mugs".into(),
        categories: vec![CategoryPath::new("kitchen/tea").unwrap()],
        brand: Some(Brand::new("Example Pottery").unwrap()),
        attributes: attributes([
            ("material", Attribute::Text("stoneware".into())),
            ("suits", Attribute::Words(["tea".into(), "coffee".into()].into())),
        ]),
        media: vec![Media { skus: [set.sku.clone()].into(), ..picture }],
        translations: [(Language::new("de").unwrap(), german)].into(),
        ..Product::new(ProductId::from_uuid(id(3)), "Tea set", set)
    }
}

fn now<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("a store in memory answers at once")
}

fn values<T: Clone>(rows: Vec<commerce_kit::storage::Versioned<T>>) -> Vec<T> {
    rows.into_iter().map(|row| Arc::unwrap_or_clone(row.value)).collect()
}

#[test]
fn what_was_stored_still_loads_and_is_written_as_before() {
    let World { store, carts, .. } = shop();
    keeps::<Product>("products", &values(now(store.products(Page::first(10))).unwrap()));
    keeps::<Promotion>("promotions", &values(now(store.promotions(Page::first(10))).unwrap()));
    keeps::<Cart>("carts", &values(now(CartStore::carts(&*carts, Page::first(10))).unwrap()));
    keeps::<StockLevel>("stock_levels", &now(store.stock(Page::first(10))).unwrap());
    let reservations = now(store.reservations(Page::first(10))).unwrap();
    let reservations: Vec<Reservation> = reservations.iter().map(|held| Reservation::clone(held)).collect();
    keeps("reservations", &reservations);
    keeps::<Order>("orders", &values(now(store.orders(Page::first(10))).unwrap()));
    keeps::<Payment>("payments", &values(now(store.payments(Page::first(10))).unwrap()));
    keeps::<OutboxEvent>("events", &now(store.events(Page::first(100))).unwrap());
    keeps::<SagaRecord>("sagas", &values(now(store.sagas(Page::first(10))).unwrap()));
}

#[test]
fn the_state_inside_a_stored_checkout_still_decodes() {
    for version in EVER {
        let sagas = load::<SagaRecord>(version, "sagas");
        let states: Vec<_> = sagas.iter().map(|saga| Runner::<CheckoutFlow>::state(saga).unwrap()).collect();
        assert!(
            states[0].placed_at.is_some() && states[0].request.is_none(),
            "a placed one forgets what was sent"
        );
        assert!(states[1].waiting.is_some() && states[1].request.is_some(), "a waiting one still needs it");
        assert!(!sagas[0].data.contains("example.com"), "no e-mail address stays behind");
    }
}
