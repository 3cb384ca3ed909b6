use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use commerce_kit::{
    Commerce,
    domain::ids::{CheckoutId, OrderId},
    gateway::{CloudEvent, EventSink, GatewayError},
    service::CheckoutStatus,
    storage::{OutboxEvent, Page},
};
use storefront::{
    bank::{Bank, RemoteBank},
    demo,
};
use tokio::sync::oneshot;

use crate::{
    buyer::Crowd,
    dice::Dice,
    house::House,
    kept::{Kept, Kind},
};

/// Writes down what it hears.
#[derive(Debug, Default)]
struct Listener(Mutex<Vec<CloudEvent>>);

#[async_trait]
impl EventSink for Listener {
    async fn deliver(&self, event: &CloudEvent) -> Result<(), GatewayError> {
        self.0.lock().unwrap().push(event.clone());
        Ok(())
    }
}

/// The events of a shop that nobody has heard of yet, by aggregate and number.
async fn undelivered(kept: &Kept) -> Vec<OutboxEvent> {
    let shop = kept.database().snapshot().await.unwrap();
    let (mut found, mut page) = (Vec::new(), Page::first(500));
    loop {
        let events = shop.events(page).await.unwrap();
        let Some(last) = events.last() else { return found };
        page = Page::after(last.event.number.clone(), 500);
        found.extend(events.into_iter().filter(|event| event.delivered_at.is_none()));
    }
}

/// A copy that was made while there was something to deliver, and the orders that were acknowledged before.
async fn copy_under_load(house: &House, crowd: &Crowd) -> (Kept, Vec<OrderId>, Vec<OutboxEvent>) {
    for _ in 0..200 {
        let before = crowd.acknowledged();
        let copy = house.kept.copy(house);
        let waiting = undelivered(&copy).await;
        if waiting.len() > 5 && before.len() > 20 {
            return (copy, before.into_iter().map(|(order, _)| OrderId::from_uuid(order)).collect(), waiting);
        }
    }
    panic!("there was never anything to deliver");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_shop_that_sells_goes_on_where_it_was() {
    goes_on(Kind::File).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_a_shop_that_sells_goes_on_where_it_was() {
    goes_on(Kind::Server).await;
}

async fn goes_on(kind: Kind) {
    let house = House::build(kind).await;
    house.open().await;
    let (mut dice, seed) = Dice::from_environment("KILL_SEED");
    eprintln!("KILL_SEED={seed}");
    let mut crowd = Crowd::send(&house, &mut dice, 4);
    let (copy, acknowledged, waiting) = copy_under_load(&house, &crowd).await;
    let audited = house.run(&["audit", "--bank", &house.bank_address], &copy);
    assert_eq!(audited.status.code(), Some(0), "{audited:?}");
    let begun: Vec<_> = crowd.go_home().await.iter().map(|ended| CheckoutId::from_uuid(ended.id)).collect();
    house.kill(0);

    // The same shop on another day: the copy is the file, and its bank is where it was.
    let bank: Arc<dyn Bank> = Arc::new(house.bank_address.parse::<RemoteBank>().unwrap());
    let heard = Arc::new(Listener::default());
    let shop = demo::open(&copy.database(), &bank, heard.clone()).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn({
        let shop = shop.clone();
        async move { shop.worker(async { drop(stopped.await) }).await }
    });
    for order in &acknowledged {
        shop.orders().get(*order).await.unwrap();
    }
    tokio::select! {
        () = House::rest(&copy) => {}
        () = give_up(&shop, &begun) => {}
    }
    drop(stop);
    worker.await.unwrap();
    let audited = house.run(&["audit", "--at-rest"], &copy);
    assert_eq!(audited.status.code(), Some(0), "{audited:?}");
    heard_in_order(&heard.0.lock().unwrap(), &waiting);
    eprintln!("a copy with {} orders and {} events to deliver", acknowledged.len(), waiting.len());
}

/// Whoever was asked for another card, or by their bank, before the copy was made does not come back to it.
async fn give_up(shop: &Commerce, begun: &[CheckoutId]) {
    loop {
        for checkout in begun {
            let found = shop.checkouts().get(*checkout).await;
            let waits = found.is_ok_and(|found| {
                matches!(found.status, CheckoutStatus::AwaitingTender | CheckoutStatus::AwaitingAction { .. })
            });
            if waits {
                shop.checkouts().cancel(*checkout).await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// All that waited was heard, and what was heard of each aggregate began with the first that waited and left no gap.
fn heard_in_order(heard: &[CloudEvent], waiting: &[OutboxEvent]) {
    let ids: BTreeSet<&str> = heard.iter().map(|event| event.id.as_str()).collect();
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    for event in waiting.iter().map(|event| &event.event.number) {
        assert!(ids.contains(event.to_string().as_str()), "{event} was lost");
        next.entry(event.aggregate.to_string()).or_insert(event.number);
    }
    for event in heard {
        let next = next.entry(event.subject.clone()).or_insert(event.sequence);
        assert!(event.sequence <= *next, "{} was skipped", event.sequence - 1);
        *next = (*next).max(event.sequence + 1);
    }
}
