use std::sync::Arc;

use commerce_core::{
    domain::{
        catalog::{Price, Product, Variant},
        ids::{MarketId, ProductId, Sku},
        money::{Currency, Money},
    },
    environment::Clock as _,
    gateway::{ProductSearch as _, SearchError},
    memory::MemoryStore,
    storage::{ChangeSet, Expect, NameChange, Put, Store, UniqueName},
};
use commerce_search::{IndexError, SearchIndex, SearchSettings, StoreSearch};
use commerce_testkit::environment::ManualClock;
use uuid::Uuid;

use commerce_testkit::folder::Folder;

use crate::house::{House, query, settings};

/// A store with so many mugs.
async fn mugs(count: u128) -> Arc<dyn Store> {
    let store = MemoryStore::new();
    for number in 1..=count {
        let price = Price::new(MarketId::main(), Money::from_minor(1_000, Currency::EUR));
        let variant = Variant::new(Sku::new(format!("MUG-{number}")).unwrap()).with_price(price);
        let mug =
            Product::new(ProductId::from_uuid(Uuid::from_u128(number)), format!("Mug {number}"), variant);
        let name = UniqueName::Sku(mug.variants[0].sku.clone());
        let claim = NameChange::Claim { name, owner: mug.id.uuid() };
        let put = Put { value: Arc::new(mug), expect: Expect::Absent };
        let changes = ChangeSet::new(ManualClock::default().now()).with(claim).with(put);
        store.commit(changes).await.unwrap();
    }
    Arc::new(store)
}

/// The search of a process that opens the folder of one that is dead. What that was writing goes on to its end in this
/// process, and with it the lock on the folder.
async fn after_death(
    folder: &Folder,
    settings: SearchSettings,
    store: &Arc<dyn Store>,
    clock: &ManualClock,
) -> StoreSearch {
    let index = loop {
        match SearchIndex::open(folder.path(), settings.clone(), clock.now()) {
            Err(IndexError::AnotherWriter { .. }) => tokio::task::yield_now().await,
            opened => break opened.unwrap(),
        }
    };
    StoreSearch::new(index, Arc::clone(store), Arc::new(clock.clone())).await.unwrap()
}

#[tokio::test]
async fn an_index_is_built_from_what_the_store_has_and_says_how_far_it_is() {
    let (folder, clock, store) = (Folder::new().unwrap(), ManualClock::default(), mugs(1_234).await);
    let search = crate::house::search(folder.path(), &store, &clock).await;
    let refused = search.search(&query("mug")).await;
    assert!(matches!(refused, Err(SearchError::Unavailable { .. })), "{refused:?}");
    let mut told = Vec::new();
    assert!(search.build_if_missing(|progress| told.push(progress.products)).await.unwrap());
    assert_eq!(told, [0, 500, 1_000, 1_234]);
    assert_eq!(search.search(&query("mug")).await.unwrap().total, Some(1_234));
    assert_eq!(search.audit().await.unwrap(), []);
    assert!(!search.build_if_missing(|_| {}).await.unwrap());
}

#[tokio::test]
async fn a_rebuild_that_was_cut_short_goes_on_after_its_last_commit() {
    let (folder, clock, store) = (Folder::new().unwrap(), ManualClock::default(), mugs(2_200).await);
    let settings = || SearchSettings { commit_at: 500, ..settings() };
    let open = async || after_death(&folder, settings(), &store, &clock).await;
    let first = open().await;
    {
        // The process dies: the future is dropped after it has said that three pages are in.
        let (reached, dropped) = std::sync::mpsc::channel();
        let mut rebuild = Box::pin(first.rebuild(move |progress| {
            if progress.products == 1_500 {
                reached.send(()).unwrap();
            }
        }));
        loop {
            let waiting =
                std::future::poll_fn(|context| std::task::Poll::Ready(rebuild.as_mut().poll(context)));
            assert!(waiting.await.is_pending(), "it was over before it was cut short");
            if dropped.try_recv().is_ok() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    drop(first);
    let second = open().await;
    assert!(!second.index().is_built());
    let mut read = 0;
    second.rebuild(|progress| read = progress.products).await.unwrap();
    assert!((200..=1_200).contains(&read), "{read} products were read again");
    assert_eq!(second.audit().await.unwrap(), []);
}

#[tokio::test]
async fn a_first_build_that_was_cut_short_beside_a_change_goes_on() {
    let (folder, clock, store) = (Folder::new().unwrap(), ManualClock::default(), mugs(3).await);
    let first = after_death(&folder, settings(), &store, &clock).await;
    let begun = first.index().rebuild(clock.now()).unwrap();
    first.refresh(&[ProductId::from_uuid(Uuid::from_u128(2))]).await.unwrap();
    drop((begun, first));
    let second = after_death(&folder, settings(), &store, &clock).await;
    assert!(!second.index().is_built());
    second.rebuild(|_| {}).await.unwrap();
    assert_eq!(second.audit().await.unwrap(), []);
}

#[tokio::test]
async fn what_changes_during_a_rebuild_is_found_before_and_after() {
    let house = House::over(mugs(1_200).await).await;
    let mut rebuild = house.search.index().rebuild(house.clock.now()).unwrap();
    assert_eq!(rebuild.after(), None);
    rebuild.put(Vec::new()).unwrap();
    house.change("MUG-7", |mug| mug.title = "Beaker".into()).await;
    house.settle().await;
    assert_eq!(house.found("beaker").await.total, Some(1));
    drop(rebuild);
    house.search.rebuild(|_| {}).await.unwrap();
    assert_eq!(house.found("beaker").await.total, Some(1));
    assert_eq!(house.search.audit().await.unwrap(), []);
}

#[tokio::test]
async fn files_of_other_settings_are_built_anew() {
    let house = House::over(mugs(3).await).await;
    let store = Arc::clone(&house.shop.store);
    let House { shop, search, clock, folder } = house;
    drop((shop, search));
    let german = SearchSettings { languages: vec!["de".into()], ..settings() };
    let index = SearchIndex::open(folder.path(), german, clock.now()).unwrap();
    assert!(!index.is_built());
    assert!(matches!(index.put(Vec::new()), Err(IndexError::NotBuilt)));
    let search = StoreSearch::new(index, store, Arc::new(clock)).await.unwrap();
    assert!(search.build_if_missing(|_| {}).await.unwrap());
    assert_eq!(search.audit().await.unwrap(), []);
}
