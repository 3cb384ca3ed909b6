use commerce_core::{
    domain::{
        catalog::{Attribute, Attributes, CategoryPath, KitPart, ProductStatus},
        event::DomainEvent,
        money::{Currency, Money},
    },
    environment::Clock as _,
    gateway::{
        CloudEvent, EventSink as _, ProductSearch as _, ReadToken, SearchError, SearchQuery, Sort,
        StockFilter,
    },
    storage::Page,
};

use crate::house::{House, costs, query, sku};

#[tokio::test]
async fn what_is_saved_is_found_and_what_is_archived_is_not() {
    let house = House::open().await;
    house.shop.sells("MUG", "12.90", 5).await;
    assert!(house.found("mug").await.hits.is_empty(), "its words wait for a commit");
    house.settle().await;
    let hit = house.found("mug").await.hits.remove(0);
    assert_eq!((hit.price, hit.in_stock), (Some(Money::from_minor(1_290, Currency::EUR)), true));

    house.change("MUG", |mug| mug.title = "Beaker".into()).await;
    house.settle().await;
    assert_eq!(house.found("beaker").await.total, Some(1));
    assert_eq!(house.search.audit().await.unwrap(), []);
    house.change("MUG", |mug| mug.status = ProductStatus::Archived).await;
    house.settle().await;
    assert_eq!(house.found("beaker").await.total, Some(0));
    assert_eq!(house.search.audit().await.unwrap(), []);
}

#[tokio::test]
async fn a_description_is_found_by_what_it_says_and_not_by_what_makes_it_bold() {
    let house = House::open().await;
    house.shop.sells("MUG", "12.90", 5).await;
    let html = "<ul><li>thrown by <strong>hand</strong></li><li>salt &amp; ash</li></ul>";
    house.change("MUG", |mug| mug.description = html.into()).await;
    house.settle().await;
    for (text, found) in [("hand", 1), ("ash", 1), ("strong", 0), ("amp", 0)] {
        assert_eq!(house.found(text).await.total, Some(found), "{text}");
    }
    assert_eq!(house.search.audit().await.unwrap(), []);
}

#[tokio::test]
async fn a_price_is_found_at_once_and_words_with_the_next_commit() {
    let house = House::open().await;
    house.shop.sells("MUG", "12.90", 5).await;
    house.settle().await;
    house
        .change("MUG", |mug| {
            mug.title = "Beaker".into();
            costs(mug, 777);
        })
        .await;
    house.deliver().await;
    assert_eq!(house.found("mug").await.hits[0].price, Some(Money::from_minor(777, Currency::EUR)));
    assert!(house.found("beaker").await.hits.is_empty());
    house.search.commit().await.unwrap();
    assert_eq!(house.found("beaker").await.total, Some(1));
}

#[tokio::test]
async fn what_is_sold_out_is_not_in_stock_until_it_is_back() {
    let house = House::open().await;
    house.shop.sells("MUG", "12.90", 2).await;
    house.settle().await;
    let in_stock = async || {
        let mut asked = query("mug");
        asked.filters.stock = StockFilter::InStock;
        house.asked(&asked).await.total
    };
    assert_eq!(in_stock().await, Some(1));
    let cart = house.shop.cart_with(&[("MUG", 2)]).await;
    house.shop.buy(cart, "ok").await;
    house.deliver().await;
    assert_eq!(in_stock().await, Some(0));
    assert!(!house.found("mug").await.hits[0].in_stock);
    house.counted("MUG", 9).await;
    house.deliver().await;
    assert_eq!(in_stock().await, Some(1));
    house.counted("MUG", 2).await;
    house.search.refresh_stock(&[sku("MUG")]).await.unwrap();
    assert_eq!(in_stock().await, Some(0), "two are promised to a buyer");
}

#[tokio::test]
async fn what_sells_more_stands_first_for_thirty_days_and_each_order_counts_once() {
    let house = House::open().await;
    for mug in ["MUG-A", "MUG-B", "MUG-C"] {
        house.shop.sells(mug, "10.00", 100).await;
    }
    let cart = house.shop.cart_with(&[("MUG-B", 7), ("MUG-C", 3)]).await;
    house.shop.buy(cart, "ok").await;
    house.settle().await;
    let order = async || -> String {
        let asked = SearchQuery { sort: Sort::Popularity, ..query("mug") };
        let mut titles = String::new();
        for hit in house.asked(&asked).await.hits {
            titles.push_str(&house.shop.commerce.catalog().product(hit.product).await.unwrap().title[4..]);
        }
        titles
    };
    assert_eq!(order().await, "BCA");
    let first = house.found("mug").await.hits[0].product;
    let why = house.search.explain(&query("mug"), first).await.unwrap().unwrap();
    assert!(why.popularity > 1.0, "{why:?}");

    // Everything is told once more.
    let events = house.shop.store.events(Page::first(1_000)).await.unwrap();
    for event in events.iter().rev() {
        house.search.deliver(&CloudEvent::new("shop", &event.event)).await.unwrap();
    }
    let again = house.search.explain(&query("mug"), first).await.unwrap().unwrap();
    assert!((again.popularity - why.popularity).abs() < 1e-9, "{again:?}");

    house.clock.advance(std::time::Duration::from_secs(29 * 86_400));
    house.counted("MUG-A", 50).await;
    house.deliver().await;
    assert_eq!(order().await, "BCA");
    house.clock.advance(std::time::Duration::from_secs(86_400));
    house.search.deliver(&CloudEvent::new("shop", &events[0].event)).await.unwrap();
    assert_eq!(order().await, "ABC", "on {}", house.clock.now());
}

