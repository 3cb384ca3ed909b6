use commerce_core::{
    domain::money::{Currency, Money},
    environment::Clock as _,
    gateway::{ProductSearch as _, ReadToken, SearchQuery},
};
use commerce_search::{IndexError, SearchIndex, StoreSearch};
use std::sync::Arc;

use crate::house::{House, costs, query, settings};

#[tokio::test]
async fn one_process_writes_and_others_find_what_it_wrote() {
    let house = House::open().await;
    house.shop.sells("MUG", "10.00", 1).await;
    house.settle().await;
    let second = SearchIndex::open(house.folder.path(), settings(), house.clock.now());
    assert!(matches!(second, Err(IndexError::AnotherWriter { .. })), "{second:?}");

    let index = SearchIndex::follow(house.folder.path(), settings()).unwrap();
    assert!(matches!(index.put(Vec::new()), Err(IndexError::ReadOnly)));
    let follower =
        StoreSearch::new(index, Arc::clone(&house.shop.store), Arc::new(house.clock.clone())).await.unwrap();
    assert_eq!(follower.search(&query("mug")).await.unwrap().total, Some(1));

    let product = house
        .change("MUG", |mug| {
            mug.title = "Beaker".into();
            costs(mug, 777);
        })
        .await;
    house.settle().await;
    let token = ReadToken { product, writes: house.product("MUG").await.version.writes };
    let page = follower.search(&SearchQuery { seen: Some(token), ..query("beaker") }).await.unwrap();
    assert_eq!(page.hits[0].price, Some(Money::from_minor(777, Currency::EUR)));

    house.search.rebuild(|_| {}).await.unwrap();
    let page = follower.search(&SearchQuery { seen: Some(token), ..query("beaker") }).await.unwrap();
    assert_eq!(page.total, Some(1), "after it was built anew");
}

#[tokio::test]
async fn what_was_told_is_not_lost_with_the_process_that_heard_it() {
    let house = House::open().await;
    house.shop.sells("MUG", "10.00", 5).await;
    house.shop.sells("LAMP", "10.00", 5).await;
    house.settle().await;
    house.shop.sells("POT", "10.00", 5).await;
    house.change("MUG", |mug| mug.title = "Beaker".into()).await;
    house.change("LAMP", |lamp| costs(lamp, 5)).await;
    let cart = house.shop.cart_with(&[("LAMP", 2)]).await;
    house.shop.buy(cart, "ok").await;
    // Delivered, so nobody tells it again, and not committed.
    house.deliver().await;
    let sold = house.search.explain(&query("lamp"), house.product("LAMP").await.id).await.unwrap();
    let house = house.reopen().await;
    assert_eq!(house.search.audit().await.unwrap(), []);
    assert_eq!(house.found("beaker").await.total, Some(1));
    assert_eq!(house.found("lamp").await.hits[0].price, Some(Money::from_minor(5, Currency::EUR)));
    let after = house.search.explain(&query("lamp"), house.product("LAMP").await.id).await.unwrap();
    let popularity = |why: Option<commerce_core::gateway::Explanation>| why.unwrap().popularity;
    assert!((popularity(sold) - popularity(after)).abs() < 1e-9);
}
