use std::{
    fmt,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use commerce_core::{checkout::CheckoutRequest, service::CheckoutStatus, storage::Page};
use commerce_testkit::{fixtures::after_noon, shop::TestShop};
use futures_util::{StreamExt, stream};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::sleep,
};

use crate::shops::{Kind, Shop};

/// How many products and carts are made at the same time, before a run.
const AT_ONCE: usize = 64;

#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    pub(crate) buyers: usize,
    pub(crate) orders: usize,
    pub(crate) lines: usize,
    pub(crate) skus: usize,
}

/// What came of a load; the times are microseconds.
pub(crate) struct Figures {
    pub(crate) per_second: u128,
    p50: u32,
    p99: u32,
    /// Ours, and the server's, if there is one.
    cpu_per_order: Vec<Option<Duration>>,
}

/// One run on a fresh shop.
pub(crate) fn measure(load: &Load) -> Figures {
    runtime(load).block_on(async {
        let opened = Shop::new(load.kind).await;
        let requests = Arc::new(Mutex::new(requests(&opened.shop, load).await));
        let shop = Arc::clone(&opened.shop);
        let (start, computed) = (Instant::now(), opened.computed());
        let mut buyers = JoinSet::new();
        for _ in 0..load.buyers {
            buyers.spawn(buy(Arc::clone(&shop), Arc::clone(&requests)));
        }
        let mut waits = buyers.join_all().await.concat();
        come_to_rest(&shop).await;
        let (took, computing) = (start.elapsed(), opened.computed());
        assert_eq!(orders(&shop).await, load.orders);
        waits.sort_unstable();
        let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
        let each = u32::try_from(load.orders).unwrap();
        Figures {
            per_second: u128::from(each) * 1_000_000_000 / took.as_nanos(),
            p50: at(50),
            p99: at(99),
            cpu_per_order: spent(computed, computing).map(|spent| spent.map(|spent| spent / each)).collect(),
        }
    })
}

fn spent(
    before: Vec<Option<Duration>>,
    after: Vec<Option<Duration>>,
) -> impl Iterator<Item = Option<Duration>> {
    before
        .into_iter()
        .zip(after)
        .map(|(before, after)| before.zip(after).map(|(before, after)| after - before))
}

/// A buyer alone needs no second thread.
fn runtime(load: &Load) -> Runtime {
    match load.buyers {
        1 => Builder::new_current_thread().enable_all().build().unwrap(),
        _ => Builder::new_multi_thread().enable_all().build().unwrap(),
    }
}

/// Full carts, and what their buyers send.
async fn requests(shop: &TestShop, load: &Load) -> Vec<CheckoutRequest> {
    let skus: Vec<String> = (0..load.skus).map(|number| format!("SKU-{number:05}")).collect();
    let offered = stream::iter(&skus).for_each_concurrent(AT_ONCE, |sku| shop.sells(sku, "12.90", 1_000_000));
    offered.await;
    let filled = (0..load.orders).map(|order| {
        let line = |line: usize| (skus[(order + line) % skus.len()].as_str(), 1);
        let lines: Vec<_> = (0..load.lines).map(line).collect();
        async move {
            let cart = shop.cart_with(&lines).await;
            shop.request(cart, "ok").await
        }
    });
    stream::iter(filled).buffer_unordered(AT_ONCE).collect().await
}

/// Buys one cart after the other until none is left; answers how long each buyer waited.
async fn buy(shop: Arc<TestShop>, requests: Arc<Mutex<Vec<CheckoutRequest>>>) -> Vec<u32> {
    let mut waits = Vec::new();
    loop {
        let next = requests.lock().unwrap().pop();
        let Some(request) = next else { return waits };
        let start = Instant::now();
        let checkout = shop.commerce.checkouts().start(request).await.unwrap();
        assert!(matches!(checkout.status, CheckoutStatus::Placed { .. }), "{checkout:?}");
        waits.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
}

/// Until every payment is captured and every cart closed.
async fn come_to_rest(shop: &TestShop) {
    while !shop.store.due(after_noon(1_000_000), 1).await.unwrap().is_empty() {
        sleep(Duration::from_millis(1)).await;
    }
}

async fn orders(shop: &TestShop) -> usize {
    let mut count = 0;
    let mut page = Page::first(1_000);
    loop {
        let orders = shop.store.orders(page.clone()).await.unwrap();
        let Some(last) = orders.last() else { return count };
        count += orders.len();
        page = Page::after(last.id, page.limit);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {} · {}", self.per_second, self.p50, self.p99)?;
        for spent in &self.cpu_per_order {
            match spent {
                Some(spent) => write!(f, " · {:.3}", spent.as_secs_f64() * 1_000.0)?,
                None => f.write_str(" · not told")?,
            }
        }
        Ok(())
    }
}
