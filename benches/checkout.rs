//! Whole checkouts in memory, from "buy" to the closed cart, on one thread: `cargo bench --bench checkout`.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark may stop, and its counts are small"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use commerce_kit::checkout::CheckoutRequest;
use commerce_testkit::shop::TestShop;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

/// How many checkouts one shop sees; a new shop then starts empty.
const ROUND: u64 = 5_000;

fn checkouts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("checkout in memory");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(8));
    group.throughput(Throughput::Elements(1));
    let runtime = Builder::new_current_thread().build().unwrap();
    for lines in [1, 10] {
        group.bench_function(format!("{lines} lines"), |bencher| {
            bencher.iter_custom(|iterations| {
                let rounds = iterations.div_ceil(ROUND);
                let spent: Duration = (0..rounds).map(|_| round(&runtime, lines)).sum();
                spent.mul_f64(iterations as f64 / (rounds * ROUND) as f64)
            });
        });
    }
    group.finish();
}

/// One after the other, each with its capture and its cart, before the next one starts.
fn round(runtime: &Runtime, lines: usize) -> Duration {
    runtime.block_on(async {
        let shop = TestShop::new();
        let requests = requests(&shop, lines).await;
        let start = Instant::now();
        for request in requests {
            let checkout = shop.commerce.checkouts().start(request).await.unwrap();
            black_box(checkout);
        }
        tokio::task::yield_now().await;
        start.elapsed()
    })
}

async fn requests(shop: &TestShop, lines: usize) -> Vec<CheckoutRequest> {
    let skus: Vec<String> = (0..lines).map(|n| format!("SKU-{n}")).collect();
    for sku in &skus {
        shop.sells(sku, "12.90", 1_000_000).await;
    }
    let lines: Vec<(&str, u32)> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
    let mut requests = Vec::new();
    for _ in 0..ROUND {
        let cart = shop.cart_with(&lines).await;
        requests.push(shop.request(cart, "ok").await);
    }
    requests
}

criterion_group!(benches, checkouts);
criterion_main!(benches);