#[tokio::test]
async fn what_was_called_off_has_not_sold() {
    let house = House::open().await;
    house.shop.sells("MUG", "10.00", 100).await;
    let cart = house.shop.cart_with(&[("MUG", 7)]).await;
    house.shop.buy(cart, "ok").await;
    house.settle().await;
    let mug = house.found("mug").await.hits[0].product;
    let popularity = async || house.search.explain(&query("mug"), mug).await.unwrap().unwrap().popularity;
    assert!(popularity().await > 1.0);
    let events = house.shop.store.events(Page::first(1_000)).await.unwrap();
    let placed = events.iter().find_map(|event| match event.event.event {
        DomainEvent::OrderPlaced { order, .. } => Some(order),
        _ => None,
    });
    house.shop.commerce.orders().cancel(placed.unwrap(), "changed their mind").await.unwrap();
    house.deliver().await;
    house.deliver().await;
    assert!((popularity().await - 1.0).abs() < 1e-9);
}

#[tokio::test]
async fn whoever_saved_a_change_finds_it() {
    let house = House::open().await;
    house.shop.sells("MUG", "10.00", 1).await;
    let saved = house.change("MUG", |mug| mug.title = "Beaker".into()).await;
    let writes = house.product("MUG").await.version.writes;
    // Nobody has delivered the event, and nobody has committed.
    let token = ReadToken { product: saved, writes };
    let page = house.asked(&SearchQuery { seen: Some(token), ..query("beaker") }).await;
    assert_eq!(page.hits[0].product, saved);
    let never = ReadToken { product: saved, writes: writes + 1 };
    let refused = house.search.search(&SearchQuery { seen: Some(never), ..query("beaker") }).await;
    assert!(matches!(refused, Err(SearchError::NotYet { product }) if product == saved), "{refused:?}");
}

#[tokio::test]
async fn everything_that_a_product_says_is_found() {
    let house = House::open().await;
    house.shop.sells("MUG", "10.00", 1).await;
    house
        .change("MUG", |mug| {
            mug.brand = Some("Harbour & Pine".parse().unwrap());
            mug.categories = vec![CategoryPath::new("kitchen/drinking").unwrap()];
            let name = |name: &str| name.parse().unwrap();
            let volume = Attribute::Number { value: 350.into(), unit: Some("ml".into()) };
            mug.attributes = Attributes::new([
                (name("material"), Attribute::Text("stoneware".into())),
                (name("volume"), volume),
                (name("dishwasher-safe"), Attribute::YesNo(true)),
            ])
            .unwrap();
        })
        .await;
    house.settle().await;
    for text in ["harbour", "drinking", "stoneware", "350 ml"] {
        assert_eq!(house.found(text).await.total, Some(1), "{text}");
    }
    let mut asked = query("");
    asked.filters.attributes.insert("volume".into(), vec!["350 ml".into()]);
    asked.filters.attributes.insert("dishwasher-safe".into(), vec!["yes".into()]);
    asked.filters.brands = vec!["Harbour & Pine".into()];
    assert_eq!(house.asked(&asked).await.total, Some(1));
}

#[tokio::test]
async fn a_kit_is_sold_out_with_its_parts() {
    let house = House::open().await;
    for (sku, units) in [("CUP", 12), ("SET", 0)] {
        house.shop.sells(sku, "10.00", units).await;
    }
    let part = KitPart { sku: sku("CUP"), units: 6.try_into().unwrap() };
    house.change("SET", |set| set.variants[0].kit = vec![part]).await;
    house.settle().await;
    assert!(house.found("set").await.hits[0].in_stock);
    house.counted("CUP", 0).await;
    house.deliver().await;
    assert!(!house.found("set").await.hits[0].in_stock);
    let house = house.reopen().await;
    house.counted("CUP", 6).await;
    house.deliver().await;
    assert!(house.found("set").await.hits[0].in_stock, "after a restart");
}
